# `make lint` and `make format`: every tool over every file. Included by tests.mk.

JOBS ?= $(shell nproc)

C_FILES      := $(sort $(wildcard $(foreach folder,allocators workloads harness tests plots, \
                  $(folder)/*.[ch] $(folder)/*/*.[ch] $(folder)/*/*/*.[ch])))
C_HEADERS    := $(filter %.h,$(C_FILES))
SHELL_FILES  := $(sort run.sh .ci/run tests/run $(wildcard tests/lint/arrows tests/lint/file_sizes tests/truth/check-truth \
                  tests/*/*.bash tests/*/*.sh plots/*.sh workloads/*/*.sh harness/*/*.sh))
BATS_FILES   := $(sort $(wildcard tests/*/*.bats))
LINT_DEFINES := -D__$(shell uname -m)__ -DHEAPLAB_SOURCE='"."' -DHEAPLAB_REVISION='"lint"' \
                -DHEAPLAB_BUILD_FLAGS='""' \
                -DALLOCATOR_NAME='"lint"'
TIDY_STAMPS  := $(patsubst %.c,$(BUILD)/lint/%.tidy,$(filter %.c,$(C_FILES)))

.PHONY: lint
lint: ## check format, clang-tidy, cppcheck, shell, include arrows and file sizes
	@$(MAKE) --no-print-directory --output-sync -s -k -j$(JOBS) lint-all
	@echo 'lint: clean'

.PHONY: lint-all lint-format lint-cppcheck lint-shell lint-arrows lint-sizes
lint-all: lint-cppcheck $(TIDY_STAMPS) lint-format lint-shell lint-arrows lint-sizes

lint-format:
	clang-format --dry-run -Werror $(C_FILES)

# A stamp says that the file passed since it, a header or the rules changed.
$(TIDY_STAMPS): $(BUILD)/lint/%.tidy: %.c $(C_HEADERS) .clang-tidy
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- -std=gnu17 -D_GNU_SOURCE -I. $(LINT_DEFINES) >$@.log 2>&1 \
	    || { cat $@.log; exit 1; }
	@touch $@

# cppcheck's preprocessor gives up on a macro whose pasted name is another macro, as the readers of
# the .def lists have; both compilers and clang-tidy see through it. Nor does it see that error_set
# only writes to the error that a caller left uninitialised for it.
lint-cppcheck:
	@mkdir -p $(BUILD)/lint/cppcheck
	cppcheck --quiet --enable=warning,style,performance,portability --error-exitcode=1 \
	    --suppress=missingIncludeSystem --suppress='unknownMacro:*.def' \
	    --suppress=ctuuninitvar:harness/error.c --inline-suppr \
	    --cppcheck-build-dir=$(BUILD)/lint/cppcheck -I. $(LINT_DEFINES) \
	    $(filter %.c,$(C_FILES))

lint-shell:
	shellcheck $(SHELL_FILES) $(BATS_FILES)
	shfmt -i 4 -ci -s -d $(SHELL_FILES) $(BATS_FILES)

lint-arrows:
	tests/lint/arrows .

lint-sizes:
	tests/lint/file_sizes $(C_FILES) $(SHELL_FILES) $(BATS_FILES) $(wildcard plots/*)

.PHONY: format
format: ## rewrite C and shell in the house's format
	clang-format -i $(C_FILES)
	shfmt -i 4 -ci -s -w $(SHELL_FILES) $(BATS_FILES)

# How the tests are built; tests/run runs them. Included by the Makefile, whose variables it uses.
#
# Unit tests, contract programs and fuzz targets are found by name:
#   tests/unit/test_<noun>.c    one cmocka program each; other files there are shared helpers
#   tests/contract/<noun>.c     one program each, run under every allocator
#   tests/fuzz/fuzz_<noun>.c    one libFuzzer target each

FUZZ_SECONDS ?= 20

UNIT_SOURCES      := $(wildcard tests/unit/test_*.c)
UNIT_HELPERS      := $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c))
CONTRACT_SOURCES  := $(wildcard tests/contract/*.c)
FUZZ_SOURCES      := $(wildcard tests/fuzz/fuzz_*.c)
UNIT_PROGRAMS     := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/tests/%)
CONTRACT_PROGRAMS := $(CONTRACT_SOURCES:tests/contract/%.c=$(BUILD)/tests/contract/%)
FUZZ_PROGRAMS     := $(FUZZ_SOURCES:tests/fuzz/%.c=$(BUILD)/tests/%)

# What unit tests may call: an archive, so that a test links only what it uses and may put its own
# double in the place of the rest. malloc_api.c would replace the test's own malloc.
TESTED_SOURCES := $(filter-out harness/main.c,$(HARNESS_SOURCES)) $(WORKLOAD_SOURCES) \
                  $(WORKER_SOURCES) $(filter-out allocators/parts/malloc_api.c,$(PARTS)) \
                  $(wildcard allocators/*/*_core.c) \
                  $(filter-out %/heap.c %/walk.c,$(wildcard allocators/fit/*.c)) $(UNIT_HELPERS)
TESTED := $(BUILD)/tests/tested.a

# q, not r: files in different folders may have the same name.
$(TESTED): $(call object,$(TESTED_SOURCES))
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) qcs $@ $^

$(UNIT_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -pthread -o $@ $< $(TESTED) -lcmocka $(LIBS)

$(BUILD)/obj/tests/contract/%.o: BASE += $(NO_MALLOC_BUILTINS)

$(CONTRACT_PROGRAMS): $(BUILD)/tests/contract/%: $(BUILD)/obj/tests/contract/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -pthread -o $@ $< -Wl,--as-needed -lcmocka

$(FUZZ_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/fuzz/%.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $< $(TESTED) $(LIBS)

# ---- the same sources built in other ways, each in a folder of its own below BUILD ----
CHECKED := -fno-sanitize-recover=all -fno-omit-frame-pointer
ASAN    := BUILD=$(BUILD)/asan CC=gcc SANITIZE="-fsanitize=address,undefined $(CHECKED)"
TSAN    := BUILD=$(BUILD)/tsan CC=gcc SANITIZE="-fsanitize=thread $(CHECKED)"
FUZZ    := BUILD=$(BUILD)/fuzz CC=clang \
           SANITIZE="-fsanitize=fuzzer-no-link,address,undefined $(CHECKED)"
CLANG   := BUILD=$(BUILD)/clang CC=clang
SUBMAKE := $(MAKE) --no-print-directory

.PHONY: unit-programs fuzz-programs harness-programs
unit-programs: $(UNIT_PROGRAMS)
fuzz-programs: $(FUZZ_PROGRAMS)
harness-programs: $(BUILD)/heaplab $(BUILD)/heaplab-worker

.PHONY: build-asan build-tsan build-fuzz build-clang
build-asan:
	+@$(SUBMAKE) $(ASAN) unit-programs harness-programs
build-tsan:
	+@$(SUBMAKE) $(TSAN) harness-programs
build-fuzz:
	+@$(SUBMAKE) $(FUZZ) fuzz-programs
build-clang:
	+@$(SUBMAKE) $(CLANG) all

# Measured, not tested.
$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(TESTED) $(LIBS)

include tests/bench/growth.mk
include tests/bench/history.mk

.PHONY: test-programs
test-programs: all $(UNIT_PROGRAMS) $(CONTRACT_PROGRAMS) build-asan build-tsan build-fuzz build-clang

.PHONY: test
test: test-programs ## build everything with gcc, clang and sanitizers, run all tests
	@HEAPLAB_BUILD='$(abspath $(BUILD))' FUZZ_SECONDS='$(FUZZ_SECONDS)' tests/run

include tests/bench/stack.mk
include tests/truth/truth.mk
include tests/lint/lint.mk

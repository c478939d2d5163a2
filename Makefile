# heaplab: how everything is built. `make help` lists the targets.

CC       ?= gcc
BUILD    ?= build
PREFIX   ?= /usr/local
ifeq ($(origin CC),default)
CC       := gcc
endif

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror \
            -Wno-format-truncation -Wno-unknown-warning-option
CFLAGS   ?= -O2 -g
BASE     := -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) -MMD -MP
# The compiler must not know what malloc means: it deletes pairs of malloc and free otherwise.
NO_MALLOC_BUILTINS := -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc \
                      -fno-builtin-free -fno-builtin-aligned_alloc -fno-builtin-memalign

REVISION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# ---- names from the lists ----
BUILT_IN := $(shell sed -nE 's/^(BUILT_IN|CLASSIC).([^,]*),.*/\2/p' allocators/list.def)

# ---- sources ----
WORKLOAD_SOURCES := $(wildcard workloads/*.c workloads/synthetic/*.c)
HARNESS_SOURCES  := $(wildcard harness/*.c harness/campaign/*.c harness/trace/*.c \
                      harness/recording/*.c harness/statistics/*.c harness/report/*.c \
                      harness/heapmap/*.c harness/nightly/*.c harness/compare/*.c)
WORKER_SOURCES   := $(wildcard harness/replay/*.c)
RECORDER_SOURCES := $(wildcard harness/recorder/*.c)
PARTS            := $(wildcard allocators/parts/*.c)

LIBS     := -lcsv -lzstd -lmd -lm
object    = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

ALLOCATOR_LIBRARIES := $(BUILT_IN:%=$(BUILD)/lib%.so)
PROGRAMS := $(BUILD)/heaplab $(BUILD)/heaplab-worker $(BUILD)/libheaplab-replay.so \
            $(ALLOCATOR_LIBRARIES) \
            $(if $(RECORDER_SOURCES),$(BUILD)/libheaplab-record.so)

.PHONY: all
all: $(PROGRAMS) ## build heaplab, the worker, the recorder and our allocators

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(SANITIZE) $(DEFINES) -c -o $@ $<

# Only the file that needs a definition is compiled anew when it changes.
$(BUILD)/obj/harness/places.o: DEFINES = -DHEAPLAB_SOURCE='"$(CURDIR)"'
$(BUILD)/obj/harness/revision.o: DEFINES = -DHEAPLAB_REVISION='"$(REVISION)"' \
    -DHEAPLAB_BUILD_FLAGS='"$(strip $(CFLAGS) $(SANITIZE))"'
$(BUILD)/obj/harness/revision.o: $(BUILD)/revision
.PHONY: force
$(BUILD)/revision: force
	@mkdir -p $(@D)
	@echo '$(REVISION)' | cmp -s - $@ || echo '$(REVISION)' >$@

# Without the PLT a call of the allocator is one jump and not two; it still goes through the symbol.
$(BUILD)/obj/harness/replay/%.o: BASE += $(NO_MALLOC_BUILTINS) -fno-plt -fPIC -fvisibility=hidden

$(BUILD)/heaplab: $(call object,$(HARNESS_SOURCES) $(WORKLOAD_SOURCES))
	$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ $(LIBS)
$(call object,$(WORKER_SOURCES)): Makefile # objects made without -fPIC do not link

# Its own program, linked with nothing but the C library: what is measured holds only the replay.
# That is a library, so that it lies in memory where libraries lie and allocators are: a call from
# the program itself, terabytes away, takes today's processors about two cycles more.
$(BUILD)/heaplab-worker: $(call object,harness/replay/main.c) $(BUILD)/libheaplab-replay.so
	$(CC) $(CFLAGS) $(SANITIZE) -pthread -Wl,-z,now,-rpath,'$$ORIGIN' -o $@ $^

$(BUILD)/libheaplab-replay.so: $(call object,$(filter-out %/main.c,$(WORKER_SOURCES)))
	$(CC) $(CFLAGS) $(SANITIZE) -shared -pthread -Wl,-z,now,-soname,$(@F) -o $@ $^

# An allocator is one translation unit to the optimiser: malloc_api.c inlines the heap's fast paths.
ALLOCATOR_FLAGS := -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-builtin-malloc \
                   -fno-builtin-calloc -flto -ffunction-sections -fno-semantic-interposition
# Where an allocator's sources are: its own file or folder, or the folder of its family, which holds
# <name>.c. Of a folder all is taken but what bears the name of another allocator.
folder_of  = $(firstword $(wildcard allocators/$(1)) $(patsubst %/,%,$(dir $(wildcard allocators/*/$(1).c))))
others_of  = $(patsubst %,$(call folder_of,$(1))/%.c,$(filter-out $(1),$(BUILT_IN)))
sources_of = $(wildcard allocators/$(1).c) $(if $(call folder_of,$(1)),$(filter-out $(call \
                 others_of,$(1)),$(wildcard $(call folder_of,$(1))/*.c)))
headers_of = $(wildcard allocators/*.h allocators/parts/*.h $(call folder_of,$(1))/*.h)
# A folder with a malloc_api.c of its own does without the common one.
parts_of   = $(if $(filter %/malloc_api.c,$(call sources_of,$(1))),$(filter-out \
                 %/malloc_api.c,$(PARTS)),$(PARTS))
.SECONDEXPANSION:
$(ALLOCATOR_LIBRARIES): $(BUILD)/lib%.so: $$(call sources_of,$$*) $$(call parts_of,$$*) \
                        $$(call headers_of,$$*)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(BASE)) $(CFLAGS) $(ALLOCATOR_FLAGS) -DALLOCATOR_NAME='"$*"' \
	    -shared -pthread -Wl,--gc-sections,-z,now -o $@ $(filter %.c,$^)

$(BUILD)/libheaplab-record.so: $(RECORDER_SOURCES) $(wildcard harness/recorder/*.h)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(BASE)) $(CFLAGS) $(NO_MALLOC_BUILTINS) -fPIC -fvisibility=hidden \
	    -ftls-model=initial-exec -shared -pthread -Wl,-z,now -o $@ $(filter %.c,$^)

-include tests/tests.mk

.PHONY: bench-harness
bench-harness: all ## what the harness itself costs: loading, the floor, its share of each cell
	$(BUILD)/heaplab bench

.PHONY: install
install: all ## install under PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/lib/heaplab
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/lib/heaplab
	cp -R plots workloads/recorded $(DESTDIR)$(PREFIX)/lib/heaplab
	install -d $(DESTDIR)$(PREFIX)/bin
	ln -sf ../lib/heaplab/heaplab $(DESTDIR)$(PREFIX)/bin/heaplab

.PHONY: clean
clean: ## remove what was built (results stay)
	rm -rf $(BUILD)

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

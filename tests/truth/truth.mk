# `make check-truth`: does heaplab tell the truth where the truth is known? Not part of the tests: it
# takes some twenty minutes of a quiet machine. Included by tests.mk.

SLOWED_STEPS ?= 0

# bin with a delay of SLOWED_STEPS steps in front of its fast path (slowed.h): the same sources and
# flags as $(BUILD)/libbin.so, and as much of the heap inlined in spite of the longer malloc.
SLOWED_SOURCES := $(filter-out %/malloc_api.c,$(PARTS)) $(wildcard allocators/bin/*.c)
SLOWED_COMPILE  = $(CC) $(filter-out -MMD -MP,$(BASE)) $(CFLAGS) $(ALLOCATOR_FLAGS) \
                  -DALLOCATOR_NAME='"bin"' --param=max-inline-insns-auto=100
.PHONY: bin-slowed
bin-slowed:
	@mkdir -p $(BUILD)/slowed
	$(SLOWED_COMPILE) -DSLOWED_STEPS=$(SLOWED_STEPS) -include tests/truth/slowed.h \
	    -c -o $(BUILD)/slowed/malloc_api.o allocators/parts/malloc_api.c
	$(SLOWED_COMPILE) -shared -pthread -Wl,--gc-sections,-z,now \
	    -o $(BUILD)/slowed/libbin-$(SLOWED_STEPS).so $(BUILD)/slowed/malloc_api.o $(SLOWED_SOURCES)

.PHONY: check-truth
check-truth: all ## twelve names of one library, and a bin that is 5 % slower: about 20 minutes
	HEAPLAB_BUILD='$(abspath $(BUILD))' tests/truth/check-truth

/* Both kinds of heap side by side (fit_pair.h). */
#include "tests/unit/fit_pair.h"

#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define RANGE_UNITS (UINT32_C(1) << 28)

void pair_open(struct pair *pair, const struct pair_request *request, uint32_t slots)
{
    static const struct fit_policy *const policies[] = {
        [NAIVE_FIRST] = &fit_first,
        [NAIVE_NEXT] = &fit_next,
        [NAIVE_BEST] = &fit_best,
        [NAIVE_WORST] = &fit_worst,
        [NAIVE_LIFO] = &fit_first_lifo,
    };
    uint32_t range_units = request->range_units == 0 ? RANGE_UNITS : request->range_units;
    pair->range_bytes = (size_t)RANGE_UNITS * 2 << FIT_UNIT_LOG2; /* the index takes a part */
    /* Aligned beyond all alignments asked for: naive addresses are relative to the range. */
    pair->range = os_reserve(pair->range_bytes, (size_t)1 << 20);
    assert_non_null(pair->range);
    pair->budget.units_left = range_units - FIT_UNIT_FIRST;
    const struct fit_options options = {.coalesce = request->coalesce,
                                        .budget = &pair->budget,
                                        .initial_bytes = (uint64_t)request->initial_units
                                                         << FIT_UNIT_LOG2};
    fit_heap_init(&pair->heap, policies[request->policy], pair->range, pair->range_bytes, &options);
    naive_init(
        &pair->naive, request->policy, request->coalesce, request->initial_units, range_units);
    pair->block = calloc(slots, sizeof *pair->block);
    pair->slots = slots;
    pair->placed = 0;
}

void pair_close(struct pair *pair)
{
    os_release(pair->range, pair->range_bytes);
    naive_forget(&pair->naive);
    free(pair->block);
}

static void assert_alike(struct pair *pair, uint32_t slot)
{
    const struct pair_block *block = &pair->block[slot];
    uint64_t offset = block->payload == NULL ? 0 : (uint64_t)(block->payload - pair->range);
    assert_int_equal(offset, (uint64_t)block->naive.address << FIT_UNIT_LOG2);
    if (block->payload != NULL) {
        pair->placed++;
        assert_int_equal(fit_usable_bytes(&pair->heap, block->payload),
                         ((uint64_t)block->naive.units << FIT_UNIT_LOG2) - 8);
        assert_true(fit_usable_bytes(&pair->heap, block->payload) >= block->bytes);
    }
}

void pair_allocate(struct pair *pair, uint32_t slot, uint64_t bytes)
{
    pair->block[slot] = (struct pair_block){.payload = fit_allocate(&pair->heap, bytes),
                                            .naive = naive_allocate(&pair->naive, bytes),
                                            .bytes = bytes};
    assert_alike(pair, slot);
}

void pair_allocate_aligned(struct pair *pair, uint32_t slot, uint64_t alignment, uint64_t bytes)
{
    pair->block[slot] =
        (struct pair_block){.payload = fit_allocate_aligned(&pair->heap, alignment, bytes),
                            .naive = naive_allocate_aligned(&pair->naive, alignment, bytes),
                            .bytes = bytes};
    assert_alike(pair, slot);
}

void pair_free(struct pair *pair, uint32_t slot)
{
    struct pair_block *block = &pair->block[slot];
    if (block->payload != NULL) {
        fit_free(&pair->heap, block->payload);
        naive_free(&pair->naive, block->naive);
    }
    *block = (struct pair_block){.payload = NULL};
}

void pair_free_all(struct pair *pair)
{
    for (uint32_t slot = 0; slot < pair->slots; slot++) {
        pair_free(pair, slot);
    }
}

void pair_reallocate(struct pair *pair, uint32_t slot, uint64_t bytes)
{
    struct pair_block *block = &pair->block[slot];
    bool resized = fit_resize(&pair->heap, block->payload, bytes);
    assert_int_equal(resized, naive_resize(&pair->naive, &block->naive, bytes));
    if (resized) {
        block->bytes = bytes;
        assert_alike(pair, slot);
        return;
    }
    struct pair_block old = *block;
    pair_allocate(pair, slot, bytes);
    if (block->payload == NULL) {
        *block = old; /* a refused realloc keeps it */
        return;
    }
    fit_free(&pair->heap, old.payload);
    naive_free(&pair->naive, old.naive);
}

struct audit {
    const struct pair *pair;
    size_t free_blocks;
};

static void audit_block(void *context, const void *payload, size_t usable_bytes, bool is_used)
{
    struct audit *audit = context;
    if (is_used) {
        return;
    }
    const struct naive_heap *naive = &audit->pair->naive;
    size_t i = audit->free_blocks++;
    assert_true(i < naive->count);
    uint64_t address = (uint64_t)naive->address[i] << FIT_UNIT_LOG2;
    assert_int_equal((const char *)payload - audit->pair->range, address);
    assert_int_equal(usable_bytes, ((uint64_t)naive->units[i] << FIT_UNIT_LOG2) - 8);
}

void pair_audit(const struct pair *pair)
{
    const char *fault = fit_audit(&pair->heap);
    if (fault != NULL) {
        print_error("%s: %s\n", pair->heap.policy->name, fault);
    }
    assert_null(fault);
    assert_int_equal(pair->heap.end, pair->naive.end);
    struct audit audit = {.pair = pair, .free_blocks = 0};
    fit_walk(&pair->heap, audit_block, &audit);
    assert_int_equal(audit.free_blocks, pair->naive.count);
}

/* What malloc_api.c provides to an allocator: here no misuse may be seen. */
__attribute__((weak)) _Noreturn void
heap_misuse(const char *call, const void *address, const char *fault)
{
    print_error("%s(%p): %s\n", call, address, fault);
    abort();
}

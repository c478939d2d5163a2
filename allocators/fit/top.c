/* The heap's upper end: where it grows and shrinks (fit.h).
 *
 * The heap grows by what is asked for and no more, and shrinks as soon as its last block is free, so
 * the top is never a candidate of a search (wilderness preservation). The memory behind a lowered
 * end stays for its next use up to KEPT_BYTES; more is given back to the kernel. */
#include "allocators/fit/block.h"
#include "allocators/parts/os_memory.h"

#include <stdatomic.h>

#define KEPT_BYTES ((size_t)1 << 20)

static bool spend(struct fit_budget *budget, uint64_t units)
{
    uint64_t left = budget == NULL ? units : atomic_load(&budget->units_left);
    do {
        if (units > left) {
            return false;
        }
    } while (budget != NULL &&
             !atomic_compare_exchange_weak(&budget->units_left, &left, left - units));
    return true;
}

/* The header behind the last block. */
static void set_end(struct fit_heap *heap, uint32_t end, uint64_t after_used)
{
    heap->end = end;
    heap->end_highest = end > heap->end_highest ? end : heap->end_highest;
    heap->dirty_end = end > heap->dirty_end ? end : heap->dirty_end;
    fit_set_header(heap, end, 0, FIT_USED | after_used);
}

bool fit_raise_end(struct fit_heap *heap, uint32_t units)
{
    if (units > heap->end_most - heap->end || !spend(heap->budget, units)) {
        return false;
    }
    set_end(heap, heap->end + units, FIT_AFTER_USED);
    return true;
}

uint64_t fit_units_above(const struct fit_heap *heap)
{
    uint64_t units = heap->end_most - heap->end;
    uint64_t left = heap->budget == NULL ? units : atomic_load(&heap->budget->units_left);
    return left < units ? left : units;
}

/* Gives back what lies above the end, when it is more than is kept. */
static void purge_above(struct fit_heap *heap)
{
    uint32_t page_units = (uint32_t)(os_page_bytes() >> FIT_UNIT_LOG2);
    uint32_t first = (heap->end + page_units - 1) / page_units * page_units;
    uint32_t last =
        (uint32_t)(((uint64_t)heap->dirty_end + page_units - 1) / page_units) * page_units;
    if (last > first && (size_t)(last - first) << FIT_UNIT_LOG2 > KEPT_BYTES) {
        os_purge(fit_payload(heap, first), (size_t)(last - first) << FIT_UNIT_LOG2);
        heap->dirty_end = first;
    }
}

void fit_lower_end(struct fit_heap *heap, uint32_t start)
{
    uint32_t end = heap->end;
    bool leaves_block = start + FIT_UNITS_MIN <= heap->end_least;
    set_end(heap, leaves_block ? heap->end_least : start, FIT_AFTER_USED);
    if (heap->budget != NULL) {
        atomic_fetch_add(&heap->budget->units_left, end - heap->end);
    }
    if (leaves_block) {
        fit_set_free(heap, start, heap->end - start, FIT_AFTER_USED);
        fit_index_insert(heap, start);
    }
    purge_above(heap);
}

/* Puts the policy's index at the range's end. Returns the units that are left for the heap. */
static uint32_t lay_out_index(struct fit_heap *heap, char *range, size_t range_bytes)
{
    size_t (*lay_out)(struct fit_heap *, uint32_t, char *) = heap->policy->lay_out;
    if (lay_out != NULL) {
        uint32_t units = (uint32_t)(range_bytes >> FIT_UNIT_LOG2);
        size_t page_bytes = os_page_bytes();
        range_bytes -= (lay_out(heap, units, NULL) + page_bytes - 1) / page_bytes * page_bytes;
        lay_out(heap, units, range + range_bytes);
    }
    return (uint32_t)(range_bytes >> FIT_UNIT_LOG2);
}

void fit_heap_init(struct fit_heap *heap,
                   const struct fit_policy *policy,
                   void *range,
                   size_t range_bytes,
                   const struct fit_options *options)
{
    *heap = (struct fit_heap){.policy = policy,
                              .coalesce = options->coalesce,
                              .base = range,
                              .end_least = FIT_UNIT_FIRST,
                              .budget = options->budget};
    heap->end_most = lay_out_index(heap, range, range_bytes);
    set_end(heap, FIT_UNIT_FIRST, FIT_AFTER_USED);
    uint64_t units = options->initial_bytes >> FIT_UNIT_LOG2;
    uint64_t most = heap->end_most - heap->end;
    units = units < most ? units : most;
    if (heap->budget != NULL && units > atomic_load(&heap->budget->units_left)) {
        units = atomic_load(&heap->budget->units_left);
    }
    if (units >= FIT_UNITS_MIN && fit_raise_end(heap, (uint32_t)units)) {
        heap->end_least = heap->end;
        fit_set_free(heap, FIT_UNIT_FIRST, (uint32_t)units, FIT_AFTER_USED);
        fit_index_insert(heap, FIT_UNIT_FIRST);
    }
}

/* Placing and freeing blocks (fit.h). */
#include "allocators/fit/block.h"

#include <string.h>

/* Deferred coalescing looks at every block of the heap. When a request finds nothing it is done if
 * at least one block of so many has been freed since the last time, so that it costs each free a
 * few steps; and whenever the heap could not grow without, if all that is free would do. */
#define SWEEP_SHARE 16

/* Gives the low part of a free block away; what is left stays free if it can be a block. The header
 * is proven first: the block before may have been written past its end. */
static void take(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint32_t units_before = fit_units(heap, block);
    if (!fit_is_sound_free(heap, block) || units_before < units) {
        fit_header_overwritten(heap, "malloc", block);
    }
    uint32_t rest = units_before - units;
    uint64_t after_used = fit_after_flag(heap, block);
    if (rest < FIT_UNITS_MIN) {
        fit_index_remove(heap, block, units_before);
        fit_set_used(heap, block, units_before, after_used);
        return;
    }
    fit_set_free(heap, block + units, rest, FIT_AFTER_USED);
    fit_index_move(heap, block, block + units, units_before);
    fit_set_header(heap, block, units, FIT_USED | after_used);
}

/* Units of the free block before `block`; 0 when it is in use. */
static uint32_t free_units_before(const struct fit_heap *heap, const char *call, uint32_t block)
{
    if (fit_is_after_used(heap, block)) {
        return 0;
    }
    uint64_t units = *fit_footer_before(heap, block);
    if (units > block - FIT_UNIT_FIRST || !fit_is_sound_free(heap, block - (uint32_t)units) ||
        fit_units(heap, block - (uint32_t)units) != units) {
        fit_tags_overwritten(heap, call, block);
    }
    return (uint32_t)units;
}

/* A block at the top, which takes in a last block that is free. */
static uint32_t grow(struct fit_heap *heap, uint32_t units)
{
    uint32_t block = heap->end;
    uint32_t last_units = 0;
    if (!fit_header_is(heap, block, FIT_USED, FIT_AFTER_USED)) {
        fit_header_overwritten(heap, "malloc", block);
    }
    if (heap->coalesce != FIT_COALESCE_NEVER) {
        last_units = free_units_before(heap, "malloc", block);
        block -= last_units;
    }
    if (last_units >= units) { /* good fit does not find all that would do */
        take(heap, block, units);
        return block;
    }
    uint64_t after_used = fit_after_flag(heap, block);
    if (!fit_raise_end(heap, units - last_units)) {
        return 0;
    }
    if (last_units > 0) {
        fit_index_remove(heap, block, last_units);
    }
    fit_set_used(heap, block, units, after_used);
    return block;
}

/* Where the next block begins. */
static inline uint32_t behind(const struct fit_heap *heap, uint32_t block)
{
    if (!fit_header_holds(heap, block)) {
        fit_header_overwritten(heap, "malloc", block);
    }
    return block + fit_units(heap, block);
}

/* The run of free blocks from `block` on becomes one. Returns where it ends. */
static uint32_t merge_run(struct fit_heap *heap, uint32_t block)
{
    uint32_t after = behind(heap, block);
    bool is_single = fit_is_used(heap, after);
    while (!fit_is_used(heap, after)) {
        after = behind(heap, after);
    }
    if (is_single && (after != heap->end || heap->end <= heap->end_least)) {
        return after;
    }
    for (uint32_t part = block; part != after;) {
        uint32_t units = fit_units(heap, part);
        fit_index_remove(heap, part, units);
        part += units;
    }
    heap->rover = heap->rover > block && heap->rover < after ? block : heap->rover;
    if (after == heap->end) {
        fit_lower_end(heap, block);
        return heap->end;
    }
    fit_set_free(heap, block, after - block, FIT_AFTER_USED);
    fit_index_insert(heap, block);
    return after;
}

static void sweep(struct fit_heap *heap)
{
    heap->freed_unmerged = 0;
    for (uint32_t block = FIT_UNIT_FIRST; block < heap->end;) {
        block = fit_is_used(heap, block) ? behind(heap, block) : merge_run(heap, block);
    }
}

static bool is_sweep_due(const struct fit_heap *heap)
{
    return (heap->used_blocks + heap->free_blocks) / SWEEP_SHARE < heap->freed_unmerged;
}

/* Whether there is so much, were it all in one piece. */
static bool is_enough_free(const struct fit_heap *heap, uint32_t units)
{
    return heap->free_units + fit_units_above(heap) >= units;
}

static uint32_t place_deferred(struct fit_heap *heap, uint32_t units)
{
    uint32_t block = heap->policy->find(heap, units);
    if (block == 0 && heap->freed_unmerged > 0 && is_sweep_due(heap)) {
        sweep(heap);
        block = heap->policy->find(heap, units);
    }
    if (block == 0) {
        uint32_t grown = grow(heap, units);
        if (grown != 0 || heap->freed_unmerged == 0 || !is_enough_free(heap, units)) {
            return grown;
        }
        sweep(heap);
        block = heap->policy->find(heap, units);
    }
    if (block == 0) {
        return grow(heap, units);
    }
    take(heap, block, units);
    return block;
}

static uint32_t place_now(struct fit_heap *heap, uint32_t units)
{
    uint32_t block = heap->policy->find(heap, units);
    if (block == 0) {
        return grow(heap, units);
    }
    take(heap, block, units);
    return block;
}

uint32_t fit_place(struct fit_heap *heap, uint32_t units)
{
    uint32_t block = heap->coalesce == FIT_COALESCE_DEFERRED ? place_deferred(heap, units)
                                                             : place_now(heap, units);
    if (block != 0) {
        heap->used_blocks++;
        heap->rover = block + fit_units(heap, block);
    }
    return block;
}

/* The block and its free neighbours become one free block, or part of the top. */
static void release_merged(struct fit_heap *heap, uint32_t block)
{
    uint32_t units = fit_units(heap, block);
    uint32_t next = block + units;
    uint32_t next_units = fit_is_used(heap, next) ? 0 : fit_units(heap, next);
    uint32_t previous_units = free_units_before(heap, "free", block);
    uint32_t start = block - previous_units;
    uint32_t after = next + next_units;
    bool joins_top = after == heap->end && heap->end > heap->end_least;
    fit_set_header(heap, block, units, 0); /* tells a second free, wherever the block goes */
    heap->rover = heap->rover > start && heap->rover < after ? start : heap->rover;
    if (next_units > 0 && (previous_units > 0 || joins_top)) {
        fit_index_remove(heap, next, next_units);
    }
    if (joins_top) {
        if (previous_units > 0) {
            fit_index_remove(heap, start, previous_units);
        }
        fit_lower_end(heap, start);
        return;
    }
    fit_set_free(heap, start, after - start, FIT_AFTER_USED);
    if (previous_units > 0) {
        fit_index_move(heap, start, start, previous_units);
    } else if (next_units > 0) {
        fit_index_move(heap, next, block, next_units);
    } else {
        fit_index_insert(heap, block);
    }
}

void fit_release(struct fit_heap *heap, uint32_t block)
{
    heap->used_blocks--;
    if (heap->coalesce == FIT_COALESCE_IMMEDIATE) {
        release_merged(heap, block);
        return;
    }
    fit_set_free(heap, block, fit_units(heap, block), fit_after_flag(heap, block));
    fit_index_insert(heap, block);
    heap->freed_unmerged++;
}

void *fit_allocate(struct fit_heap *heap, size_t bytes)
{
    uint32_t units = fit_units_for(bytes);
    uint32_t block = units == 0 ? 0 : fit_place(heap, units);
    return block == 0 ? NULL : fit_payload(heap, block);
}

void *fit_allocate_zeroed(struct fit_heap *heap, size_t bytes)
{
    char *zero_from = fit_payload(heap, heap->dirty_end);
    char *payload = fit_allocate(heap, bytes);
    if (payload != NULL && payload < zero_from) {
        size_t dirty_bytes = (size_t)(zero_from - payload);
        memset(payload, 0, bytes < dirty_bytes ? bytes : dirty_bytes);
    }
    return payload;
}

void fit_free(struct fit_heap *heap, void *payload)
{
    fit_release(heap, fit_live_block(heap, "free", payload));
}

size_t fit_usable_bytes(const struct fit_heap *heap, const void *payload)
{
    uint32_t block = fit_live_block(heap, "malloc_usable_size", payload);
    return ((size_t)fit_units(heap, block) << FIT_UNIT_LOG2) - FIT_HEADER_BYTES;
}

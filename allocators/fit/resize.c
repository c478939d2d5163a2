/* Blocks that change their size in place, and blocks of large alignment (fit.h). */
#include "allocators/fit/block.h"

/* What is left behind the first `units` of a used block is freed if it can be a block. */
static void shrink(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint32_t rest = fit_units(heap, block) - units;
    if (rest < FIT_UNITS_MIN) {
        return;
    }
    fit_set_header(heap, block, units, FIT_USED | fit_after_flag(heap, block));
    fit_set_header(heap, block + units, rest, FIT_USED | FIT_AFTER_USED);
    heap->used_blocks++;
    fit_release(heap, block + units);
}

/* Takes what is missing to `units` from the free block behind, the top, or both. */
static bool grow(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint32_t units_before = fit_units(heap, block);
    uint32_t next = block + units_before;
    uint32_t next_units = fit_is_used(heap, next) ? 0 : fit_units(heap, next);
    uint32_t total = units_before + next_units;
    if (total < units) {
        if (block + total != heap->end || !fit_raise_end(heap, units - total)) {
            return false;
        }
        total = units;
    }
    if (next_units > 0) {
        fit_index_remove(heap, next, next_units);
    }
    units = total - units < FIT_UNITS_MIN ? total : units;
    heap->rover = heap->rover == next ? block + units : heap->rover;
    fit_set_used(heap, block, units, fit_after_flag(heap, block));
    if (total > units) {
        fit_set_free(heap, block + units, total - units, FIT_AFTER_USED);
        fit_index_insert(heap, block + units);
    }
    return true;
}

bool fit_resize(struct fit_heap *heap, void *payload, size_t bytes)
{
    uint32_t block = fit_live_block(heap, "realloc", payload);
    uint32_t units = fit_units_for(bytes);
    if (units == 0) {
        return false;
    }
    if (units > fit_units(heap, block)) {
        return grow(heap, block, units);
    }
    shrink(heap, block, units);
    return true;
}

/* Places a block with room to spare, and frees what lies before the first aligned unit (which is no
 * unit alone: no block is that small) and behind. */
void *fit_allocate_aligned(struct fit_heap *heap, size_t alignment, size_t bytes)
{
    uint32_t units = fit_units_for(bytes);
    uint64_t roomy = (uint64_t)units + (alignment >> FIT_UNIT_LOG2) + FIT_UNITS_MIN - 1;
    if (units == 0 || alignment > FIT_RANGE_MAX / 2 || roomy > INT32_MAX) {
        return NULL;
    }
    uint32_t block = fit_place(heap, (uint32_t)roomy);
    if (block == 0) {
        return NULL;
    }
    uint32_t next = block + fit_units(heap, block);
    if (!fit_header_holds(heap, next)) {
        fit_header_overwritten(heap, "malloc", next);
    }
    size_t missing = -(uintptr_t)fit_payload(heap, block) & (alignment - 1);
    if (missing == FIT_UNIT_BYTES) {
        missing += alignment;
    }
    uint32_t lead = (uint32_t)(missing >> FIT_UNIT_LOG2);
    uint32_t aligned = block + lead;
    if (lead > 0) {
        uint32_t rest = fit_units(heap, block) - lead;
        fit_set_header(heap, block, lead, FIT_USED | fit_after_flag(heap, block));
        fit_set_header(heap, aligned, rest, FIT_USED | FIT_AFTER_USED);
        heap->used_blocks++;
        fit_release(heap, block);
    }
    shrink(heap, aligned, units);
    return fit_payload(heap, aligned);
}

/* The heap walk of `buddy` (allocators/heap_walk.h): its heap is what lies below the highest
 * address that any block ever reached; the untouched rest of the reservation is no heap. */
#include "allocators/buddy/buddy.h"
#include "allocators/heap_walk.h"

__attribute__((visibility("default"))) heaplab_heap_walk_function heaplab_heap_walk;

/* Order of the free block that starts at the granule; every granule starts a live block, starts a
 * free one, or lies inside one of the two. */
static unsigned free_order(const struct buddy_core *core, size_t granule)
{
    unsigned order = 0;
    while (!bit_tree_test(&core->free_blocks[order], granule >> order)) {
        order++;
    }
    return order;
}

static void walk_blocks(heap_region_visit *visit, void *context)
{
    const struct buddy_heap *heap = &buddy_heap;
    for (size_t offset = 0; offset < heap->high_water_bytes;) {
        size_t granule = offset >> GRANULE_LOG2;
        struct heap_region region = {.address = heap->core.base + offset, .kind = HEAP_REGION_FREE};
        if (heap->order_of[granule] != 0) {
            region.kind = HEAP_REGION_USED;
            region.bytes = (size_t)1 << (GRANULE_LOG2 + heap->order_of[granule] % ENTRY_DYING - 1);
        } else {
            region.bytes = (size_t)1 << (GRANULE_LOG2 + free_order(&heap->core, granule));
        }
        size_t rest = heap->high_water_bytes - offset;
        region.bytes = region.bytes < rest ? region.bytes : rest;
        visit(context, &region);
        offset += region.bytes;
    }
}

/* The parts of the tables that describe the heap; the summaries above the bitmaps (a 64th) are left
 * out. */
static void walk_tables(heap_region_visit *visit, void *context)
{
    const struct buddy_heap *heap = &buddy_heap;
    size_t granules = heap->high_water_bytes >> GRANULE_LOG2;
    struct heap_region region = {
        .address = (uintptr_t)heap->order_of, .bytes = granules, .kind = HEAP_REGION_METADATA};
    visit(context, &region);
    for (unsigned order = 0; order < heap->core.orders; order++) {
        size_t words = ((granules >> order) + 63) / 64;
        region.address = (uintptr_t)heap->core.free_blocks[order].levels[0];
        region.bytes = words * sizeof(uint64_t);
        if (words > 0) {
            visit(context, &region);
        }
    }
}

void heaplab_heap_walk(heap_region_visit *visit, void *context)
{
    if (buddy_heap.high_water_bytes > 0) {
        walk_blocks(visit, context);
        walk_tables(visit, context);
    }
}

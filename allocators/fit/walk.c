/* The heap walk of the fit policies (allocators/heap_walk.h). What was used above the heap's end and
 * not yet given back to the kernel is free, too: the heap's top. */
#include "allocators/fit/heaps.h"
#include "allocators/heap_walk.h"

struct walk {
    heap_region_visit *visit;
    void *context;
};

static void visit_region(const struct walk *walk, struct heap_region region)
{
    if (region.bytes > 0) {
        walk->visit(walk->context, &region);
    }
}

static void visit_block(void *context, const void *payload, size_t usable_bytes, bool is_used)
{
    const struct walk *walk = context;
    uintptr_t address = (uintptr_t)payload;
    visit_region(
        walk,
        (struct heap_region){address - FIT_HEADER_BYTES, FIT_HEADER_BYTES, HEAP_REGION_METADATA});
    visit_region(
        walk,
        (struct heap_region){address, usable_bytes, is_used ? HEAP_REGION_USED : HEAP_REGION_FREE});
}

static void visit_table(void *context, const void *table, size_t bytes)
{
    visit_region(context, (struct heap_region){(uintptr_t)table, bytes, HEAP_REGION_METADATA});
}

__attribute__((visibility("default"))) heaplab_heap_walk_function heaplab_heap_walk;

void heaplab_heap_walk(heap_region_visit *visit, void *context)
{
    const struct walk walk = {visit, context};
    for (unsigned i = 0; i < atomic_load(&heap_count); i++) {
        const struct fit_heap *heap = &heaps[i].heap;
        fit_walk(heap, visit_block, (void *)&walk);
        if (heap->policy->walk_tables != NULL) {
            heap->policy->walk_tables(heap, visit_table, (void *)&walk);
        }
        uintptr_t top = (uintptr_t)heap->base + ((size_t)heap->end << FIT_UNIT_LOG2);
        visit_region(
            &walk,
            (struct heap_region){top - FIT_HEADER_BYTES, FIT_HEADER_BYTES, HEAP_REGION_METADATA});
        size_t top_bytes = (size_t)(heap->dirty_end - heap->end) << FIT_UNIT_LOG2;
        visit_region(&walk, (struct heap_region){top, top_bytes, HEAP_REGION_FREE});
    }
}

/* The optional second bond between an allocator and the harness, beside malloc(3): a walk over
 * everything that a heap holds, for external fragmentation and heap maps.
 *
 * A library that offers it exports one function of type heaplab_heap_walk_function under the name
 * HEAPLAB_HEAP_WALK_SYMBOL. It visits disjoint regions in no particular order. It must not
 * allocate. The caller guarantees that no other thread is inside the allocator meanwhile. */
#ifndef ALLOCATORS_HEAP_WALK_H
#define ALLOCATORS_HEAP_WALK_H

#include <stddef.h>
#include <stdint.h>

#define HEAPLAB_HEAP_WALK_SYMBOL "heaplab_heap_walk"

enum heap_region_kind {
    HEAP_REGION_USED,     /* one block held by the program; bytes = its usable bytes */
    HEAP_REGION_FREE,     /* free bytes, ready for reuse, coalesced as far as the allocator has:
                             the largest is the largest block that needs no new memory */
    HEAP_REGION_METADATA, /* headers, descriptors, tables, padding */
};

struct heap_region {
    uintptr_t address;
    size_t bytes;
    enum heap_region_kind kind;
};

typedef void heap_region_visit(void *context, const struct heap_region *region);
typedef void heaplab_heap_walk_function(heap_region_visit *visit, void *context);

#endif

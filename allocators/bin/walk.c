/* The heap walk of heap_walk.h: every block held by the program, every piece of free memory that the
 * heap keeps, and its metadata. Addresses that have never been touched are no memory and are left
 * out: the reservation, the tails of large blocks, what is not yet carved. Blocks freed by one thread
 * and still on their way home to another count as free. */
#include "allocators/bin/large.h"
#include "allocators/bin/remote.h"
#include "allocators/heap_walk.h"

#include <string.h>

heaplab_heap_walk_function heaplab_heap_walk __attribute__((visibility("default")));

struct walk {
    heap_region_visit *visit;
    void *context;
};

/* Which blocks of a slab are free, by number; the first not carved ends it. */
struct free_map {
    uint64_t bits[SLICE_BYTES / 16 / 64 + 1];
};

static void
report(const struct walk *walk, uintptr_t address, size_t bytes, enum heap_region_kind kind)
{
    struct heap_region region = {.address = address, .bytes = bytes, .kind = kind};
    if (bytes != 0) {
        walk->visit(walk->context, &region);
    }
}

static void report_metadata(void *context, uintptr_t address, size_t bytes)
{
    report(context, address, bytes, HEAP_REGION_METADATA);
}

static void report_used(void *context, uintptr_t address, size_t bytes)
{
    report(context, address, bytes, HEAP_REGION_USED);
}

static bool is_free(const struct free_map *map, size_t block)
{
    return (map->bits[block / 64] >> block % 64 & 1) != 0;
}

static void mark_list(struct free_map *map, const struct span *span, const struct object *object)
{
    uint32_t block_bytes = size_classes[span->size_class].bytes;
    for (; object != NULL; object = object->next) {
        size_t block = ((uintptr_t)object - span_address(span)) / block_bytes;
        map->bits[block / 64] |= UINT64_C(1) << block % 64;
    }
}

static void mark_batches(struct free_map *map, const struct span *span)
{
    for (const struct heap *heap = heap_list; heap != NULL; heap = heap->next_heap) {
        for (unsigned i = 0; i < HEAP_BATCHES; i++) {
            bool held = heap->batches[i].span == span && heap->batches[i].count != 0;
            mark_list(map, span, held ? heap->batches[i].first : NULL);
        }
    }
}

static void walk_slab(const struct walk *walk, const struct span *span)
{
    struct free_map map;
    memset(&map, 0, sizeof map);
    mark_list(&map, span, *span->head);
    mark_list(&map, span, remote_first(span, atomic_load(&span->remote)));
    mark_batches(&map, span);

    size_t bytes = size_classes[span->size_class].bytes;
    size_t carved = atomic_load(&span->carved);
    size_t free_from = 0; /* start of the run of free blocks that ends before `block` */
    for (size_t block = 0; block < carved; block++) {
        if (!is_free(&map, block) && !slab_in_hole(span, (uint32_t)block)) {
            uintptr_t address = span_address(span) + block * bytes;
            report(walk,
                   span_address(span) + free_from * bytes,
                   (block - free_from) * bytes,
                   HEAP_REGION_FREE);
            report(walk, address, bytes, HEAP_REGION_USED);
            free_from = block + 1;
        }
    }
    size_t touched = (size_t)span->touched * CARVE_BYTES; /* by an earlier use */
    size_t end = carved * bytes > touched ? carved * bytes : touched;
    report(walk, span_address(span) + free_from * bytes, end - free_from * bytes, HEAP_REGION_FREE);
}

__attribute__((visibility("default"))) void heaplab_heap_walk(heap_region_visit *visit,
                                                              void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    size_t slices = space_slices_used();
    size_t step = 1;
    for (size_t slice = 0; slice < slices; slice += step) {
        const struct span *span = &space.spans[slice];
        step = span_kind(span) == SPAN_NONE ? 1 : (size_t)1 << span->order;
        if (span_kind(span) == SPAN_SLAB) {
            walk_slab(&walk, span);
        } else if (span_kind(span) == SPAN_LARGE) {
            report(&walk, span_address(span), span->bytes, HEAP_REGION_USED);
        } else if (span_kind(span) == SPAN_STORED || span_kind(span) == SPAN_CACHED) {
            report(
                &walk, span_address(span), (size_t)span->touched * CARVE_BYTES, HEAP_REGION_FREE);
        }
    }
    if (space.bytes != 0) {
        space_visit_metadata(report_metadata, &walk);
    }
    mapped_visit(report_used, &walk);
}

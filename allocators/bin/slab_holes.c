/* Pages given back from inside slabs that still hold live blocks, so that one straggler holds a page
 * and not a slab.
 *
 * From time to time, slabs that are at most a quarter live are looked through. Pages on which no
 * carved block is live become holes: the free blocks that lie on them leave the slab's list, and the
 * system gets the memory. When the slab serves again and its list has run out, holes are taken back
 * into use one by one, before anything else. By time, or when the heap grows in spite of many such slabs,
 * but not at each free: most slabs that pass through a quarter are on their way to empty or to full. */
#include "allocators/bin/slab.h"
#include "allocators/bin/span_store.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define PAGES             ((uint32_t)(SLICE_BYTES / CARVE_BYTES))
#define SLABS_IN_ONE_TICK 512
#define SLAB_BLOCKS_MOST  (SLICE_BYTES / 16)

/* Which blocks are in the slab's list. */
struct block_set {
    uint64_t bits[SLAB_BLOCKS_MOST / 64];
};

static bool has(const struct block_set *set, uint32_t block)
{
    return (set->bits[block / 64] >> block % 64 & 1) != 0;
}

/* The pages that a block lies on, as bits. */
static uint32_t pages_of(const struct span *span, uint32_t block)
{
    uint32_t bytes = size_classes[span->size_class].bytes;
    uint32_t first = block * bytes / CARVE_BYTES;
    uint32_t last = (block * bytes + bytes - 1) / CARVE_BYTES;
    return (UINT32_C(2) << last) - (UINT32_C(1) << first);
}

bool slab_in_hole(const struct span *span, uint32_t block)
{
    return (pages_of(span, block) & span->holes) != 0;
}

uint32_t slab_hole_blocks(const struct span *span)
{
    uint32_t count = 0;
    for (uint32_t block = 0; span->holes != 0 && block < slab_carved(span); block++) {
        count += slab_in_hole(span, block);
    }
    return count;
}

static struct object *object_at(const struct span *span, uint32_t block)
{
    return (struct object *)(void *)(span_start(span) +
                                     (size_t)block * size_classes[span->size_class].bytes);
}

/* The units of 4 KiB in the system's pages of which all are set. */
static uint32_t whole_pages(uint32_t units)
{
    uint32_t per_page = (uint32_t)(os_page_bytes() / CARVE_BYTES);
    uint32_t whole = 0;
    for (uint32_t from = 0; from + per_page <= PAGES; from += per_page) {
        uint32_t page = ((UINT32_C(1) << per_page) - 1) << from;
        whole |= (units & page) == page ? page : 0;
    }
    return whole;
}

struct object *slab_fill_hole(struct span *span)
{
    uint32_t per_page = (uint32_t)(os_page_bytes() / CARVE_BYTES);
    uint32_t lowest = (uint32_t)__builtin_ctz(span->holes) / per_page * per_page;
    uint32_t page = ((UINT32_C(1) << per_page) - 1) << lowest;
    span->holes = (uint16_t)(span->holes & ~page);
    uint32_t bytes = size_classes[span->size_class].bytes;
    uint32_t start = lowest * CARVE_BYTES / bytes; /* the first block on the page */
    uint32_t end = ((lowest + per_page) * CARVE_BYTES + bytes - 1) / bytes;
    end = end < slab_carved(span) ? end : slab_carved(span);
    struct object *first = NULL;
    for (uint32_t block = end; block-- > start;) {
        if (!slab_in_hole(span, block)) {
            struct object *object = object_at(span, block);
            object->next = first;
            first = object;
        }
    }
    return first;
}

/* The pages of the carved blocks on which none is live. A block that waits in a remote list counts as
 * live: its link is in it. */
static uint32_t free_pages(const struct span *span, const struct block_set *listed)
{
    uint32_t used = 0;
    uint32_t end = slab_carved(span) * size_classes[span->size_class].bytes / CARVE_BYTES;
    for (uint32_t block = 0; block < slab_carved(span); block++) {
        if (!has(listed, block) && !slab_in_hole(span, block)) {
            used |= pages_of(span, block);
        }
    }
    return whole_pages(~used & ((UINT32_C(1) << end) - 1));
}

static void purge(const struct span *span, uint32_t pages)
{
    while (pages != 0) {
        uint32_t first = (uint32_t)__builtin_ctz(pages);
        uint32_t count = (uint32_t)__builtin_ctz(~(pages >> first));
        os_purge((span_start(span) + (size_t)first * CARVE_BYTES), (size_t)count * CARVE_BYTES);
        pages &= ~(((UINT32_C(1) << count) - 1) << first);
    }
}

static void make_holes(struct span *span)
{
    struct block_set listed;
    memset(&listed, 0, sizeof listed);
    for (const struct object *object = span->free; object != NULL; object = object->next) {
        uint32_t block = (uint32_t)((uintptr_t)object - span_address(span)) /
                         size_classes[span->size_class].bytes;
        listed.bits[block / 64] |= UINT64_C(1) << block % 64;
    }
    uint32_t pages = free_pages(span, &listed);
    uint32_t fresh = pages & ~(uint32_t)span->holes;
    if (fresh == 0) {
        return;
    }
    span->holes = (uint16_t)pages;
    span->free = NULL;
    for (uint32_t block = slab_carved(span); block-- > 0;) {
        if (has(&listed, block) && !slab_in_hole(span, block)) {
            struct object *object = object_at(span, block);
            object->next = span->free;
            span->free = object;
        }
    }
    purge(span, fresh);
}

void slab_thin_out(struct heap *heap, unsigned slabs_most)
{
    unsigned left = slabs_most < heap->sparse_slabs ? slabs_most : heap->sparse_slabs;
    for (unsigned size_class = 0; left > 0; size_class++) {
        const struct class_slabs *slabs = &heap->classes[size_class];
        struct span *span = NULL;
        while (left > 0 && (span = span_at(slabs->lists[SLAB_BIN_0])) != NULL) {
            make_holes(span);
            slab_thin(heap, span);
            left--;
        }
    }
}

void slab_tick(struct heap *heap)
{
    if (cache_tick(heap)) {
        slab_thin_out(heap, SLABS_IN_ONE_TICK);
    }
}

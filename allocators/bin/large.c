/* Large blocks as spans of their own. The span is a power of two, the block's pages are not: the tail
 * is addresses only, never touched by us. */
#include "allocators/bin/large.h"

#include "allocators/bin/slab.h"
#include "allocators/bin/span_store.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define MOVE_PAGES_BYTES_LEAST ((size_t)256 * 1024) /* below, copying is as fast as remapping */

static size_t round_to_pages(size_t bytes)
{
    size_t page_bytes = os_page_bytes();
    return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

static uint32_t units(size_t bytes)
{
    return (uint32_t)((bytes + CARVE_BYTES - 1) / CARVE_BYTES);
}

static void set_bytes(struct span *span, size_t bytes)
{
    span->bytes = bytes;
    if (units(bytes) > span->touched) {
        span->touched = units(bytes);
    }
}

static void *set_up(struct span *span, size_t bytes)
{
    span_set_kind(span, SPAN_LARGE);
    set_bytes(span, bytes);
    return span_start(span);
}

void *large_allocate(struct heap *heap, size_t alignment, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    struct span *span = NULL;
    if (alignment <= SPACE_ALIGNMENT_BYTES) {
        span = cache_take(heap, span_order(alignment > rounded ? alignment : rounded));
    }
    return span == NULL ? mapped_allocate(alignment, rounded) : set_up(span, rounded);
}

void *large_allocate_zeroed(struct heap *heap, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    struct span *span = cache_take(heap, span_order(rounded));
    if (span == NULL) {
        return mapped_allocate(SLICE_BYTES, rounded);
    }
    size_t dirty = (size_t)span->touched * CARVE_BYTES;
    memset(span_start(span), 0, bytes < dirty ? bytes : dirty);
    return set_up(span, rounded);
}

void large_free(struct heap *heap, struct span *span)
{
    span_set_kind(span, SPAN_NONE);
    cache_give(heap, span);
    slab_tick(heap);
}

/* Moves what it can page-wise and copies the rest; whether all was moved, and `from` is clean. The
 * kernel refuses ranges of several mappings, and a block that has been moved before is one: each half
 * of it is then less so. */
static bool move_bytes(char *from, char *to, size_t bytes)
{
    if (bytes < MOVE_PAGES_BYTES_LEAST) {
        memcpy(to, from, bytes);
        return bytes == 0;
    }
    if (os_move_pages(from, to, bytes)) {
        return true;
    }
    size_t half = (size_t)1 << (63 - __builtin_clzll(bytes - 1));
    bool lower = move_bytes(from, to, half);
    return move_bytes(from + half, to + half, bytes - half) && lower;
}

/* A larger block with the same contents; the old one is gone. NULL when there is no memory for it. */
static void *move(struct heap *heap, struct span *span, size_t bytes)
{
    char *old = span_start(span);
    size_t rounded = round_to_pages(bytes);
    if (span->bytes < MOVE_PAGES_BYTES_LEAST) {
        void *block = large_allocate(heap, SLICE_BYTES, bytes);
        if (block != NULL) {
            memcpy(block, old, span->bytes);
            large_free(heap, span);
        }
        return block;
    }
    struct span *target = store_take_clean(span_order(rounded));
    if (target == NULL) {
        void *block = mapped_allocate(SLICE_BYTES, rounded);
        if (block != NULL) {
            memcpy(block, old, span->bytes);
            large_free(heap, span);
        }
        return block;
    }
    char *block = set_up(target, rounded);
    /* Everything that may be dirty moves, so that what is left behind is clean. */
    size_t touched = round_to_pages((size_t)span->touched * CARVE_BYTES);
    if (units(touched) > target->touched) {
        target->touched = units(touched);
    }
    if (move_bytes(old, block, touched)) {
        span->touched = 0;
        span_set_kind(span, SPAN_NONE);
        store_give_clean(span);
    } else {
        large_free(heap, span);
    }
    return block;
}

void *large_reallocate(struct heap *heap, struct span *span, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    unsigned order = span_order(rounded);
    if (order < span->order) {
        span->bytes = rounded;
        store_shrink(span, order);
        return span_start(span);
    }
    if (order <= span->order || store_grow(span, order)) {
        set_bytes(span, rounded);
        return span_start(span);
    }
    return move(heap, span, bytes);
}

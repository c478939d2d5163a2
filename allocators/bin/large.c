/* Large blocks as spans of their own. The span is a power of two, the block's pages are not: the tail
 * is addresses only, never touched by us. */
#include "allocators/bin/large.h"

#include "allocators/bin/span_store.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define MOVE_PAGES_BYTES_LEAST (256 * 1024) /* below, copying is as fast as remapping */

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
    span->kind = SPAN_LARGE;
    set_bytes(span, bytes);
    return (void *)span_address(span);
}

void *large_allocate(struct heap *heap, size_t alignment, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    struct span *span = NULL;
    if (alignment <= SPACE_ALIGNMENT_BYTES) {
        span = store_take(heap, span_order(alignment > rounded ? alignment : rounded));
    }
    return span == NULL ? mapped_allocate(alignment, rounded) : set_up(span, rounded);
}

void *large_allocate_zeroed(struct heap *heap, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    struct span *span = store_take(heap, span_order(rounded));
    if (span == NULL) {
        return mapped_allocate(SLICE_BYTES, rounded);
    }
    size_t dirty = (size_t)span->touched * CARVE_BYTES;
    memset((void *)span_address(span), 0, bytes < dirty ? bytes : dirty);
    return set_up(span, rounded);
}

void large_free(struct heap *heap, struct span *span)
{
    span->kind = SPAN_NONE;
    store_give(heap, span);
}

/* By moving pages where that pays, else by copying. The old block is gone afterwards. */
static void *move(struct heap *heap, struct span *span, size_t bytes)
{
    size_t old_bytes = span->bytes;
    if (old_bytes < MOVE_PAGES_BYTES_LEAST) {
        void *block = large_allocate(heap, SLICE_BYTES, bytes);
        if (block != NULL) {
            memcpy(block, (void *)span_address(span), old_bytes < bytes ? old_bytes : bytes);
            large_free(heap, span);
        }
        return block;
    }
    size_t rounded = round_to_pages(bytes);
    struct span *target = store_take_clean(span_order(rounded));
    void *block = target == NULL ? mapped_allocate(SLICE_BYTES, rounded) : set_up(target, rounded);
    if (block == NULL) {
        return NULL;
    }
    /* Everything touched moves, so that what is left behind is clean. */
    size_t touched = (size_t)span->touched * CARVE_BYTES;
    size_t kept = old_bytes < rounded ? old_bytes : rounded;
    if (target != NULL && touched == kept &&
        os_move_pages((void *)span_address(span), block, kept)) {
        span->touched = 0;
        span->kind = SPAN_NONE;
        store_give_clean(span);
    } else {
        memcpy(block, (void *)span_address(span), kept);
        large_free(heap, span);
    }
    return block;
}

void *large_reallocate(struct heap *heap, struct span *span, size_t bytes)
{
    size_t rounded = round_to_pages(bytes);
    unsigned order = span_order(rounded);
    bool same_level = (order >= SPACE_REGION_ORDER) == (span->order >= SPACE_REGION_ORDER);
    if (order < span->order && same_level) {
        span->bytes = rounded;
        store_shrink(span, order);
        return (void *)span_address(span);
    }
    if (order <= span->order || store_grow(span, order)) {
        set_bytes(span, rounded);
        return (void *)span_address(span);
    }
    return move(heap, span, bytes);
}

/* The caches of empty spans that each heap has for itself: no lock, and few spans. */
#include "allocators/bin/span_store.h"

#include <time.h>

#define CACHE_SHARE       16 /* a sixteenth of the bytes that the process uses */
#define CACHE_BYTES_MOST  ((size_t)1024 * 1024)
#define CACHE_BYTES_LEAST ((size_t)256 * 1024)

static struct span *cache_pop(struct heap *heap, unsigned order)
{
    struct span *span = span_at(heap->cache[order]);
    if (span != NULL) {
        heap->cache[order] = span->next;
        heap->cached_bytes -= span_touched_bytes(span);
        span_set_kind(span, SPAN_NONE);
    }
    return span;
}

struct span *cache_take(struct heap *heap, unsigned order)
{
    struct span *span = order < HEAP_CACHE_ORDERS ? cache_pop(heap, order) : NULL;
    return span != NULL ? span : store_take(order);
}

static size_t cache_limit(void)
{
    size_t share = store_used_bytes() / CACHE_SHARE;
    if (share < CACHE_BYTES_LEAST) {
        return CACHE_BYTES_LEAST;
    }
    return share < CACHE_BYTES_MOST ? share : CACHE_BYTES_MOST;
}

void cache_give(struct heap *heap, struct span *span)
{
    size_t bytes = span_touched_bytes(span);
    if (span->order >= HEAP_CACHE_ORDERS || heap->cached_bytes + bytes > cache_limit()) {
        store_give(span);
    } else {
        span_set_kind(span, SPAN_CACHED);
        span->next = heap->cache[span->order];
        heap->cache[span->order] = span_index(span);
        heap->cached_bytes += bytes;
    }
}

/* Hands half of the cached bytes on, or all. */
static void cache_trim(struct heap *heap, size_t keep)
{
    for (unsigned order = HEAP_CACHE_ORDERS; order-- > 0;) {
        while (heap->cached_bytes > keep && heap->cache[order] != 0) {
            store_give(cache_pop(heap, order));
        }
    }
}

void cache_flush(struct heap *heap)
{
    cache_trim(heap, 0);
    for (unsigned order = 0; order < HEAP_CACHE_ORDERS; order++) {
        while (heap->cache[order] != 0) {
            store_give(cache_pop(heap, order)); /* untouched ones */
        }
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* no system call */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

bool cache_tick(struct heap *heap)
{
    uint64_t now = now_ns();
    if (now < heap->tick_at_ns) {
        return false;
    }
    heap->tick_at_ns = now + STORE_TICK_NS;
    cache_trim(heap, heap->cached_bytes / 2);
    store_tick(now);
    return true;
}

/* The caches of empty spans, and the policy of what is kept (span_store.h). */
#include "allocators/bin/span_store.h"

#include "allocators/parts/os_memory.h"

#include <time.h>

#define STORE_ORDERS      48
#define KEPT_SHARE        16 /* a sixteenth of the bytes in use */
#define KEPT_BYTES        (256 * 1024)
#define CACHE_BYTES_MOST  (512 * 1024)
#define CACHE_BYTES_LEAST (128 * 1024)
#define DECAY_NS          UINT64_C(200000000)
#define PURGE_AT_A_TIME   32

/* Lists of empty spans by order, the last freed first. Under the lock. */
struct store {
    uint32_t first[STORE_ORDERS];
    uint32_t last[STORE_ORDERS];
    size_t touched_bytes;
    _Atomic size_t used_bytes; /* of spans in the hands of threads; read without the lock */
    uint64_t decay_at_ns;
};

static struct store store;

static size_t touched_bytes(const struct span *span)
{
    return (size_t)span->touched * CARVE_BYTES;
}

static size_t used_bytes(void)
{
    return atomic_load_explicit(&store.used_bytes, memory_order_relaxed);
}

/* Lock held, so that a plain sum will do. */
static void used_bytes_add(size_t bytes)
{
    atomic_store_explicit(&store.used_bytes, used_bytes() + bytes, memory_order_relaxed);
}

static void list_push(struct span *span)
{
    unsigned order = span->order;
    uint32_t index = span_index(span);
    span->kind = SPAN_EMPTY;
    span->previous = 0;
    span->next = store.first[order];
    if (span->next != 0) {
        span_at(span->next)->previous = index;
    } else {
        store.last[order] = index;
    }
    store.first[order] = index;
    store.touched_bytes += touched_bytes(span);
}

static void list_remove(struct span *span)
{
    unsigned order = span->order;
    if (span->previous != 0) {
        span_at(span->previous)->next = span->next;
    } else {
        store.first[order] = span->next;
    }
    if (span->next != 0) {
        span_at(span->next)->previous = span->previous;
    } else {
        store.last[order] = span->previous;
    }
    span->kind = SPAN_NONE;
    store.touched_bytes -= touched_bytes(span);
}

/* The upper half of an empty span becomes one of its own, in its list. */
static void split(struct span *span)
{
    span->order--;
    uint32_t half = (uint32_t)(span_bytes(span) / CARVE_BYTES);
    struct span *upper = span + ((size_t)1 << span->order);
    upper->order = span->order;
    upper->touched = span->touched > half ? span->touched - half : 0;
    span->touched = span->touched > half ? half : span->touched;
    if (upper->touched == 0) {
        space_give(upper, upper->order);
    } else {
        list_push(upper);
    }
}

/* Bytes to purge so that the touched ones are gone, in whole pages. */
static size_t purge_bytes(const struct span *span)
{
    size_t page_bytes = os_page_bytes();
    return (touched_bytes(span) + page_bytes - 1) & ~(page_bytes - 1);
}

/* Lock held. The hottest span of the order, or part of the smallest larger one. */
static struct span *take_kept(unsigned order)
{
    for (unsigned from = order; from < STORE_ORDERS; from++) {
        struct span *span = span_at(store.first[from]);
        if (span == NULL) {
            continue;
        }
        list_remove(span);
        while (span->order > order) {
            split(span);
        }
        return span;
    }
    return NULL;
}

/* Lock held, and released meanwhile. Gives the spans kept longest, largest first, back until no more
 * than `keep` bytes are kept. */
static void purge_down_to(size_t keep)
{
    while (store.touched_bytes > keep) {
        struct span *victims[PURGE_AT_A_TIME];
        unsigned count = 0;
        for (unsigned order = STORE_ORDERS; order-- > 0;) {
            while (store.last[order] != 0 && count < PURGE_AT_A_TIME &&
                   store.touched_bytes > keep) {
                victims[count] = span_at(store.last[order]);
                list_remove(victims[count++]);
            }
        }
        space_unlock();
        for (unsigned i = 0; i < count; i++) {
            os_purge((void *)span_address(victims[i]), purge_bytes(victims[i]));
        }
        space_lock();
        for (unsigned i = 0; i < count; i++) {
            space_give(victims[i], victims[i]->order);
        }
    }
}

/* Lock held. */
static struct span *take_clean(unsigned order)
{
    struct span *span = order < STORE_ORDERS ? space_take(order) : NULL;
    if (span == NULL && store.touched_bytes > 0) {
        purge_down_to(0);
        span = space_take(order);
    }
    return span;
}

static struct span *cache_pop(struct heap *heap, unsigned order)
{
    struct span *span = span_at(heap->cache[order]);
    if (span != NULL) {
        heap->cache[order] = span->next;
        heap->cached_bytes -= touched_bytes(span);
        span->kind = SPAN_NONE;
    }
    return span;
}

struct span *store_take(struct heap *heap, unsigned order)
{
    struct span *span = order < HEAP_CACHE_ORDERS ? cache_pop(heap, order) : NULL;
    if (span != NULL) {
        return span;
    }
    space_lock();
    span = take_kept(order);
    if (span == NULL) {
        span = take_clean(order);
    }
    if (span != NULL) {
        used_bytes_add(span_bytes(span));
    }
    space_unlock();
    return span;
}

struct span *store_take_clean(unsigned order)
{
    space_lock();
    struct span *span = take_clean(order);
    if (span != NULL) {
        used_bytes_add(span_bytes(span));
    }
    space_unlock();
    return span;
}

static void give_to_store(struct span *span)
{
    space_lock();
    used_bytes_add(-span_bytes(span));
    if (span->touched == 0) {
        space_give(span, span->order);
    } else {
        list_push(span);
        purge_down_to(KEPT_BYTES + used_bytes() / KEPT_SHARE);
    }
    space_unlock();
}

static size_t cache_limit(void)
{
    size_t share = used_bytes() / KEPT_SHARE;
    if (share < CACHE_BYTES_LEAST) {
        return CACHE_BYTES_LEAST;
    }
    return share < CACHE_BYTES_MOST ? share : CACHE_BYTES_MOST;
}

void store_give(struct heap *heap, struct span *span)
{
    size_t bytes = touched_bytes(span);
    if (span->order >= HEAP_CACHE_ORDERS || heap->cached_bytes + bytes > cache_limit()) {
        give_to_store(span);
    } else {
        span->kind = SPAN_EMPTY;
        span->next = heap->cache[span->order];
        heap->cache[span->order] = span_index(span);
        heap->cached_bytes += bytes;
    }
    store_tick(heap);
}

void store_give_clean(struct span *span)
{
    space_lock();
    used_bytes_add(-span_bytes(span));
    space_give(span, span->order);
    space_unlock();
}

bool store_grow(struct span *span, unsigned to)
{
    size_t before = span_bytes(span);
    space_lock();
    bool grown = to < STORE_ORDERS && space_grow(span, to);
    if (grown) {
        used_bytes_add(span_bytes(span) - before);
    }
    space_unlock();
    return grown;
}

void store_shrink(struct span *span, unsigned to)
{
    size_t keep = SLICE_BYTES << to;
    if (touched_bytes(span) > keep) {
        os_purge((void *)(span_address(span) + keep), purge_bytes(span) - keep);
        span->touched = (uint32_t)(keep / CARVE_BYTES);
    }
    space_lock();
    while (span->order > to) {
        span->order--;
        space_give(span + ((size_t)1 << span->order), span->order);
        used_bytes_add(-span_bytes(span));
    }
    space_unlock();
}

/* Hands half of the cached bytes on, or all. */
static void cache_trim(struct heap *heap, size_t keep)
{
    for (unsigned order = HEAP_CACHE_ORDERS; order-- > 0;) {
        while (heap->cached_bytes > keep && heap->cache[order] != 0) {
            give_to_store(cache_pop(heap, order));
        }
    }
}

void store_flush(struct heap *heap)
{
    cache_trim(heap, 0);
    for (unsigned order = 0; order < HEAP_CACHE_ORDERS; order++) {
        while (heap->cache[order] != 0) {
            give_to_store(cache_pop(heap, order)); /* untouched ones */
        }
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* no system call */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void store_tick(struct heap *heap)
{
    uint64_t now = now_ns();
    if (now < heap->decay_at_ns) {
        return;
    }
    heap->decay_at_ns = now + DECAY_NS;
    cache_trim(heap, heap->cached_bytes / 2);
    space_lock();
    if (now >= store.decay_at_ns) {
        store.decay_at_ns = now + DECAY_NS;
        purge_down_to(store.touched_bytes / 2);
    }
    space_unlock();
}

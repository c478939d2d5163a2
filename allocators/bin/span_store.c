/* The caches of empty spans, and the policy of what is kept (span_store.h). */
#include "allocators/bin/span_store.h"

#include "allocators/parts/os_memory.h"

#include <time.h>

#define STORE_ORDERS      32
#define KEPT_SHARE        16 /* a sixteenth of the bytes in use */
#define KEPT_BYTES        (256 * 1024)
#define REGRET_BYTES_MOST ((size_t)16 << 20)
#define CACHE_BYTES_MOST  (512 * 1024)
#define CACHE_BYTES_LEAST (128 * 1024)
#define TICK_NS           UINT64_C(200000000)

/* `state` of an empty span: only one in the store may be merged with its buddy. */
enum {
    IN_STORE = 1,
    IN_CACHE = 2
};

/* Lists of empty spans by order, the last freed first. Under the lock. */
struct store {
    uint32_t first[STORE_ORDERS];
    uint32_t last[STORE_ORDERS];
    size_t touched_bytes;       /* in the lists */
    size_t touched_bytes_least; /* since the last tick */
    size_t purged_bytes;        /* lately */
    size_t regret_bytes;        /* kept beyond the share: purged lately, and soon wanted again */
    uint64_t tick_at_ns;
    _Atomic size_t used_bytes; /* of spans in the hands of threads; read without the lock */
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
    span_set_kind(span, SPAN_STORED);
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
    span_set_kind(span, SPAN_NONE);
    store.touched_bytes -= touched_bytes(span);
    if (store.touched_bytes < store.touched_bytes_least) {
        store.touched_bytes_least = store.touched_bytes;
    }
}

/* Splits an empty span that is in no list; returns the upper half. */
static struct span *split(struct span *span)
{
    struct span *upper = space_split(span);
    uint32_t half = (uint32_t)(span_bytes(span) / CARVE_BYTES);
    span_set_kind(upper, SPAN_NONE);
    upper->touched = span->touched > half ? span->touched - half : 0;
    span->touched = span->touched > half ? half : span->touched;
    return upper;
}

static void push_or_give(struct span *span)
{
    if (span->touched == 0) {
        space_give(span);
    } else {
        list_push(span);
    }
}

/* Puts an empty span into its list, as part of the largest block that it makes with its neighbours. */
static void merge_and_push(struct span *span)
{
    while (span->order + 1 < STORE_ORDERS) {
        uint32_t half = UINT32_C(1) << span->order;
        struct span *buddy = &space.spans[span_index(span) ^ half];
        if (span_kind(buddy) != SPAN_STORED || buddy->order != span->order) {
            break;
        }
        list_remove(buddy);
        struct span *upper = buddy > span ? buddy : span;
        span = buddy > span ? span : buddy;
        span->touched = (uint32_t)(span_bytes(span) / CARVE_BYTES) + upper->touched;
        span = space_merge(span);
    }
    list_push(span);
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
            push_or_give(split(span));
        }
        return span;
    }
    return NULL;
}

/* Lock held. The span kept longest of the largest there are. */
static struct span *pick_victim(void)
{
    unsigned order = STORE_ORDERS - 1;
    while (store.last[order] == 0) {
        order--;
    }
    struct span *victim = span_at(store.last[order]);
    list_remove(victim);
    return victim;
}

/* Lock held, and released meanwhile. Gives back to the system what is kept beyond `keep` bytes. A span
 * that need not go wholly loses its upper pages and stays whole as addresses. */
static void purge_down_to(size_t keep)
{
    while (store.touched_bytes > keep) {
        size_t excess = store.touched_bytes - keep;
        struct span *victim = pick_victim();
        size_t end = purge_bytes(victim);
        size_t start = end > excess ? (end - excess) & ~(SLICE_BYTES - 1) : 0;
        store.purged_bytes += end - start;
        space_unlock();
        os_purge((void *)(span_address(victim) + start), end - start);
        space_lock();
        victim->touched = (uint32_t)(start / CARVE_BYTES);
        push_or_give(victim);
    }
}

/* Lock held. Memory that costs page faults is wanted: so far as some was given back shortly before,
 * more is to be kept from now on. */
static void regret(size_t bytes)
{
    bytes = bytes < store.purged_bytes ? bytes : store.purged_bytes;
    store.purged_bytes -= bytes;
    bytes += store.regret_bytes;
    store.regret_bytes = bytes < REGRET_BYTES_MOST ? bytes : REGRET_BYTES_MOST;
}

/* Lock held. */
static struct span *take_clean(unsigned order)
{
    struct span *span = order < STORE_ORDERS ? space_take(order) : NULL;
    if (span == NULL && order < STORE_ORDERS && store.touched_bytes > 0) {
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
        span_set_kind(span, SPAN_NONE);
    }
    return span;
}

struct span *store_take(struct heap *heap, unsigned order, size_t bytes)
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
        regret(bytes > touched_bytes(span) ? bytes - touched_bytes(span) : 0);
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
        space_give(span);
    } else {
        merge_and_push(span);
        size_t keep = used_bytes() / KEPT_SHARE + store.regret_bytes;
        if (store.touched_bytes > keep + KEPT_BYTES) {
            purge_down_to(keep);
        }
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
        span_set_kind(span, SPAN_CACHED);
        span->next = heap->cache[span->order];
        heap->cache[span->order] = span_index(span);
        heap->cached_bytes += bytes;
    }
}

void store_give_clean(struct span *span)
{
    space_lock();
    used_bytes_add(-span_bytes(span));
    space_give(span);
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
        space_give(space_split(span));
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

/* Lock held. What has lain idle since the last tick was not needed: half of it goes, and the regret for
 * it. */
static void tick(void)
{
    size_t idle = store.touched_bytes_least;
    store.regret_bytes -= idle < store.regret_bytes ? idle : store.regret_bytes;
    purge_down_to(store.touched_bytes - idle / 2);
    store.purged_bytes /= 2;
    store.touched_bytes_least = store.touched_bytes;
}

bool store_tick(struct heap *heap)
{
    uint64_t now = now_ns();
    if (now < heap->tick_at_ns) {
        return false;
    }
    heap->tick_at_ns = now + TICK_NS;
    cache_trim(heap, heap->cached_bytes / 2);
    space_lock();
    if (now >= store.tick_at_ns) {
        store.tick_at_ns = now + TICK_NS;
        tick();
    }
    space_unlock();
    return true;
}

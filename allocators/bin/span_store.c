/* The caches of empty spans, and the policy of what is kept (span_store.h). */
#include "allocators/bin/span_store.h"

#include "allocators/parts/os_memory.h"

#define STORE_ORDERS 32
#define KEPT_SHARE   8 /* an eighth of the bytes in use */
#define KEPT_BYTES   ((size_t)1 << 20)

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
    size_t recent_bytes;        /* the most in use, forgotten by halves with each tick */
    uint64_t tick_at_ns;
    _Atomic size_t used_bytes; /* of spans in the hands of threads; read without the lock */
};

static struct store store;

size_t store_used_bytes(void)
{
    return atomic_load_explicit(&store.used_bytes, memory_order_relaxed);
}

/* Lock held, so that a plain sum will do. */
static void used_bytes_add(size_t bytes)
{
    size_t used_bytes = store_used_bytes() + bytes;
    atomic_store_explicit(&store.used_bytes, used_bytes, memory_order_relaxed);
    store.recent_bytes = used_bytes > store.recent_bytes ? used_bytes : store.recent_bytes;
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
    store.touched_bytes += span_touched_bytes(span);
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
    store.touched_bytes -= span_touched_bytes(span);
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

/* Puts an empty span into its list, as part of the largest block that it makes with its neighbours. A
 * clean one goes back. */
static void put_back(struct span *span)
{
    if (span->touched == 0) {
        space_give(span);
        return;
    }
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
    return (span_touched_bytes(span) + page_bytes - 1) & ~(page_bytes - 1);
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
        space_unlock();
        os_purge(span_start(victim) + start, end - start);
        space_lock();
        victim->touched = (uint32_t)(start / CARVE_BYTES);
        push_or_give(victim);
    }
}

/* Lock held, and released meanwhile. Gives back to the system what is kept beyond its due. */
static void trim(void)
{
    size_t used_bytes = store_used_bytes();
    size_t share = used_bytes / KEPT_SHARE;
    size_t recent = store.recent_bytes - used_bytes;
    size_t keep = recent > share ? recent : share;
    if (store.touched_bytes > keep + KEPT_BYTES) {
        purge_down_to(keep);
    }
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

struct span *store_take(unsigned order)
{
    space_lock();
    struct span *span = take_kept(order);
    if (span == NULL) {
        span = take_clean(order);
    }
    if (span != NULL) {
        used_bytes_add(span_bytes(span));
        trim();
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
        trim();
    }
    space_unlock();
    return span;
}

void store_give(struct span *span)
{
    space_lock();
    used_bytes_add(-span_bytes(span));
    put_back(span);
    trim();
    space_unlock();
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
        trim();
    }
    space_unlock();
    return grown;
}

void store_shrink(struct span *span, unsigned to)
{
    space_lock();
    while (span->order > to) {
        struct span *upper = split(span);
        used_bytes_add(-span_bytes(upper));
        put_back(upper);
    }
    trim();
    space_unlock();
}

/* Lock held. What has lain idle since the last tick was not needed: half of it goes. */
static void tick(void)
{
    store.recent_bytes -= (store.recent_bytes - store_used_bytes()) / 2;
    purge_down_to(store.touched_bytes - store.touched_bytes_least / 2);
    store.touched_bytes_least = store.touched_bytes;
}

void store_tick(uint64_t now_ns)
{
    space_lock();
    if (now_ns >= store.tick_at_ns) {
        store.tick_at_ns = now_ns + STORE_TICK_NS;
        tick();
    }
    space_unlock();
}

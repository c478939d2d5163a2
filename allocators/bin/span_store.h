/* Spans between uses. An empty span goes to its thread's cache, from there to the store that all
 * threads share, and when that holds more than its due, back to the operating system and the buddy.
 *
 * What is in use and what is kept are together at most what was in use lately, which is forgotten by
 * halves with each tick: cyclic work finds its memory again without page faults, no peak gets higher, and
 * a program that needs less from some time on is left with a share of what it uses, and a little. */
#ifndef ALLOCATORS_BIN_SPAN_STORE_H
#define ALLOCATORS_BIN_SPAN_STORE_H

#include "allocators/bin/thread_heap.h"

#define STORE_TICK_NS UINT64_C(200000000)

static inline size_t span_touched_bytes(const struct span *span)
{
    return (size_t)span->touched * CARVE_BYTES;
}

/* ---- span_cache.c: a heap's own, no lock ---- */

/* A span of 2^order slices of kind SPAN_NONE, or NULL; `touched` tells what may be dirty. `bytes` of it
 * will be used. */
struct span *cache_take(struct heap *heap, unsigned order);

/* Takes back a span that nobody uses. */
void cache_give(struct heap *heap, struct span *span);

/* Empties the cache into the store. */
void cache_flush(struct heap *heap);

/* Lets time act: when enough has passed, half of the cache goes to the store, and half of what has lain
 * idle there to the system. Whether it had. */
bool cache_tick(struct heap *heap);

/* ---- span_store.c: all threads'; each call takes and releases the lock ---- */

struct span *store_take(unsigned order);
void store_give(struct span *span);

/* Only memory that is clean, and taking it back. */
struct span *store_take_clean(unsigned order);
void store_give_clean(struct span *span);

/* Grows or shrinks a span that is in use; what shrinking leaves is purged. */
bool store_grow(struct span *span, unsigned to);
void store_shrink(struct span *span, unsigned to);

void store_tick(uint64_t now_ns);

/* Bytes of spans in use or cached by a thread. */
size_t store_used_bytes(void);

#endif

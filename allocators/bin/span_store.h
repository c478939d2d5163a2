/* Spans between uses. An empty span goes to its thread's cache, from there to the store that all
 * threads share, and when that holds more than its due, back to the operating system and the buddy.
 *
 * How much is kept is a share of what is in use, plus a little: steady work finds its memory again
 * without page faults, and a program that frees everything is left with almost nothing. */
#ifndef ALLOCATORS_BIN_SPAN_STORE_H
#define ALLOCATORS_BIN_SPAN_STORE_H

#include "allocators/bin/thread_heap.h"

/* A span of 2^order slices of kind SPAN_NONE with its `touched` telling what may be dirty, or NULL.
 * `bytes` of it will be used. Takes and releases the lock. */
struct span *store_take(struct heap *heap, unsigned order, size_t bytes);

/* As store_take, but only memory that is clean. */
struct span *store_take_clean(unsigned order);

/* Takes back a span that nobody uses. Takes and releases the lock. */
void store_give(struct heap *heap, struct span *span);

/* Takes back a span whose memory is clean already. */
void store_give_clean(struct span *span);

/* Grows or shrinks a span that is in use; what shrinking leaves is purged. */
bool store_grow(struct span *span, unsigned to);
void store_shrink(struct span *span, unsigned to);

/* Empties a heap's cache into the store. */
void store_flush(struct heap *heap);

/* Lets time act: when enough has passed, half of what has lain idle since then goes. Whether it had. */
bool store_tick(struct heap *heap);

#endif

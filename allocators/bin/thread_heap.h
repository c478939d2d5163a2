/* A thread's heap: what heap.c's fast paths and the slow paths behind them share.
 *
 * The lists that malloc pops from are in the thread's TLS; everything else is in a struct heap, which
 * lies in metadata memory and is never unmapped: other threads may reach it through a span's owner at
 * any time. When its thread ends, a heap becomes dormant and waits for the next thread to start. */
#ifndef ALLOCATORS_BIN_THREAD_HEAP_H
#define ALLOCATORS_BIN_THREAD_HEAP_H

#include "allocators/bin/size_class.h"
#include "allocators/bin/space.h"
#include "allocators/bin/span.h"

#define HEAP_BATCHES      8
#define HEAP_CACHE_ORDERS 4

/* Blocks of one foreign slab, freed here and on their way home. */
struct batch {
    struct span *span;
    struct object *first;
    struct object *last;
    uint32_t count;
};

/* The slabs of one class. Growing is a slab that is not wholly carved and not current. */
struct class_slabs {
    uint32_t current; /* indices into the table of spans, 0 for none */
    uint32_t growing;
    uint32_t lists[SLAB_LISTS];
};

struct heap {
    /* Written by other threads. */
    _Alignas(64) _Atomic uint32_t pending; /* stack of slabs with remote frees, by index */
    _Atomic uint32_t whole;                /* slabs wholly freed remotely since the last drain */
    _Atomic uint32_t whole_limit;          /* at which a thread that frees takes them */
    _Atomic bool dormant;                  /* changed under the lock */

    /* Constant, or under the lock. */
    _Alignas(64) struct heap *next_heap; /* of all heaps */
    struct heap *next_dormant;

    /* The owning thread's. */
    uint64_t tick_at_ns;
    uint64_t populous_classes; /* bit i: class i has come to need several slabs */
    uint32_t refills;
    uint32_t sparse_slabs; /* in the lists SLAB_BIN_0 */
    size_t cached_bytes;   /* touched, in the cache */
    uint32_t cache[HEAP_CACHE_ORDERS];
    struct batch batches[HEAP_BATCHES];
    struct class_slabs classes[SIZE_CLASS_COUNT];
};

struct thread_state {
    struct heap *heap; /* NULL: none yet, or none any more */
    bool exited;       /* the thread's end has been seen: heaps are lent for one call at a time */
    struct object *free[SIZE_CLASS_COUNT]; /* free blocks of the current slab of each class */
};

/* All zero at first, so that the fast paths fall into the slow ones without a check. */
extern __thread struct thread_state thread;

/* ---- thread.c ---- */

/* Gives the thread a heap, which it has none of; NULL when there is no memory for one. */
struct heap *heap_attach_now(void);

/* This thread's heap, attached now if need be. */
static inline struct heap *heap_attach(void)
{
    return LIKELY(thread.heap != NULL) ? thread.heap : heap_attach_now();
}

void heap_detach_now(void);

/* To be called when the call that needed heap_attach() is over: does nothing while a thread runs; a
 * thread that has passed its end gives the heap up again. */
static inline void heap_detach_if_exited(void)
{
    if (UNLIKELY(thread.exited) && thread.heap != NULL) {
        heap_detach_now();
    }
}

extern struct heap *heap_list;    /* all heaps; under the lock */
extern struct heap *heap_dormant; /* heaps without a thread; under the lock */

#endif

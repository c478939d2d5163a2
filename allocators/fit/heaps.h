/* The heaps of a fit policy as a malloc, shared by heap.c and walk.c. */
#ifndef ALLOCATORS_FIT_HEAPS_H
#define ALLOCATORS_FIT_HEAPS_H

#include "allocators/fit/fit.h"

#include <pthread.h>
#include <stdatomic.h>

#define HEAPS_MAX 256

/* A heap and its lock, apart from those of others by cache lines. */
struct locked_heap {
    _Alignas(128) pthread_mutex_t lock;
    struct fit_heap heap;
    struct locked_heap *next_idle; /* under heap.c's heaps_lock */
    bool is_owned;                 /* likewise: some thread's own */
};

extern struct locked_heap heaps[HEAPS_MAX];
extern atomic_uint heap_count; /* those below have been set up */

#endif

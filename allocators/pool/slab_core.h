/* The store that pools take their slabs from: a range of addresses, cut into slabs of 64 KiB, which
 * are given out in runs. A run that comes back joins the spare ones next to it, and a run is cut
 * from a longer one where none has its length: what one pool leaves serves all others.
 *
 * Method: spare runs in lists by class of length, the smallest class that suffices first, the
 * latest first within a class ("segregated fits" in Wilson et al. 1995, 3.7); joining by boundary
 * tags (Knuth, TAOCP 1, 2.5), which lie in the descriptors and not in the memory.
 *
 * No globals, no locks: the caller holds its own. */
#ifndef ALLOCATORS_POOL_SLAB_CORE_H
#define ALLOCATORS_POOL_SLAB_CORE_H

#include <stddef.h>
#include <stdint.h>

#define POOL_GRANULE_LOG2 4  /* objects are multiples of 16 bytes and so aligned */
#define POOL_SLAB_LOG2    16 /* and runs of slabs to 64 KiB */
#define POOL_SLAB_BYTES   ((size_t)1 << POOL_SLAB_LOG2)
#define POOL_RUN_CLASSES  96
#define POOL_NONE         SIZE_MAX

struct pool;

/* What is known of a slab. Runs lie side by side from the store's start to slabs_used. */
struct pool_slab {
    struct pool *pool; /* NULL: a spare run, or not the first of a run */
    size_t slabs;      /* of the run; 0: not the first of a run */
    size_t next;       /* first slab of the next run in the list, or POOL_NONE */
    size_t previous;   /* likewise; of spare runs only */
    size_t first;      /* slab of the run; of the last one of a run only */
    uint64_t live[POOL_SLAB_BYTES >> POOL_GRANULE_LOG2 >> 6]; /* by granule: a live object begins */
};

/* Addresses, cut into slabs. */
struct pool_store {
    char *start; /* aligned to a slab */
    size_t slabs_most;
    size_t slabs_used; /* from the start; the last of them is in no spare run */
    struct pool_slab *slab;
    size_t spare[POOL_RUN_CLASSES]; /* by class of length: first of the runs that no pool has */
};

/* Sizes with four steps per doubling: 1 2 3 4 5 6 7 8 10 12 14 16 20 ... The class that holds
 * `count` (at least 1), and how much a class holds. */
unsigned pool_step_class(size_t count);
size_t pool_step_count(unsigned step_class);

/* Bytes of zeroed memory for the descriptors of so many slabs. */
size_t pool_store_table_bytes(size_t slabs);

/* Sets a store up over `slabs` slabs of zeroed memory at `start`, none in use. */
void pool_store_init(struct pool_store *store, char *start, size_t slabs, void *table);

/* A run of zeroed slabs of that class for the pool, aligned to `alignment` (a power of two, a slab
 * or more): its first slab; POOL_NONE when the store has none. */
size_t
pool_store_take(struct pool_store *store, struct pool *pool, unsigned run_class, size_t alignment);

/* Gives back a run, by its first slab. Its memory is zero and no object in it is live. */
void pool_store_give(struct pool_store *store, size_t slab);

/* First slab of the run that the slab, one in use, is part of. Takes time with the run's length. */
size_t pool_store_run(const struct pool_store *store, size_t slab);

static inline char *pool_store_address(const struct pool_store *store, size_t slab)
{
    return store->start + (slab << POOL_SLAB_LOG2);
}

#endif

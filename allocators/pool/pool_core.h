/* Pools: objects of one size each, a list of free ones, growth by slabs; nothing ever coalesces.
 * What the allocator `pool` and its direct use (pool.h) are made of.
 *
 * Method: the oldest there is: "subpools" in Knuth, TAOCP 1, 2.2.3 and 2.5; simple segregated
 * storage in Wilson et al. 1995, 3.6. A run of slabs (64 KiB each) comes from a store of addresses,
 * is carved front to back, and a released object goes first into its pool's list, whose links lie
 * in the free objects. Descriptors of slabs lie apart: which pool, and a bit for each granule at
 * which a live object begins; so no block has a header, and a wrong release is always noticed.
 *
 * No globals, no locks: the caller holds its own. */
#ifndef ALLOCATORS_POOL_POOL_CORE_H
#define ALLOCATORS_POOL_POOL_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_GRANULE_LOG2 4  /* objects are multiples of 16 bytes and so aligned */
#define POOL_SLAB_LOG2    16 /* and runs of slabs to 64 KiB */
#define POOL_SLAB_BYTES   ((size_t)1 << POOL_SLAB_LOG2)
#define POOL_SMALL_BYTES  (POOL_SLAB_BYTES / 2) /* larger objects have a run of their own each */
#define POOL_LARGE_BYTES  ((size_t)1 << 20)     /* free objects from here on keep no memory */
#define POOL_RUN_CLASSES  96
#define POOL_NONE         SIZE_MAX

struct pool;

/* What is known of a slab; of a run of several, the first one's counts. */
struct pool_slab {
    struct pool *pool; /* NULL: a spare run, or not the first of a run */
    size_t slabs;      /* of the run; 0: not the first of a run */
    size_t next;       /* slab of the next run in the list, or POOL_NONE */
    uint64_t live[POOL_SLAB_BYTES >> POOL_GRANULE_LOG2 >> 6]; /* by granule: a live object begins */
};

/* Addresses, cut into slabs. */
struct pool_store {
    char *start; /* aligned to a slab */
    size_t slabs_most;
    size_t slabs_used; /* from the start; never falls */
    struct pool_slab *slab;
    size_t spare[POOL_RUN_CLASSES]; /* by class of length: first of the runs that no pool has */
};

struct pool_link {
    struct pool_link *next;
};

struct pool {
    struct pool_store *store;
    size_t object_bytes;
    size_t alignment; /* of runs; a slab or more */
    unsigned run_class;
    size_t first_run; /* slab of the newest run, or POOL_NONE */
    struct pool_link *free_objects;
    char *fresh; /* what is not carved yet of the newest run: zero */
    char *fresh_end;
    size_t live_objects;
};

/* Sizes with four steps per doubling: 1 2 3 4 5 6 7 8 10 12 14 16 20 ... The class that holds
 * `count` (at least 1), and how much a class holds. */
unsigned pool_step_class(size_t count);
size_t pool_step_count(unsigned step_class);

/* Bytes of zeroed memory for the descriptors of so many slabs. */
size_t pool_store_table_bytes(size_t slabs);

/* Sets a store up over `slabs` slabs of zeroed memory at `start`, none in use. */
void pool_store_init(struct pool_store *store, char *start, size_t slabs, void *table);

/* Sets a pool up. object_bytes is rounded up to granules, above POOL_SMALL_BYTES to runs;
 * `alignment` is a power of two that divides it; the pool takes nothing before it needs it. */
void pool_init(struct pool *pool, struct pool_store *store, size_t object_bytes, size_t alignment);

/* An object, or NULL when the store is full. The first *dirty_bytes bytes may hold anything, the
 * rest is zero. */
void *pool_take(struct pool *pool, size_t *dirty_bytes);

/* The pool of a live object. NULL, and *fault, when no live object begins at the address. */
struct pool *pool_of(const struct pool_store *store, const void *object, const char **fault);

/* Ends a live object's life; it is nobody's then, until pool_put() gives it to its pool. Between
 * the two the memory behind pool_purgeable() may be given to the kernel. */
void pool_retire(struct pool *pool, void *object);
void pool_put(struct pool *pool, void *object);

/* The part of a retired object whose memory is to be purged; *bytes is 0 where none is. */
char *pool_purgeable(const struct pool *pool, void *object, size_t *bytes);

/* Takes all objects of a pool, live ones too, and gives its runs to the store. Purges them. */
void pool_dissolve(struct pool *pool);

#endif

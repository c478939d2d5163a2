/* Pools: objects of one size each, a list of free ones, growth by slabs; nothing ever coalesces.
 * What the allocator `pool` and its direct use (pool.h) are made of.
 *
 * Method: the oldest there is: "subpools" in Knuth, TAOCP 1, 2.2.3 and 2.5; simple segregated
 * storage in Wilson et al. 1995, 3.6. A run of slabs (64 KiB each) comes from a store of addresses,
 * is carved front to back, and a released object goes first into its pool's list, whose links lie
 * in the free objects. Descriptors of slabs lie apart: which pool, and a bit for each granule at
 * which a live object begins; so no block has a header, and a wrong release is
 * always noticed; a link is checked before it is followed.
 *
 * No globals, no locks: the caller holds its own. */
#ifndef ALLOCATORS_POOL_POOL_CORE_H
#define ALLOCATORS_POOL_POOL_CORE_H

#include "allocators/pool/slab_core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_SMALL_BYTES (POOL_SLAB_BYTES / 2) /* larger objects have a run of their own each */
#define POOL_LARGE_BYTES ((size_t)1 << 20)     /* free objects from here on keep no memory */

struct pool_link {
    struct pool_link *next;
};

struct pool {
    struct pool_store *store;
    size_t object_bytes;
    size_t alignment;        /* of runs; a slab or more */
    uint32_t boundary_bytes; /* objects begin at multiples of it in the first slab of a run */
    unsigned run_class;
    size_t first_run; /* slab of the newest run, or POOL_NONE */
    struct pool_link *free_objects;
    char *fresh; /* what is not carved yet of the newest run: zero */
    char *fresh_end;
    size_t live_objects;
    const void *damaged; /* the free object whose link pool_take() found overwritten, or NULL */
};

/* Sets a pool up. object_bytes is rounded up to granules, above POOL_SMALL_BYTES to runs;
 * `alignment` is a power of two that divides it; the pool takes nothing before it needs it. */
void pool_init(struct pool *pool, struct pool_store *store, size_t object_bytes, size_t alignment);

/* An object, or NULL when the store is full. The first *dirty_bytes bytes may hold anything, the
 * rest is zero. NULL and `damaged` where the free object that it would have been was written to:
 * its link leads to no free object of the pool. That one and all that it led to are lost then. */
void *pool_take(struct pool *pool, size_t *dirty_bytes);

/* The pool of a live object. NULL, and *fault, when no live object begins at the address. */
struct pool *pool_of(const struct pool_store *store, const void *object, const char **fault);

/* The object, live or not, that the address lies in, and its pool; NULL where it is in none. */
const void *
pool_object_around(const struct pool_store *store, const void *address, const struct pool **pool);

/* Ends a live object's life; it is nobody's then, until pool_put() gives it to its pool. Between
 * the two the memory behind pool_purgeable() may be given to the kernel. */
void pool_retire(struct pool *pool, void *object);
void pool_put(struct pool *pool, void *object);

/* The part of a retired object whose memory is to be purged; *bytes is 0 where none is. */
char *pool_purgeable(const struct pool *pool, void *object, size_t *bytes);

/* Takes all objects of a pool, live ones too, and gives its runs to the store. Purges them. */
void pool_dissolve(struct pool *pool);

#endif

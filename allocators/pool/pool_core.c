/* Pools over slabs (pool_core.h). */
#include "allocators/pool/pool_core.h"

#include "allocators/parts/os_memory.h"

#include <string.h>

#define GRANULE_BYTES ((size_t)1 << POOL_GRANULE_LOG2)
#define WORD_BITS     64

static size_t slab_of(const struct pool_store *store, const void *object)
{
    return (size_t)((const char *)object - store->start) >> POOL_SLAB_LOG2;
}

void pool_init(struct pool *pool, struct pool_store *store, size_t object_bytes, size_t alignment)
{
    size_t slabs = (object_bytes + POOL_SLAB_BYTES - 1) >> POOL_SLAB_LOG2;
    *pool = (struct pool){.store = store,
                          .run_class = pool_step_class(slabs),
                          .alignment = alignment,
                          .first_run = POOL_NONE};
    pool->object_bytes = object_bytes <= POOL_SMALL_BYTES
                             ? (object_bytes + GRANULE_BYTES - 1) & ~(GRANULE_BYTES - 1)
                             : pool_step_count(pool->run_class) << POOL_SLAB_LOG2;
    pool->boundary_bytes =
        object_bytes <= POOL_SMALL_BYTES ? (uint32_t)pool->object_bytes : (uint32_t)POOL_SLAB_BYTES;
}

/* Where the newest run of the pool is used up: another one. */
static bool grow(struct pool *pool)
{
    struct pool_store *store = pool->store;
    size_t slab = pool_store_take(store, pool, pool->run_class, pool->alignment);
    if (slab == POOL_NONE) {
        return false;
    }
    store->slab[slab].next = pool->first_run;
    pool->first_run = slab;
    size_t run_bytes = store->slab[slab].slabs << POOL_SLAB_LOG2;
    pool->fresh = pool_store_address(store, slab);
    pool->fresh_end = pool->fresh + run_bytes / pool->object_bytes * pool->object_bytes;
    return true;
}

/* The word and the bit that say whether a live object begins at the address. */
static uint64_t *live_word(const struct pool_store *store, const void *object, uint64_t *mask)
{
    size_t offset = (size_t)((const char *)object - store->start) & (POOL_SLAB_BYTES - 1);
    size_t granule = offset >> POOL_GRANULE_LOG2;
    *mask = UINT64_C(1) << (granule % WORD_BITS);
    return &store->slab[slab_of(store, object)].live[granule / WORD_BITS];
}

static size_t kept_bytes(const struct pool *pool)
{
    return pool->object_bytes < POOL_LARGE_BYTES ? pool->object_bytes : os_page_bytes();
}

/* What the last link says: not NULL, which may be zeros that were written over a link. */
static struct pool_link *list_end(struct pool *pool)
{
    return (struct pool_link *)(void *)pool;
}

/* Whether a free object of the pool begins at the address. Objects begin in the first slab of their
 * run, so that this slab's descriptor counts. */
static bool is_free_object(const struct pool *pool, const void *object)
{
    const struct pool_store *store = pool->store;
    uintptr_t offset = (uintptr_t)object - (uintptr_t)store->start;
    uint32_t from_slab = (uint32_t)(offset & (POOL_SLAB_BYTES - 1));
    if (offset >> POOL_SLAB_LOG2 >= store->slabs_used ||
        store->slab[offset >> POOL_SLAB_LOG2].pool != pool ||
        from_slab % pool->boundary_bytes != 0 ||
        from_slab > POOL_SLAB_BYTES - pool->boundary_bytes) {
        return false;
    }
    uint64_t mask = 0;
    const uint64_t *word = live_word(store, object, &mask);
    bool is_carved = (uintptr_t)object - (uintptr_t)pool->fresh >=
                     (uintptr_t)pool->fresh_end - (uintptr_t)pool->fresh;
    return is_carved && (*word & mask) == 0;
}

/* The object at the head of the list. Where it was written to it stays out of use, and so do those
 * that only its link led to: a handler of SIGABRT may allocate. */
static void *take_free(struct pool *pool)
{
    struct pool_link *link = pool->free_objects;
    struct pool_link *next = link->next;
    if (next == list_end(pool)) {
        next = NULL;
    } else if (next == link || !is_free_object(pool, next)) {
        pool->free_objects = NULL;
        pool->damaged = link;
        return NULL;
    }
    pool->free_objects = next;
    return link;
}

void *pool_take(struct pool *pool, size_t *dirty_bytes)
{
    void *object = NULL;
    if (pool->free_objects != NULL) {
        object = take_free(pool);
        *dirty_bytes = kept_bytes(pool);
        if (object == NULL) {
            return NULL;
        }
    } else {
        if (pool->fresh == pool->fresh_end && !grow(pool)) {
            return NULL;
        }
        object = pool->fresh;
        pool->fresh += pool->object_bytes;
        *dirty_bytes = 0;
    }
    uint64_t mask = 0;
    uint64_t *word = live_word(pool->store, object, &mask);
    *word |= mask;
    pool->live_objects++;
    return object;
}

struct pool *pool_of(const struct pool_store *store, const void *object, const char **fault)
{
    uintptr_t offset = (uintptr_t)object - (uintptr_t)store->start;
    if (offset >> POOL_SLAB_LOG2 >= store->slabs_used) {
        *fault = "not an address of this heap";
        return NULL;
    }
    uint64_t mask = 0;
    const uint64_t *word = live_word(store, object, &mask);
    if ((*word & mask) == 0 || offset % GRANULE_BYTES != 0) {
        *fault = "no live block starts here (freed before, or an inner address)";
        return NULL;
    }
    return store->slab[offset >> POOL_SLAB_LOG2].pool;
}

const void *
pool_object_around(const struct pool_store *store, const void *address, const struct pool **pool)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)store->start;
    if (offset >> POOL_SLAB_LOG2 >= store->slabs_used) {
        return NULL;
    }
    size_t slab = pool_store_run(store, offset >> POOL_SLAB_LOG2);
    *pool = store->slab[slab].pool;
    if (*pool == NULL) {
        return NULL;
    }
    size_t from_run = offset - (slab << POOL_SLAB_LOG2);
    size_t place = from_run / (*pool)->object_bytes;
    size_t places = (store->slab[slab].slabs << POOL_SLAB_LOG2) / (*pool)->object_bytes;
    const char *object = pool_store_address(store, slab) + place * (*pool)->object_bytes;
    return place < places ? object : NULL;
}

void pool_retire(struct pool *pool, void *object)
{
    uint64_t mask = 0;
    uint64_t *word = live_word(pool->store, object, &mask);
    *word &= ~mask;
    pool->live_objects--;
}

char *pool_purgeable(const struct pool *pool, void *object, size_t *bytes)
{
    *bytes = pool->object_bytes - kept_bytes(pool);
    return (char *)object + kept_bytes(pool);
}

void pool_put(struct pool *pool, void *object)
{
    struct pool_link *link = object;
    link->next = pool->free_objects != NULL ? pool->free_objects : list_end(pool);
    pool->free_objects = link;
}

void pool_dissolve(struct pool *pool)
{
    struct pool_store *store = pool->store;
    while (pool->first_run != POOL_NONE) {
        size_t slab = pool->first_run;
        pool->first_run = store->slab[slab].next;
        memset(store->slab[slab].live, 0, sizeof store->slab[slab].live);
        os_purge(pool_store_address(store, slab), store->slab[slab].slabs << POOL_SLAB_LOG2);
        pool_store_give(store, slab);
    }
    pool_init(pool, store, pool->object_bytes, pool->alignment);
}

/* Pools over slabs (pool_core.h). */
#include "allocators/pool/pool_core.h"

#include "allocators/parts/os_memory.h"

#include <assert.h>
#include <string.h>

#define GRANULE_BYTES ((size_t)1 << POOL_GRANULE_LOG2)
#define WORD_BITS     64

unsigned pool_step_class(size_t count)
{
    if (count <= 4) {
        return (unsigned)count - 1;
    }
    unsigned log2 = 63 - (unsigned)__builtin_clzll(count - 1); /* at least 2 */
    return (log2 - 2) * 4 + (unsigned)((count - 1) >> (log2 - 2));
}

size_t pool_step_count(unsigned step_class)
{
    return step_class < 4 ? step_class + 1 : (size_t)(step_class % 4 + 5) << (step_class / 4 - 1);
}

size_t pool_store_table_bytes(size_t slabs)
{
    return slabs * sizeof(struct pool_slab);
}

void pool_store_init(struct pool_store *store, char *start, size_t slabs, void *table)
{
    *store = (struct pool_store){.slabs_most = slabs, .slab = table};
    store->start = start;
    for (unsigned run_class = 0; run_class < POOL_RUN_CLASSES; run_class++) {
        store->spare[run_class] = POOL_NONE;
    }
}

static char *address_of(const struct pool_store *store, size_t slab)
{
    return store->start + (slab << POOL_SLAB_LOG2);
}

static size_t slab_of(const struct pool_store *store, const void *object)
{
    return (size_t)((const char *)object - store->start) >> POOL_SLAB_LOG2;
}

static void spare_run(struct pool_store *store, size_t slab, unsigned run_class)
{
    store->slab[slab].pool = NULL;
    store->slab[slab].slabs = pool_step_count(run_class);
    store->slab[slab].next = store->spare[run_class];
    store->spare[run_class] = slab;
}

/* The slabs that an alignment leaves out become spare runs, the longest first. */
static void spare_gap(struct pool_store *store, size_t slabs)
{
    while (slabs > 0) {
        unsigned run_class = pool_step_class(slabs);
        run_class -= pool_step_count(run_class) > slabs;
        spare_run(store, store->slabs_used, run_class);
        store->slabs_used += pool_step_count(run_class);
        slabs -= pool_step_count(run_class);
    }
}

/* A run of zeroed slabs; POOL_NONE when the store is full. */
static size_t take_run(struct pool_store *store, unsigned run_class, size_t alignment)
{
    if (run_class >= POOL_RUN_CLASSES) {
        return POOL_NONE; /* longer than any store */
    }
    size_t *link = &store->spare[run_class];
    while (*link != POOL_NONE) {
        size_t slab = *link;
        if (((uintptr_t)address_of(store, slab) & (alignment - 1)) == 0) {
            *link = store->slab[slab].next;
            return slab;
        }
        link = &store->slab[slab].next;
    }
    size_t slabs = pool_step_count(run_class);
    uintptr_t next = (uintptr_t)address_of(store, store->slabs_used);
    size_t gap = (-next & (alignment - 1)) >> POOL_SLAB_LOG2;
    size_t left = store->slabs_most - store->slabs_used;
    if (slabs > left || gap > left - slabs) {
        return POOL_NONE;
    }
    spare_gap(store, gap);
    size_t slab = store->slabs_used;
    store->slabs_used += slabs;
    store->slab[slab].slabs = slabs;
    return slab;
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
}

/* Where the newest run of the pool is used up: another one. */
static bool grow(struct pool *pool)
{
    struct pool_store *store = pool->store;
    size_t slab = take_run(store, pool->run_class, pool->alignment);
    if (slab == POOL_NONE) {
        return false;
    }
    store->slab[slab].pool = pool;
    store->slab[slab].next = pool->first_run;
    pool->first_run = slab;
    size_t run_bytes = store->slab[slab].slabs << POOL_SLAB_LOG2;
    pool->fresh = address_of(store, slab);
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

void *pool_take(struct pool *pool, size_t *dirty_bytes)
{
    void *object = pool->free_objects;
    if (object != NULL) {
        pool->free_objects = pool->free_objects->next;
        *dirty_bytes = kept_bytes(pool);
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
    link->next = pool->free_objects;
    pool->free_objects = link;
}

void pool_dissolve(struct pool *pool)
{
    struct pool_store *store = pool->store;
    while (pool->first_run != POOL_NONE) {
        size_t slab = pool->first_run;
        pool->first_run = store->slab[slab].next;
        memset(store->slab[slab].live, 0, sizeof store->slab[slab].live);
        os_purge(address_of(store, slab), store->slab[slab].slabs << POOL_SLAB_LOG2);
        spare_run(store, slab, pool->run_class);
    }
    pool_init(pool, store, pool->object_bytes, pool->alignment);
}

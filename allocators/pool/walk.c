/* The heap walk of `pool` (allocators/heap_walk.h): run by run, object by object. */
#include "allocators/heap_walk.h"
#include "allocators/pool/store.h"

__attribute__((visibility("default"))) heaplab_heap_walk_function heaplab_heap_walk;

struct walk {
    heap_region_visit *visit;
    void *context;
};

static void
report(const struct walk *walk, const void *address, size_t bytes, enum heap_region_kind kind)
{
    if (bytes > 0) {
        struct heap_region region = {.address = (uintptr_t)address, .bytes = bytes, .kind = kind};
        walk->visit(walk->context, &region);
    }
}

static void walk_run(const struct walk *walk, const struct pool *pool, char *start, size_t bytes)
{
    size_t object_bytes = pool->object_bytes;
    char *end = start + bytes / object_bytes * object_bytes;
    bool is_newest = pool->fresh_end == end;
    char *carved_end = is_newest ? pool->fresh : end;
    const char *fault = NULL;
    for (char *object = start; object < carved_end; object += object_bytes) {
        bool is_live = pool_of(pool->store, object, &fault) != NULL;
        report(walk, object, object_bytes, is_live ? HEAP_REGION_USED : HEAP_REGION_FREE);
    }
    report(walk, carved_end, (size_t)(end - carved_end), HEAP_REGION_FREE);
    report(walk, end, (size_t)(start + bytes - end), HEAP_REGION_METADATA);
}

void heaplab_heap_walk(heap_region_visit *visit, void *context)
{
    const struct pool_store *store = &pool_store;
    struct walk walk = {.visit = visit, .context = context};
    for (size_t slab = 0; slab < store->slabs_used; slab += store->slab[slab].slabs) {
        const struct pool *pool = store->slab[slab].pool;
        char *start = store->start + (slab << POOL_SLAB_LOG2);
        size_t bytes = store->slab[slab].slabs << POOL_SLAB_LOG2;
        if (pool == NULL) {
            report(&walk, start, bytes, HEAP_REGION_FREE);
        } else {
            walk_run(&walk, pool, start, bytes);
        }
    }
    report(&walk, store->slab, pool_store_table_bytes(store->slabs_used), HEAP_REGION_METADATA);
}

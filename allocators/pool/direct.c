/* Pools for direct use (pool.h). */
#include "allocators/heap.h"
#include "allocators/pool/pool.h"
#include "allocators/pool/store.h"

#include <errno.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

struct heaplab_pool {
    struct pool core;
};

EXPORT struct heaplab_pool *heaplab_pool_new(size_t object_bytes)
{
    if (object_bytes == 0) {
        errno = EINVAL;
        return NULL;
    }
    struct heaplab_pool *pool = object_bytes <= PTRDIFF_MAX ? heap_allocate(sizeof *pool) : NULL;
    if (pool == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    pool_init(&pool->core, &pool_store, object_bytes, POOL_SLAB_BYTES);
    return pool;
}

EXPORT void *heaplab_pool_acquire(struct heaplab_pool *pool)
{
    size_t dirty_bytes;
    store_lock();
    void *object = store_take(&pool->core, "heaplab_pool_acquire", &dirty_bytes);
    if (object == NULL) {
        errno = ENOMEM;
    }
    return object;
}

EXPORT void heaplab_pool_release(struct heaplab_pool *pool, void *object)
{
    const char *fault = NULL;
    store_lock();
    struct pool *owner = pool_of(&pool_store, object, &fault);
    if (owner != &pool->core) {
        store_misuse("heaplab_pool_release",
                     object,
                     owner == NULL ? fault : "an object of another pool, or a block of malloc");
    }
    store_release(owner, object);
}

EXPORT size_t heaplab_pool_object_bytes(const struct heaplab_pool *pool)
{
    return pool->core.object_bytes;
}

EXPORT void heaplab_pool_free(struct heaplab_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    store_lock();
    pool_dissolve(&pool->core);
    store_unlock();
    heap_free(pool);
}

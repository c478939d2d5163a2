/* Pools for direct use (pool.h). */
#include "allocators/heap.h"
#include "allocators/pool/pool.h"
#include "allocators/pool/store.h"

#include <errno.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

struct heaplab_pool {
    struct pool pool;
};

EXPORT struct heaplab_pool *heaplab_pool_new(size_t object_bytes)
{
    if (object_bytes == 0) {
        errno = EINVAL;
        return NULL;
    }
    struct heaplab_pool *direct =
        object_bytes <= PTRDIFF_MAX ? heap_allocate(sizeof *direct) : NULL;
    if (direct == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    pool_init(&direct->pool, &pool_store, object_bytes, POOL_SLAB_BYTES);
    return direct;
}

EXPORT void *heaplab_pool_acquire(struct heaplab_pool *direct)
{
    size_t dirty_bytes;
    store_lock();
    void *object = pool_take(&direct->pool, &dirty_bytes);
    store_unlock();
    if (object == NULL) {
        errno = ENOMEM;
    }
    return object;
}

EXPORT void heaplab_pool_release(struct heaplab_pool *direct, void *object)
{
    const char *fault = NULL;
    store_lock();
    struct pool *pool = pool_of(&pool_store, object, &fault);
    if (pool != &direct->pool) {
        heap_misuse("heaplab_pool_release",
                    object,
                    pool == NULL ? fault : "an object of another pool, or a block of malloc");
    }
    store_release(pool, object);
}

EXPORT size_t heaplab_pool_object_bytes(const struct heaplab_pool *direct)
{
    return direct->pool.object_bytes;
}

EXPORT void heaplab_pool_free(struct heaplab_pool *direct)
{
    if (direct == NULL) {
        return;
    }
    store_lock();
    pool_dissolve(&direct->pool);
    store_unlock();
    heap_free(direct);
}

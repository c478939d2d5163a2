/* Pools for direct use: objects of one size, acquired and released whole. For C programs that link
 * libpool.so or find these functions by dlsym; the same library serves malloc(3) with pools of its
 * own. The names are long because a preloaded library's names are seen by every library of the
 * program, and short ones would take the place of others' functions.
 *
 * All functions are thread-safe (one lock for the whole library). After fork the child has copies
 * of all pools. */
#ifndef ALLOCATORS_POOL_POOL_H
#define ALLOCATORS_POOL_POOL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heaplab_pool;

/* A pool of objects of at least `object_bytes` bytes (1 or more), aligned to 16, to be ended with
 * heaplab_pool_free(). NULL and errno: EINVAL for size 0, ENOMEM without memory or beyond
 * PTRDIFF_MAX. */
struct heaplab_pool *heaplab_pool_new(size_t object_bytes);

/* An object with undefined contents; NULL and ENOMEM when memory is out. Released by
 * heaplab_pool_release() of the same pool; free(3) refuses it. A free object whose first bytes were
 * written to stops the program with a message. */
void *heaplab_pool_acquire(struct heaplab_pool *pool);

/* Releases an object; what was released last is acquired first. What is no live object of the pool
 * stops the program with a message. errno is kept. */
void heaplab_pool_release(struct heaplab_pool *pool, void *object);

/* Bytes of an object that the program may use. */
size_t heaplab_pool_object_bytes(const struct heaplab_pool *pool);

/* Ends the pool and with it all its objects, live ones too; their memory goes back to the kernel,
 * their addresses serve pools and blocks of malloc of any size. NULL is ignored. errno is kept.
 * Using the pool or an object of it afterwards, or ending the pool again, is undefined. */
void heaplab_pool_free(struct heaplab_pool *pool);

#ifdef __cplusplus
}
#endif

#endif

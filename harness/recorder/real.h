/* The malloc family that the recorder stands in front of: the next definitions after its own in the
 * search order, so that a preloaded allocator is recorded like the C library's. */
#ifndef HARNESS_RECORDER_REAL_H
#define HARNESS_RECORDER_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Until they are resolved, these point to functions that resolve them and go on. */
struct real {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    size_t (*usable_size)(void *);
    void (*free_sized)(void *, size_t);                 /* NULL where the next has none */
    void (*free_aligned_sized)(void *, size_t, size_t); /* likewise */
};

extern struct real real __attribute__((visibility("hidden")));

/* Resolves all of them, once; the first call of the family does. */
void real_resolve(void);

/* dlsym may allocate while the family is being resolved. Such blocks come from this pool, are never
 * recorded and never given back; free, realloc and malloc_usable_size must know them. */
#define REAL_POOL_BYTES 16384
extern unsigned char real_pool[REAL_POOL_BYTES] __attribute__((visibility("hidden")));

static inline bool real_is_from_pool(const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)real_pool < REAL_POOL_BYTES;
}

size_t real_pool_usable_size(const void *pointer);

#endif

/* Finding the next malloc family, and getting through the calls that come before it is found. */
#include "harness/recorder/real.h"

#include "harness/recorder/buffer.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POOL_ALIGNMENT 16

_Alignas(POOL_ALIGNMENT) unsigned char real_pool[REAL_POOL_BYTES];
static _Atomic size_t pool_used;
static _Atomic bool resolving;

/* A block is preceded by its size. */
static void *pool_allocate(size_t size)
{
    size_t bytes = (size + 2 * (size_t)POOL_ALIGNMENT - 1) / POOL_ALIGNMENT * POOL_ALIGNMENT;
    if (size > REAL_POOL_BYTES) {
        return NULL;
    }
    size_t at = atomic_fetch_add(&pool_used, bytes);
    if (at + bytes > REAL_POOL_BYTES) {
        return NULL;
    }
    memcpy(real_pool + at, &size, sizeof size);
    return real_pool + at + POOL_ALIGNMENT;
}

size_t real_pool_usable_size(const void *pointer)
{
    size_t size = 0;
    memcpy(&size, (const unsigned char *)pointer - POOL_ALIGNMENT, sizeof size);
    return size;
}

/* ---- What stands in until the real ones are known ---- */

static void *first_malloc(size_t size)
{
    if (resolving) {
        return pool_allocate(size);
    }
    real_resolve();
    return real.malloc(size);
}

static void *first_calloc(size_t count, size_t size)
{
    if (resolving) {
        size_t bytes = 0;
        /* The pool is never used twice, so it is zero still. */
        return __builtin_mul_overflow(count, size, &bytes) ? NULL : pool_allocate(bytes);
    }
    real_resolve();
    return real.calloc(count, size);
}

static void *first_realloc(void *pointer, size_t size)
{
    if (resolving) {
        return pointer ? NULL : pool_allocate(size);
    }
    real_resolve();
    return real.realloc(pointer, size);
}

static void first_free(void *pointer)
{
    if (!resolving) {
        real_resolve();
        real.free(pointer);
    }
}

static void *first_aligned_alloc(size_t alignment, size_t size)
{
    if (resolving) {
        return NULL;
    }
    real_resolve();
    return real.aligned_alloc(alignment, size);
}

static void *first_memalign(size_t alignment, size_t size)
{
    if (resolving) {
        return NULL;
    }
    real_resolve();
    return real.memalign(alignment, size);
}

static int first_posix_memalign(void **pointer, size_t alignment, size_t size)
{
    if (resolving) {
        return ENOMEM;
    }
    real_resolve();
    return real.posix_memalign(pointer, alignment, size);
}

static void *first_valloc(size_t size)
{
    if (resolving) {
        return NULL;
    }
    real_resolve();
    return real.valloc(size);
}

static void *first_pvalloc(size_t size)
{
    if (resolving) {
        return NULL;
    }
    real_resolve();
    return real.pvalloc(size);
}

static size_t first_usable_size(void *pointer)
{
    if (resolving) {
        return 0;
    }
    real_resolve();
    return real.usable_size(pointer);
}

struct real real = {
    .malloc = first_malloc,
    .calloc = first_calloc,
    .realloc = first_realloc,
    .free = first_free,
    .aligned_alloc = first_aligned_alloc,
    .memalign = first_memalign,
    .posix_memalign = first_posix_memalign,
    .valloc = first_valloc,
    .pvalloc = first_pvalloc,
    .usable_size = first_usable_size,
};

/* ---- Resolving ---- */

static void real_find(void *function, const char *name, bool required)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found && required) {
        static const char text[] = "heaplab: no malloc family follows the recorder; the program "
                                   "cannot be recorded\n";
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        abort();
    }
    memcpy(function, &found, sizeof found); /* an object pointer and a function's: same bytes */
}

void real_resolve(void)
{
    int saved_errno = errno;
    struct real next = {0};
    resolving = true;
    real_find(&next.malloc, "malloc", true);
    real_find(&next.calloc, "calloc", true);
    real_find(&next.realloc, "realloc", true);
    real_find(&next.free, "free", true);
    real_find(&next.aligned_alloc, "aligned_alloc", true);
    real_find(&next.memalign, "memalign", true);
    real_find(&next.posix_memalign, "posix_memalign", true);
    real_find(&next.valloc, "valloc", true);
    real_find(&next.pvalloc, "pvalloc", true);
    real_find(&next.usable_size, "malloc_usable_size", true);
    real_find(&next.free_sized, "free_sized", false);
    real_find(&next.free_aligned_sized, "free_aligned_sized", false);
    real = next;
    resolving = false;
    buffer_start();
    errno = saved_errno;
}

/* The malloc(3) family of the null allocator. It stands in the place of parts/malloc_api.c because
 * each call is answered by who makes it (null.c tells why), and only the exported function itself
 * can see its caller's address. */
#include "allocators/null/null.h"
#include "allocators/parts/os_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default"), noinline))

/* One answer for every way to allocate; inlined, as the return address must be that of malloc's
 * own caller. */
#define TAKE(alignment, bytes) \
    take(null_called_by_program(__builtin_return_address(0)), (alignment), (bytes))

/* Not in the C library's headers: C23's, and those of malloc.h. */
void free_sized(void *block, size_t bytes);
void free_aligned_sized(void *block, size_t alignment, size_t bytes);
void cfree(void *block);
void *memalign(size_t alignment, size_t bytes);
void *pvalloc(size_t bytes);
size_t malloc_usable_size(void *block);

static inline void *take(bool by_program, size_t alignment, size_t bytes)
{
    return __builtin_expect(by_program, 1) ? null_ring_take(alignment, bytes)
                                           : null_keep(alignment, bytes);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's headers name
 * the parameters with reserved identifiers. */
EXPORT void *malloc(size_t bytes)
{
    return TAKE(HEAP_ALIGNMENT, bytes);
}

EXPORT void *calloc(size_t count, size_t bytes_each)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        bytes = SIZE_MAX; /* which nobody has */
    }
    return TAKE(HEAP_ALIGNMENT, bytes);
}

/* Only the C library's own blocks have contents that somebody wants. */
static inline void *with_contents(void *moved, const void *block, size_t bytes)
{
    size_t kept_bytes = null_kept_bytes(block);
    if (moved != NULL && kept_bytes != 0) {
        memcpy(moved, block, kept_bytes < bytes ? kept_bytes : bytes);
    }
    return moved;
}

EXPORT void *realloc(void *block, size_t bytes)
{
    return with_contents(TAKE(HEAP_ALIGNMENT, bytes), block, bytes);
}

EXPORT void *reallocarray(void *block, size_t count, size_t bytes_each)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        bytes = SIZE_MAX; /* which nobody has */
    }
    return with_contents(TAKE(HEAP_ALIGNMENT, bytes), block, bytes);
}

EXPORT void *memalign(size_t alignment, size_t bytes)
{
    return TAKE(alignment, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
    return TAKE(alignment, bytes);
}

EXPORT int posix_memalign(void **result, size_t alignment, size_t bytes)
{
    int saved_errno = errno;
    *result = TAKE(alignment, bytes);
    errno = saved_errno;
    return *result == NULL ? ENOMEM : 0;
}

EXPORT void *valloc(size_t bytes)
{
    return TAKE(os_page_bytes(), bytes);
}

EXPORT void *pvalloc(size_t bytes)
{
    return TAKE(os_page_bytes(), bytes);
}

EXPORT void free(void *block)
{
    (void)block;
}

EXPORT void free_sized(void *block, size_t bytes)
{
    (void)block;
    (void)bytes;
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes)
{
    (void)block;
    (void)alignment;
    (void)bytes;
}

EXPORT void cfree(void *block)
{
    (void)block;
}

/* Nobody wrote down how large a ring block is: 0 says that no byte beyond the request is known. */
EXPORT size_t malloc_usable_size(void *block)
{
    return null_kept_bytes(block);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

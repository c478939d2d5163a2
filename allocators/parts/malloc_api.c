/* The malloc(3) family over heap.h: what every one of our allocators exports.
 *
 * The rules in one place: size 0 is a block of its own; a size beyond PTRDIFF_MAX, an overflowing
 * product and an exhausted heap are ENOMEM; an alignment that is no power of two is EINVAL;
 * posix_memalign returns its code and keeps errno, as free does; realloc(block, 0) frees and
 * returns NULL, as glibc's does. The heap behind is linked in at link time, so that its fast paths
 * are inlined here. */
#include "allocators/heap.h"
#include "allocators/parts/message.h"
#include "allocators/parts/os_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT      __attribute__((visibility("default")))
#define UNLIKELY(x) __builtin_expect((x), 0)

/* Names of the family that this C library's headers lack: C23's, one that only old programs call,
 * and those of malloc.h, whose deprecations do not concern who implements them. */
void free_sized(void *block, size_t bytes);
void free_aligned_sized(void *block, size_t alignment, size_t bytes);
void cfree(void *block);
void *memalign(size_t alignment, size_t bytes);
void *pvalloc(size_t bytes);
size_t malloc_usable_size(void *block);

/* Before main and before any thread, when no lock of ours is held: pthread_atfork may itself call
 * malloc. */
__attribute__((constructor)) static void register_fork_handlers(void)
{
    static atomic_flag is_done = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&is_done)) {
        pthread_atfork(heap_fork_prepare, heap_fork_parent, heap_fork_child);
    }
}

/* What pthread_atfork calls. Our handlers must be the first there are, so that our locks are taken last:
 * a library's handler may wait for a lock whose holder calls malloc, and its constructor may come before
 * ours. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): libc's name. */
int __register_atfork(void (*prepare)(void),
                      void (*parent)(void),
                      void (*child)(void),
                      void *library);

EXPORT int
__register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *library)
{
    int (*next)(void (*)(void), void (*)(void), void (*)(void), void *) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "__register_atfork");
    memcpy(&next, &symbol, sizeof next);
    register_fork_handlers();
    return next == NULL ? ENOMEM : next(prepare, parent, child, library);
}

/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

__attribute__((cold, noinline)) static void *fail(int error)
{
    errno = error;
    return NULL;
}

static bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* 0 becomes 1, without a branch. */
static size_t at_least_one(size_t bytes)
{
    return bytes + (bytes == 0);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's headers name
 * the parameters with reserved identifiers. */
EXPORT void *malloc(size_t bytes)
{
    if (UNLIKELY(bytes > PTRDIFF_MAX)) {
        return fail(ENOMEM);
    }
    void *block = heap_allocate(at_least_one(bytes));
    return UNLIKELY(block == NULL) ? fail(ENOMEM) : block;
}

EXPORT void free(void *block)
{
    if (block != NULL) {
        heap_free(block);
    }
}

EXPORT void *calloc(size_t count, size_t bytes_each)
{
    size_t bytes = 0;
    if (UNLIKELY(__builtin_mul_overflow(count, bytes_each, &bytes) || bytes > PTRDIFF_MAX)) {
        return fail(ENOMEM);
    }
    void *block = heap_allocate_zeroed(at_least_one(bytes));
    return UNLIKELY(block == NULL) ? fail(ENOMEM) : block;
}

EXPORT void *realloc(void *block, size_t bytes)
{
    if (UNLIKELY(bytes > PTRDIFF_MAX)) {
        return fail(ENOMEM);
    }
    if (block == NULL) {
        return malloc(bytes);
    }
    if (UNLIKELY(bytes == 0)) {
        heap_free(block);
        return NULL;
    }
    void *resized = heap_reallocate(block, bytes);
    return UNLIKELY(resized == NULL) ? fail(ENOMEM) : resized;
}

EXPORT void *reallocarray(void *block, size_t count, size_t bytes_each)
{
    size_t bytes = 0;
    if (UNLIKELY(__builtin_mul_overflow(count, bytes_each, &bytes))) {
        return fail(ENOMEM);
    }
    return realloc(block, bytes);
}

/* `alignment` is a power of two. NULL when it cannot be had; errno is left alone. */
static void *allocate_aligned(size_t alignment, size_t bytes)
{
    if (alignment > PTRDIFF_MAX || bytes > PTRDIFF_MAX - alignment) {
        return NULL;
    }
    bytes = at_least_one(bytes);
    return alignment > HEAP_ALIGNMENT ? heap_allocate_aligned(alignment, bytes)
                                      : heap_allocate(bytes);
}

EXPORT void *memalign(size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment)) {
        return fail(EINVAL);
    }
    void *block = allocate_aligned(alignment, bytes);
    return block == NULL ? fail(ENOMEM) : block;
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

EXPORT int posix_memalign(void **result, size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) {
        return EINVAL;
    }
    void *block = allocate_aligned(alignment, bytes);
    if (block == NULL) {
        return ENOMEM;
    }
    *result = block;
    return 0;
}

EXPORT void *valloc(size_t bytes)
{
    return memalign(os_page_bytes(), bytes);
}

EXPORT void *pvalloc(size_t bytes)
{
    size_t page_bytes = os_page_bytes();
    if (bytes > PTRDIFF_MAX - page_bytes) {
        return fail(ENOMEM);
    }
    size_t pages = (at_least_one(bytes) + page_bytes - 1) / page_bytes;
    return memalign(page_bytes, pages * page_bytes);
}

EXPORT size_t malloc_usable_size(void *block)
{
    return block == NULL ? 0 : heap_usable_bytes(block);
}

EXPORT void free_sized(void *block, size_t bytes)
{
    (void)bytes;
    free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes)
{
    (void)alignment;
    (void)bytes;
    free(block);
}

EXPORT void cfree(void *block)
{
    free(block);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

__attribute__((cold)) _Noreturn void
heap_misuse(const char *call, const void *address, const char *fault)
{
    struct message message = {.length = 0};
    message_add(&message, "heaplab " ALLOCATOR_NAME ": ");
    message_add(&message, call);
    message_add(&message, "(");
    message_add_address(&message, address);
    message_add(&message, "): ");
    message_add(&message, fault);
    message_print(&message);
    abort();
}

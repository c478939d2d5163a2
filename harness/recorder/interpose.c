/* The recorder: a malloc family that forwards every call to the next one and writes it down.
 *
 * Preloaded by `heaplab record`. Frees are stamped before the call and allocations after it (why:
 * raw.h). A call that the forwarded one makes itself, as an allocator whose realloc calls malloc
 * does, is not the program's and is not recorded; a call that fails leaves no event.
 *
 * Not covered: an allocator that defines the C++ operators itself and is preloaded too (C++ code
 * then never calls malloc), and programs that map memory without malloc. */
#include "harness/recorder/buffer.h"
#include "harness/recorder/real.h"
#include "harness/recorder/stamp.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void free_sized(void *pointer, size_t size);
PUBLIC void free_aligned_sized(void *pointer, size_t alignment, size_t size);

/* ---- Writing events down ---- */

static inline uint64_t stamp_word(void)
{
    return stamp_now() & RAW_WORD_MASK;
}

/* An event whose size does not fit into its header. */
static void record_wide(uint64_t header, uint64_t size)
{
    if (buffer_needs_stamps()) {
        uint64_t words[3] = {header | RAW_STAMPED, stamp_word(), size};
        buffer_append(words, 3);
    } else {
        uint64_t words[2] = {header, size};
        buffer_append(words, 2);
    }
}

static inline void record_short(uint64_t header)
{
    if (buffer_needs_stamps()) {
        uint64_t words[2] = {header | RAW_STAMPED, stamp_word()};
        buffer_append(words, 2);
    } else {
        buffer_append(&header, 1);
    }
}

static inline void record_allocation(enum raw_kind kind, const void *pointer, size_t size)
{
    if (size < RAW_SIZE_WIDE) {
        record_short(raw_header(kind, pointer, size));
    } else {
        record_wide(raw_header(kind, pointer, RAW_SIZE_WIDE), size);
    }
}

static inline void record_free(const void *pointer)
{
    record_short(raw_header(RAW_FREE, pointer, 0));
}

static void record_aligned(const void *pointer, size_t alignment, size_t size)
{
    /* An alignment that is no power of two is rounded up, as allocators do. */
    unsigned log2 = alignment > 1 ? 64U - (unsigned)__builtin_clzl(alignment - 1) : 0;
    record_wide(raw_header(RAW_ALIGNED_ALLOC, pointer, log2), size);
}

/* `stamp` is that before the call, 0 if there was no need of one. */
static void record_realloc(uint64_t stamp, const void *from, const void *to, size_t size)
{
    bool wide = size >= RAW_SIZE_WIDE;
    uint64_t words[RAW_EVENT_WORDS] = {raw_header(RAW_REALLOC, from, wide ? RAW_SIZE_WIDE : size)};
    size_t count = 1;
    if (stamp) {
        words[0] |= RAW_STAMPED;
        words[count++] = stamp;
    }
    words[count++] = raw_address(to);
    if (stamp) {
        words[count++] = stamp_word();
    }
    if (wide) {
        words[count++] = size;
    }
    buffer_append(words, count);
}

/* ---- The family ---- */

PUBLIC void *malloc(size_t size)
{
    if (buffer_own.inside) {
        return real.malloc(size);
    }
    buffer_own.inside = 1;
    void *pointer = real.malloc(size);
    if (pointer) {
        record_allocation(RAW_MALLOC, pointer, size);
    }
    buffer_own.inside = 0;
    return pointer;
}

PUBLIC void free(void *ptr)
{
    if (!ptr || real_is_from_pool(ptr)) {
        return;
    }
    if (buffer_own.inside) {
        real.free(ptr);
        return;
    }
    buffer_own.inside = 1;
    record_free(ptr);
    real.free(ptr);
    buffer_own.inside = 0;
}

PUBLIC void *calloc(size_t nmemb, size_t size)
{
    if (buffer_own.inside) {
        return real.calloc(nmemb, size);
    }
    buffer_own.inside = 1;
    void *pointer = real.calloc(nmemb, size);
    if (pointer) {
        record_allocation(RAW_CALLOC, pointer, nmemb * size);
    }
    buffer_own.inside = 0;
    return pointer;
}

static void *realloc_from_pool(void *pointer, size_t size)
{
    void *copy = malloc(size);
    if (copy) {
        size_t had = real_pool_usable_size(pointer);
        memcpy(copy, pointer, had < size ? had : size);
    }
    return copy;
}

PUBLIC void *realloc(void *ptr, size_t size)
{
    if (ptr && real_is_from_pool(ptr)) {
        return realloc_from_pool(ptr, size);
    }
    if (buffer_own.inside) {
        return real.realloc(ptr, size);
    }
    buffer_own.inside = 1;
    uint64_t stamp = ptr && buffer_needs_stamps() ? stamp_word() : 0;
    void *moved = real.realloc(ptr, size);
    if (ptr && (moved || size == 0)) {
        record_realloc(stamp, ptr, moved, size);
    } else if (moved) {
        record_allocation(RAW_MALLOC, moved, size);
    }
    buffer_own.inside = 0;
    return moved;
}

PUBLIC void *reallocarray(void *ptr, size_t nmemb, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(nmemb, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(ptr, bytes);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
    if (buffer_own.inside) {
        return real.aligned_alloc(alignment, size);
    }
    buffer_own.inside = 1;
    void *pointer = real.aligned_alloc(alignment, size);
    if (pointer) {
        record_aligned(pointer, alignment, size);
    }
    buffer_own.inside = 0;
    return pointer;
}

PUBLIC void *memalign(size_t alignment, size_t size)
{
    if (buffer_own.inside) {
        return real.memalign(alignment, size);
    }
    buffer_own.inside = 1;
    void *pointer = real.memalign(alignment, size);
    if (pointer) {
        record_aligned(pointer, alignment, size);
    }
    buffer_own.inside = 0;
    return pointer;
}

PUBLIC int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    if (buffer_own.inside) {
        return real.posix_memalign(memptr, alignment, size);
    }
    buffer_own.inside = 1;
    int reason = real.posix_memalign(memptr, alignment, size);
    if (reason == 0) {
        record_aligned(*memptr, alignment, size);
    }
    buffer_own.inside = 0;
    return reason;
}

PUBLIC void *valloc(size_t size)
{
    if (buffer_own.inside) {
        return real.valloc(size);
    }
    buffer_own.inside = 1;
    void *pointer = real.valloc(size);
    if (pointer) {
        record_aligned(pointer, (size_t)sysconf(_SC_PAGESIZE), size);
    }
    buffer_own.inside = 0;
    return pointer;
}

PUBLIC void *pvalloc(size_t size)
{
    if (buffer_own.inside) {
        return real.pvalloc(size);
    }
    buffer_own.inside = 1;
    void *pointer = real.pvalloc(size);
    if (pointer) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        record_aligned(pointer, page, (size + page - 1) / page * page);
    }
    buffer_own.inside = 0;
    return pointer;
}

PUBLIC size_t malloc_usable_size(void *ptr)
{
    if (ptr && real_is_from_pool(ptr)) {
        return real_pool_usable_size(ptr);
    }
    return real.usable_size(ptr);
}

/* ---- C23 ---- */

PUBLIC void free_sized(void *pointer, size_t size)
{
    if (!real.free_sized || !pointer || buffer_own.inside || real_is_from_pool(pointer)) {
        free(pointer);
        return;
    }
    buffer_own.inside = 1;
    record_free(pointer);
    real.free_sized(pointer, size);
    buffer_own.inside = 0;
}

PUBLIC void free_aligned_sized(void *pointer, size_t alignment, size_t size)
{
    if (!real.free_aligned_sized || !pointer || buffer_own.inside || real_is_from_pool(pointer)) {
        free(pointer);
        return;
    }
    buffer_own.inside = 1;
    record_free(pointer);
    real.free_aligned_sized(pointer, alignment, size);
    buffer_own.inside = 0;
}

/* Memory of the null allocator: a ring per thread for the measured program, kept memory for
 * everybody else. Why there are two: null.c. */
#ifndef ALLOCATORS_NULL_NULL_H
#define ALLOCATORS_NULL_NULL_H

#include "allocators/heap.h"

#include <stddef.h>
#include <stdint.h>

/* What is left of this thread's ring on this lap; next is aligned to HEAP_ALIGNMENT. */
struct null_ring {
    char *next;
    char *end;
};

extern _Thread_local struct null_ring null_ring;

/* The measured program's code: [start, start + bytes). Empty until the constructor has run. */
struct null_program {
    uintptr_t start;
    uintptr_t bytes;
};

extern struct null_program null_program;

/* Whether a return address lies in the measured program itself. */
static inline bool null_called_by_program(const void *return_address)
{
    return (uintptr_t)return_address - null_program.start < null_program.bytes;
}

/* The next lap of the ring, its first lap, or the mapping for large sizes. NULL and ENOMEM when
 * nothing of that size can be had. */
void *null_ring_take_slowly(size_t alignment, size_t bytes);

/* `bytes` bytes whose contents are anybody's. `alignment` is a power of two. */
static inline void *null_ring_take(size_t alignment, size_t bytes)
{
    char *first = null_ring.next;
    if (alignment > HEAP_ALIGNMENT) {
        first += -(uintptr_t)first & (alignment - 1);
    }
    ptrdiff_t room = null_ring.end - first;
    if (__builtin_expect(room <= 0 || bytes >= (size_t)room, 0)) {
        return null_ring_take_slowly(alignment, bytes);
    }
    null_ring.next = first + ((bytes + HEAP_ALIGNMENT - 1) & -(size_t)HEAP_ALIGNMENT);
    return first;
}

/* Zeroed memory that stays its holder's for ever. NULL and ENOMEM when the kept region is used up. */
void *null_keep(size_t alignment, size_t bytes);

/* Bytes of a block of null_keep; 0 for an address elsewhere. */
size_t null_kept_bytes(const void *block);

#endif

/* Blocks above SIZE_CLASS_BYTES_MAX, and all that need an alignment which no size class has: a span
 * each; and blocks that the reservation has no room for: a mapping each. */
#ifndef ALLOCATORS_BIN_LARGE_H
#define ALLOCATORS_BIN_LARGE_H

#include "allocators/bin/thread_heap.h"

/* A block aligned to `alignment` and at least a page; NULL when memory is exhausted. */
void *large_allocate(struct heap *heap, size_t alignment, size_t bytes);

/* As large_allocate without special alignment, zeroed. */
void *large_allocate_zeroed(struct heap *heap, size_t bytes);

void large_free(struct heap *heap, struct span *span);

/* A large block of another size, moved or not, or NULL. `bytes` is above SIZE_CLASS_BYTES_MAX. */
void *large_reallocate(struct heap *heap, struct span *span, size_t bytes);

/* ---- mapped.c ---- */

void *mapped_allocate(size_t alignment, size_t bytes);

/* False if the address is not the start of such a block. */
bool mapped_free(const void *block);

/* Usable bytes, 0 if the address is not the start of such a block. */
size_t mapped_bytes(const void *block);

void mapped_visit(void (*visit)(void *context, uintptr_t address, size_t bytes), void *context);

#endif

/* What one of heaplab's allocators implements. parts/malloc_api.c puts the malloc(3) family over
 * these functions, so that every allocator obeys the same rules on errno, alignment, overflow and
 * size 0, and each becomes lib<name>.so.
 *
 * Conventions for every function here: sizes are bytes and already checked against PTRDIFF_MAX by
 * the caller; size 0 has become 1; alignments are powers of two; pointers passed in are not NULL.
 * A failure returns NULL and leaves errno alone (the caller sets ENOMEM). All functions may be
 * called from any thread at any time, before main and after it, and must never call malloc. */
#ifndef ALLOCATORS_HEAP_H
#define ALLOCATORS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#define HEAP_ALIGNMENT 16 /* alignof(max_align_t): what every block is aligned to at least */

/* Returns a block of at least `bytes` bytes, aligned to HEAP_ALIGNMENT, or NULL. */
void *heap_allocate(size_t bytes);

/* As heap_allocate, its first `bytes` bytes zero (cheaper than memset where memory is fresh). */
void *heap_allocate_zeroed(size_t bytes);

/* As heap_allocate, aligned to `alignment`, a power of two greater than HEAP_ALIGNMENT. */
void *heap_allocate_aligned(size_t alignment, size_t bytes);

/* Resizes; contents kept up to the smaller size. On failure the old block stays valid. */
void *heap_reallocate(void *block, size_t bytes);

/* Frees a block. A pointer that is not a live block's start is the program's error: an allocator
 * that can tell stops the program with heap_misuse(). errno must be kept. */
void heap_free(void *block);

/* Bytes of the block that the program may use (malloc_usable_size). */
size_t heap_usable_bytes(const void *block);

/* Around fork(2), in the thread that forks: prepare takes every lock, parent and child release
 * them; in the child only the forking thread exists. Registered by malloc_api.c. */
void heap_fork_prepare(void);
void heap_fork_parent(void);
void heap_fork_child(void);

/* Provided by parts/malloc_api.c: prints "heaplab <name>: <call>(<address>): <fault>" to standard
 * error without allocating, and aborts. */
_Noreturn void heap_misuse(const char *call, const void *address, const char *fault);

#endif

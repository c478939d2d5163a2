/* An arena: a range of addresses used as a stack. A top moves up when memory is taken and down when
 * a mark is released; there is nothing else to it. What the allocator `arena` and its direct use
 * (arena.h) are made of.
 *
 * Method: the obstack and the region of old (Knuth, TAOCP 1, 2.2.2; Hanson 1990). Memory above the
 * top is kept for the next taking, up to ARENA_KEPT_BYTES; what was never used is zero.
 *
 * No globals, no locks: the caller holds its own. */
#ifndef ALLOCATORS_ARENA_ARENA_CORE_H
#define ALLOCATORS_ARENA_ARENA_CORE_H

#include <stddef.h>

#define ARENA_ALIGNMENT  ((size_t)16)
#define ARENA_KEPT_BYTES ((size_t)1 << 20) /* above the top, after twice as much was there */

/* Offsets from the start. 0 <= top <= dirty <= bytes. */
struct arena_core {
    char *start; /* aligned to a page */
    size_t bytes;
    size_t top;   /* what is taken lies below */
    size_t dirty; /* from here on the memory is zero */
};

/* An empty arena over `bytes` zeroed bytes at `start`. */
void arena_core_init(struct arena_core *arena, char *start, size_t bytes);

/* Takes `bytes` (rounded up to ARENA_ALIGNMENT) at the top, which is always aligned to it; NULL
 * when they do not fit. The first *dirty_bytes of them may hold anything, the rest is zero. */
void *arena_core_take(struct arena_core *arena, size_t bytes, size_t *dirty_bytes);

/* Moves the top down to `top`, an earlier top: takes everything above it. */
void arena_core_release(struct arena_core *arena, size_t top);

#endif

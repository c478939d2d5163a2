/* Arenas for direct use: memory in stack order, taken object by object and given back many at a
 * time. For C programs that link libarena.so or find these functions by dlsym; the same library
 * serves malloc(3) with one arena of its own. The names are long because a preloaded library's
 * names are seen by every library of the program, and short ones would take the place of others'
 * functions.
 *
 * An arena belongs to one thread at a time: no function takes a lock. Different arenas know nothing
 * of each other. After fork the child has copies of all arenas. Objects have no headers: a pointer
 * from an arena must not go to free(3), which refuses it. */
#ifndef ALLOCATORS_ARENA_ARENA_H
#define ALLOCATORS_ARENA_ARENA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heaplab_arena;

/* A point in an arena's history. Not to be computed with. */
typedef size_t heaplab_arena_mark_point;

/* An empty arena for at most `bytes_max` bytes, rounded up to 16, of which only what is used takes
 * memory; 0: as many as there are addresses for, at most 64 GiB. Each object counts with its size
 * rounded up to 16. To be ended with heaplab_arena_free(). NULL and ENOMEM
 * when the addresses cannot be had. */
struct heaplab_arena *heaplab_arena_new(size_t bytes_max);

/* `bytes` bytes, aligned to 16, with undefined contents; NULL and ENOMEM when the arena is full.
 * Size 0 gives an address that the next object may share. */
void *heaplab_arena_alloc(struct heaplab_arena *arena, size_t bytes);

/* The present moment. */
heaplab_arena_mark_point heaplab_arena_mark(const struct heaplab_arena *arena);

/* Takes back all that was given out since the mark. Marks made since then are void: a mark that lies
 * above what is in use stops the program with a message. errno is kept. */
void heaplab_arena_release(struct heaplab_arena *arena, heaplab_arena_mark_point mark);

/* Takes everything back. Keeps at most 2 MiB of memory for the next use. errno is kept. */
void heaplab_arena_reset(struct heaplab_arena *arena);

/* Bytes in use, with the rounding. */
size_t heaplab_arena_used_bytes(const struct heaplab_arena *arena);

/* Ends the arena; NULL is ignored. errno is kept. Using the arena, a mark or an object of it
 * afterwards, or ending it again, is undefined. */
void heaplab_arena_free(struct heaplab_arena *arena);

#ifdef __cplusplus
}
#endif

#endif

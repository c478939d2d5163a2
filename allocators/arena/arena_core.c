/* The arena of arena_core.h. */
#include "allocators/arena/arena_core.h"

#include "allocators/parts/os_memory.h"

#include <assert.h>

void arena_core_init(struct arena_core *arena, char *start, size_t bytes)
{
    *arena = (struct arena_core){.bytes = bytes};
    arena->start = start;
}

void *arena_core_take(struct arena_core *arena, size_t bytes, size_t *dirty_bytes)
{
    size_t left_bytes = arena->bytes - arena->top;
    if (bytes > left_bytes) {
        return NULL;
    }
    bytes = (bytes + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
    if (bytes > left_bytes) {
        return NULL;
    }
    char *taken = arena->start + arena->top;
    size_t dirty_above = arena->dirty - arena->top;
    *dirty_bytes = dirty_above < bytes ? dirty_above : bytes;
    arena->top += bytes;
    arena->dirty = arena->dirty > arena->top ? arena->dirty : arena->top;
    return taken;
}

/* Back to half the most that may be kept: a program at the edge does not purge each time. */
__attribute__((noinline)) static void trim(struct arena_core *arena)
{
    size_t page_bytes = os_page_bytes();
    size_t from = (arena->top + ARENA_KEPT_BYTES + page_bytes - 1) & ~(page_bytes - 1);
    size_t to = (arena->dirty + page_bytes - 1) & ~(page_bytes - 1);
    if (from < to) {
        os_purge(arena->start + from, to - from);
        arena->dirty = from;
    }
}

void arena_core_release(struct arena_core *arena, size_t top)
{
    assert(top <= arena->top && top % ARENA_ALIGNMENT == 0);
    arena->top = top;
    if (arena->dirty - top > 2 * ARENA_KEPT_BYTES) {
        trim(arena);
    }
}

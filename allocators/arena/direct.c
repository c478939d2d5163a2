/* Arenas for direct use (arena.h). The descriptor stands in the first page of the reservation. */
#include "allocators/arena/arena.h"
#include "allocators/arena/arena_core.h"
#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"

#include <errno.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

#define BYTES_MOST  ((size_t)64 << 30)
#define BYTES_LEAST ((size_t)1 << 20)

struct heaplab_arena {
    struct arena_core core;
    size_t reserved_bytes;
};

/* A reservation of so many bytes and a page for the descriptor before them. */
static struct heaplab_arena *reserve(size_t bytes)
{
    size_t page_bytes = os_page_bytes();
    if (bytes > PTRDIFF_MAX - 2 * page_bytes) {
        return NULL;
    }
    bytes = (bytes + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
    size_t reserved_bytes = page_bytes + ((bytes + page_bytes - 1) & ~(page_bytes - 1));
    char *start = os_reserve(reserved_bytes, page_bytes);
    if (start == NULL) {
        return NULL;
    }
    struct heaplab_arena *arena = (struct heaplab_arena *)(void *)start;
    os_wish_huge_pages(start, reserved_bytes, false);
    arena_core_init(&arena->core, start + page_bytes, bytes);
    arena->reserved_bytes = reserved_bytes;
    return arena;
}

EXPORT struct heaplab_arena *heaplab_arena_new(size_t bytes_max)
{
    struct heaplab_arena *arena = NULL;
    if (bytes_max > 0) {
        arena = reserve(bytes_max);
    } else {
        for (size_t bytes = BYTES_MOST; arena == NULL && bytes >= BYTES_LEAST; bytes /= 2) {
            arena = reserve(bytes);
        }
    }
    if (arena == NULL) {
        errno = ENOMEM;
    }
    return arena;
}

EXPORT void *heaplab_arena_alloc(struct heaplab_arena *arena, size_t bytes)
{
    size_t dirty_bytes;
    void *taken = arena_core_take(&arena->core, bytes, &dirty_bytes);
    if (taken == NULL) {
        errno = ENOMEM;
    }
    return taken;
}

EXPORT heaplab_arena_mark_point heaplab_arena_mark(const struct heaplab_arena *arena)
{
    return arena->core.top;
}

EXPORT void heaplab_arena_release(struct heaplab_arena *arena, heaplab_arena_mark_point mark)
{
    if (mark > arena->core.top || mark % ARENA_ALIGNMENT != 0) {
        heap_misuse("heaplab_arena_release", arena, "a mark that an earlier release made void");
    }
    arena_core_release(&arena->core, mark);
}

EXPORT void heaplab_arena_reset(struct heaplab_arena *arena)
{
    arena_core_release(&arena->core, 0);
}

EXPORT size_t heaplab_arena_used_bytes(const struct heaplab_arena *arena)
{
    return arena->core.top;
}

EXPORT void heaplab_arena_free(struct heaplab_arena *arena)
{
    if (arena != NULL) {
        os_release(arena, arena->reserved_bytes);
    }
}

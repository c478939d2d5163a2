#include "harness/heapmap/extents.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST 64

static bool make_room(struct extents *extents)
{
    if (extents->count < extents->room) {
        return true;
    }
    size_t room = extents->room == 0 ? ROOM_LEAST : extents->room * 2;
    struct extent *items = reallocarray(extents->items, room, sizeof *items);
    if (items == NULL) {
        return false;
    }
    extents->items = items;
    extents->room = room;
    return true;
}

bool extents_add(struct extents *extents, uint64_t start, uint64_t end)
{
    if (start >= end) {
        return true;
    }
    struct extent *last = extents->count > 0 ? &extents->items[extents->count - 1] : NULL;
    if (last != NULL && start >= last->start && start <= last->end) {
        last->end = end > last->end ? end : last->end;
        return true;
    }
    if (!make_room(extents)) {
        return false;
    }
    extents->items[extents->count++] = (struct extent){start, end};
    return true;
}

static int by_start(const void *one, const void *other)
{
    uint64_t a = ((const struct extent *)one)->start;
    uint64_t b = ((const struct extent *)other)->start;
    return (a > b) - (a < b);
}

void extents_join(struct extents *extents, uint64_t gap_bytes)
{
    if (extents->count == 0) {
        return;
    }
    qsort(extents->items, extents->count, sizeof *extents->items, by_start);
    struct extent *last = &extents->items[0];
    for (size_t i = 1; i < extents->count; i++) {
        struct extent next = extents->items[i];
        if (next.start <= last->end || next.start - last->end <= gap_bytes) {
            last->end = next.end > last->end ? next.end : last->end;
        } else {
            *++last = next;
        }
    }
    extents->count = (size_t)(last - extents->items) + 1;
}

bool extents_meet(const struct extents *extents, uint64_t start, uint64_t end)
{
    size_t low = 0; /* the first extent that ends behind `start` */
    size_t high = extents->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (extents->items[middle].end > start) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low < extents->count && extents->items[low].start < end;
}

uint64_t extents_bytes(const struct extents *extents)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < extents->count; i++) {
        bytes += extents->items[i].end - extents->items[i].start;
    }
    return bytes;
}

bool extents_copy(struct extents *copy, const struct extents *extents)
{
    *copy = (struct extents){0};
    for (size_t i = 0; i < extents->count; i++) {
        if (!extents_add(copy, extents->items[i].start, extents->items[i].end)) {
            return false;
        }
    }
    return true;
}

void extents_free(struct extents *extents)
{
    free(extents->items);
    *extents = (struct extents){0};
}

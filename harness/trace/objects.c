/* The rare steps of objects.h: growing and giving back. */
#include "harness/trace/objects.h"

#include <stdlib.h>

bool objects_init(struct objects *objects, uint64_t count)
{
    *objects = (struct objects){.chunks = count / OBJECTS_CHUNK + 1};
    objects->chunk = calloc(objects->chunks, sizeof(struct chunk *));
    return objects->chunk != NULL;
}

void objects_free(struct objects *objects)
{
    for (uint64_t i = 0; objects->chunk != NULL && i < objects->chunks; i++) {
        free(objects->chunk[i]);
    }
    free((void *)objects->chunk);
    free(objects->place);
    objects->chunk = NULL;
    objects->place = NULL;
}

bool objects_new_slot(struct objects *objects, uint32_t *slot)
{
    if (objects->slots == objects->slots_capacity) {
        uint64_t capacity = objects->slots_capacity == 0 ? 1024 : 2 * (uint64_t)objects->slots;
        if (capacity > UINT32_MAX) {
            capacity = UINT32_MAX;
        }
        if (capacity == objects->slots) {
            return false;
        }
        struct place *place = reallocarray(objects->place, capacity, sizeof *place);
        if (place == NULL) {
            return false;
        }
        objects->place = place;
        objects->slots_capacity = (uint32_t)capacity;
    }
    *slot = objects->slots++;
    return true;
}

bool objects_open_chunk(struct objects *objects)
{
    uint64_t number = objects->born / OBJECTS_CHUNK;
    if (number >= objects->chunks) {
        return false;
    }
    struct chunk *chunk = calloc(1, sizeof *chunk);
    if (chunk == NULL) {
        return false;
    }
    chunk->left = OBJECTS_CHUNK;
    objects->chunk[number] = chunk;
    return true;
}

void objects_close_chunk(struct objects *objects, struct chunk *chunk, uint64_t number)
{
    objects->chunk[number / OBJECTS_CHUNK] = NULL;
    free(chunk);
}

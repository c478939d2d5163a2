/* The objects of a trace while it is decoded: from objects to slots, in memory that follows
 * the number of objects alive and not of those that ever were.
 *
 * A trace names an object by how many were born since. The table is cut into chunks; one whose
 * objects are all dead is freed. Inside harness/trace only. */
#ifndef HARNESS_TRACE_OBJECTS_H
#define HARNESS_TRACE_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECTS_CHUNK   16384
#define OBJECTS_NO_SLOT UINT32_MAX

struct chunk {
    uint32_t left;                /* not yet born, or alive */
    uint32_t slot[OBJECTS_CHUNK]; /* slot + 1; 0: no object */
};

/* What is known of a slot. */
struct place {
    uint64_t bytes;  /* of its object */
    uint32_t thread; /* that used it last */
    uint32_t epoch;  /* of that use; in an empty slot, the next in its thread's list */
};

struct objects {
    struct chunk **chunk;
    uint64_t chunks;
    uint64_t born; /* so far; an object's number is how many were born before it */
    struct place *place;
    uint32_t slots;
    uint32_t slots_max; /* no fewer than objects, as each takes one at most */
};

/* For at most `count` objects, rounded up to whole chunks. False: out of memory. */
bool objects_init(struct objects *objects, uint64_t count);
void objects_free(struct objects *objects);

/* A slot that never was. False: there are none left. */
static inline bool objects_new_slot(struct objects *objects, uint32_t *slot)
{
    if (objects->slots == objects->slots_max) {
        return false;
    }
    *slot = objects->slots++;
    return true;
}

bool objects_open_chunk(struct objects *objects);
void objects_close_chunk(struct objects *objects, struct chunk *chunk, uint64_t number);

/* An object is born in `slot`. False: too many, or out of memory. */
static inline bool objects_add(struct objects *objects, uint32_t slot)
{
    uint64_t number = objects->born;
    if (number % OBJECTS_CHUNK == 0 && !objects_open_chunk(objects)) {
        return false;
    }
    objects->chunk[number / OBJECTS_CHUNK]->slot[number % OBJECTS_CHUNK] = slot + 1;
    objects->born = number + 1;
    return true;
}

/* Finds the object born `distance` before the last. False: there is none alive. */
static inline bool objects_find(const struct objects *objects,
                                uint64_t distance,
                                struct chunk **chunk,
                                uint32_t *index)
{
    if (distance >= objects->born) {
        return false;
    }
    uint64_t number = objects->born - 1 - distance;
    *chunk = objects->chunk[number / OBJECTS_CHUNK];
    *index = (uint32_t)(number % OBJECTS_CHUNK);
    return *chunk != NULL && (*chunk)->slot[*index] != 0;
}

/* The object that objects_find just found dies. */
static inline void
objects_remove(struct objects *objects, uint64_t distance, struct chunk *chunk, uint32_t index)
{
    chunk->slot[index] = 0;
    if (--chunk->left == 0) {
        objects_close_chunk(objects, chunk, objects->born - 1 - distance);
    }
}

#endif

/* The rare steps of objects.h: taking memory and giving it back. */
#include "harness/trace/objects.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Room for all slots that there can be, resident only where it is touched: growing would copy, and
 * huge pages, where the kernel has some, spare most faults. NULL: out of memory. */
static struct place *take_places(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *places = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (places == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(places, bytes, MADV_HUGEPAGE);
    return places;
}

bool objects_init(struct objects *objects, uint64_t count)
{
    uint64_t chunks = count / OBJECTS_CHUNK + 1;
    uint64_t slots = chunks * OBJECTS_CHUNK;
    *objects = (struct objects){
        .chunks = chunks,
        .slots_max = slots < OBJECTS_NO_SLOT ? (uint32_t)slots : OBJECTS_NO_SLOT,
    };
    objects->chunk = calloc(chunks, sizeof(struct chunk *));
    objects->place = take_places(objects->slots_max * sizeof *objects->place);
    return objects->chunk != NULL && objects->place != NULL;
}

void objects_free(struct objects *objects)
{
    for (uint64_t i = 0; objects->chunk != NULL && i < objects->chunks; i++) {
        free(objects->chunk[i]);
    }
    free((void *)objects->chunk);
    if (objects->place != NULL) {
        (void)munmap(objects->place, objects->slots_max * sizeof *objects->place);
    }
    objects->chunk = NULL;
    objects->place = NULL;
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

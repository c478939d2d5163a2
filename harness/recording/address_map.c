/* Linear probing; deletion shifts back what follows, so that there are no tombstones to collect
 * over millions of frees (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). */
#include "harness/recording/address_map.h"

#include <stdlib.h>

#define CAPACITY_FIRST 1024

struct address_entry {
    uint64_t address; /* 0: free */
    uint32_t slot;
};

static size_t address_home(const struct address_map *map, uint64_t address)
{
    return (size_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->capacity - 1);
}

static void address_insert(struct address_map *map, uint64_t address, uint32_t slot)
{
    size_t at = address_home(map, address);
    while (map->entry[at].address) {
        at = (at + 1) & (map->capacity - 1);
    }
    map->entry[at] = (struct address_entry){address, slot};
}

static bool address_grow(struct address_map *map)
{
    size_t capacity = map->capacity ? 2 * map->capacity : CAPACITY_FIRST;
    struct address_map bigger = {calloc(capacity, sizeof *bigger.entry), capacity, map->count};
    if (!bigger.entry) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entry[i].address) {
            address_insert(&bigger, map->entry[i].address, map->entry[i].slot);
        }
    }
    free(map->entry);
    *map = bigger;
    return true;
}

bool address_map_put(struct address_map *map, uint64_t address, uint32_t slot)
{
    if (2 * (map->count + 1) > map->capacity && !address_grow(map)) {
        return false;
    }
    address_insert(map, address, slot);
    map->count++;
    return true;
}

uint32_t address_map_take(struct address_map *map, uint64_t address)
{
    if (map->count == 0) {
        return ADDRESS_MAP_NONE;
    }
    size_t mask = map->capacity - 1;
    size_t at = address_home(map, address);
    while (map->entry[at].address != address) {
        if (!map->entry[at].address) {
            return ADDRESS_MAP_NONE;
        }
        at = (at + 1) & mask;
    }
    uint32_t slot = map->entry[at].slot;
    for (size_t next = (at + 1) & mask; map->entry[next].address; next = (next + 1) & mask) {
        size_t home = address_home(map, map->entry[next].address);
        if (((next - home) & mask) >= ((next - at) & mask)) {
            map->entry[at] = map->entry[next];
            at = next;
        }
    }
    map->entry[at].address = 0;
    map->count--;
    return slot;
}

void address_map_free(struct address_map *map)
{
    free(map->entry);
    *map = (struct address_map){0};
}

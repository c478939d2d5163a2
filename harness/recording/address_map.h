/* A hash table from the addresses of live blocks to slots. Not thread-safe. */
#ifndef HARNESS_RECORDING_ADDRESS_MAP_H
#define HARNESS_RECORDING_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_MAP_NONE UINT32_MAX

/* All zero is an empty map. */
struct address_map {
    struct address_entry *entry;
    size_t capacity; /* a power of two */
    size_t count;
};

/* Puts an address (not 0) that is not in the map. False: memory is out. */
bool address_map_put(struct address_map *map, uint64_t address, uint32_t slot);

/* Takes an address out and returns its slot, ADDRESS_MAP_NONE where it is not there. */
uint32_t address_map_take(struct address_map *map, uint64_t address);

void address_map_free(struct address_map *map);

#endif

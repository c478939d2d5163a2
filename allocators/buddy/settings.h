/* The tunables of the buddies and the setting up of their heap. */
#ifndef ALLOCATORS_BUDDY_SETTINGS_H
#define ALLOCATORS_BUDDY_SETTINGS_H

#include "allocators/parts/tunables.h"

#include <stdbool.h>
#include <stdint.h>

/* Places in buddy_tunable, which every allocator of the family defines. */
enum {
    BUDDY_LIMIT,   /* no block reaches beyond so many bytes */
    BUDDY_INITIAL, /* so many bytes get memory when the heap is set up */
    BUDDY_TUNABLES /* how many they have in common */
};

extern struct tunable buddy_tunable[];

#define BUDDY_COMMON_TUNABLES                                                                 \
    [BUDDY_LIMIT] = {.name = "limit", .value = INT64_MAX, .least = 65536, .most = INT64_MAX}, \
    [BUDDY_INITIAL] = {.name = "initial", .value = 0, .least = 0, .most = INT64_MAX}

/* For tunable_table.refuse. */
const char *buddy_refuse(void);

/* Reserves the range and sets the heap up; false when the kernel refuses. Called with the lock
 * held. */
bool buddy_set_up(void);

#endif

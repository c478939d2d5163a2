/* Where the levels of an index lie: numbers by place in level 0, and above each 16 of a level one
 * number that sums them up, to one over all. A tree of fan-out 16 without links: whose summary a
 * number is in, its place tells. maxima.h sums up by the largest, by_size.c by the sizes there are. */
#ifndef ALLOCATORS_FIT_LEVELS_H
#define ALLOCATORS_FIT_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#define FAN_LOG2   4
#define FAN        16
#define LEVELS_MAX 9 /* 16^8 places, and the one number over all */

/* The offset of each level of `count` (> 1) numbers of a size, in bytes from the beginning of tables
 * that are zeroed and aligned to a line of the cache; returns the bytes of all, whole nodes. Upper
 * levels come first, so that they share pages. */
static inline size_t levels_offsets(size_t offset[LEVELS_MAX], uint64_t count, size_t number_bytes)
{
    uint64_t numbers[LEVELS_MAX] = {count};
    unsigned top = 0;
    while (numbers[top] > 1) {
        numbers[top + 1] = (numbers[top] + FAN - 1) / FAN;
        top++;
    }
    size_t bytes = 0;
    for (unsigned level = top + 1; level-- > 0;) {
        offset[level] = bytes;
        bytes += (size_t)((numbers[level] + FAN - 1) / FAN) * FAN * number_bytes;
    }
    for (unsigned level = top + 1; level < LEVELS_MAX; level++) {
        offset[level] = offset[top];
    }
    return bytes;
}

/* Bytes of a level that the first `count` numbers of the lowest one have a part in. */
static inline size_t levels_bytes(uint64_t count, unsigned level, size_t number_bytes)
{
    return (size_t)(((count - 1) >> FAN_LOG2 * level) + 1) * number_bytes;
}

/* Whether a place lies beyond those that the number of level `top` sums up. */
static inline int levels_lie_below(uint64_t place, unsigned top)
{
    return place >> FAN_LOG2 * top > 0;
}

#endif

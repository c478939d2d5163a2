/* Where free blocks begin: the heap is cut into regions of 64 units, and a word for each has a bit for
 * each unit. What is known of a region as a whole is in the trees above (by_address.h, by_size.h);
 * in it blocks are looked at one by one, at most 32.
 *
 * Free blocks need no links for this: an index in tables of its own is changed without a walk over
 * blocks, and a program that writes into a freed block cannot bend it. */
#ifndef ALLOCATORS_FIT_REGIONS_H
#define ALLOCATORS_FIT_REGIONS_H

#include "allocators/fit/block.h"
#include "allocators/fit/count.h"

#define REGION_LOG2  6
#define REGION_UNITS 64

/* Regions of a heap of so many units, at least two; and bytes of their words, whole lines. */
static inline uint64_t region_count(uint32_t units_most)
{
    return ((uint64_t)units_most >> REGION_LOG2) + 2;
}

static inline size_t region_table_bytes(uint32_t units_most)
{
    return (size_t)(region_count(units_most) + 7) / 8 * 8 * sizeof(uint64_t);
}

static inline uint32_t region_of(uint32_t block)
{
    return block >> REGION_LOG2;
}

static inline uint64_t region_bit(uint32_t block)
{
    return UINT64_C(1) << block % REGION_UNITS;
}

/* Takes the lowest block out of the region's bits. */
static inline uint32_t region_next(uint32_t region, uint64_t *starts)
{
    uint32_t block = region << REGION_LOG2 | (uint32_t)__builtin_ctzll(*starts);
    *starts &= *starts - 1;
    FIT_COUNT_NODE();
    return block;
}

#endif

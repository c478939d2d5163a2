/* A set of address ranges: sorted, disjoint, grown by adding. Not thread-safe; uses malloc. */
#ifndef HARNESS_HEAPMAP_EXTENTS_H
#define HARNESS_HEAPMAP_EXTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extent {
    uint64_t start, end; /* end is the first address behind */
};

/* All zero: empty. */
struct extents {
    struct extent *items;
    size_t count;
    size_t room;
};

/* Adds a range; an empty one is nothing. Ranges that touch the one added before become one with it.
 * False: out of memory. */
bool extents_add(struct extents *extents, uint64_t start, uint64_t end);

/* Sorts, and joins what overlaps or lies at most `gap_bytes` apart. */
void extents_join(struct extents *extents, uint64_t gap_bytes);

/* Whether joined extents have an address in common with the range. */
bool extents_meet(const struct extents *extents, uint64_t start, uint64_t end);

/* Sum of the lengths of joined extents. */
uint64_t extents_bytes(const struct extents *extents);

bool extents_copy(struct extents *copy, const struct extents *extents);
void extents_free(struct extents *extents);

#endif

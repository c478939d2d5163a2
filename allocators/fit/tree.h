/* A balanced tree of free blocks by size, then by address, whose nodes are the blocks themselves: 12
 * bytes of the payload. by_size.h keeps the large ones in it.
 *
 * Weight-balanced (Nievergelt and Reingold 1973) with the parameters 3 and 2, proven by Hirai and
 * Yamamoto 2011: no path is longer than log(n) / log(4/3), whatever the order of events, no random
 * number is needed, and a change needs the nodes of its own path only. */
#ifndef ALLOCATORS_FIT_TREE_H
#define ALLOCATORS_FIT_TREE_H

#include "allocators/fit/fit.h"

struct fit_node {
    uint32_t left;
    uint32_t right;
    uint32_t weight; /* nodes of the subtree */
};

/* The lowest among the smallest blocks of at least `units`; 0 without one. */
uint32_t tree_first(const struct fit_heap *heap, uint32_t units);

void tree_insert(struct fit_heap *heap, uint32_t block);

/* Removes a block that has or had `units`. */
void tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units);

#endif

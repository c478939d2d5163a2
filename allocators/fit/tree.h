/* Balanced trees of free blocks, whose nodes are the blocks themselves: 16 bytes of the payload.
 *
 * Weight-balanced (Nievergelt and Reingold 1973) with the parameters 3 and 2, proven by Hirai and
 * Yamamoto 2011: no path is longer than log(n) / log(4/3), whatever the order of events, and no
 * random number is needed. A tree is named by its root in heap->index.root.
 *
 * Two orders: by address, each node knowing the largest block of its subtree, which answers "the
 * first that is large enough, from an address on"; and by size, then address. */
#ifndef ALLOCATORS_FIT_TREE_H
#define ALLOCATORS_FIT_TREE_H

#include "allocators/fit/fit.h"

struct fit_node {
    uint32_t left;
    uint32_t right;
    uint32_t weight;  /* nodes of the subtree */
    uint32_t largest; /* units of the largest block in it; by address only */
};

/* By address. first: the lowest block of at least `units`; first_from: the lowest that begins at
 * `from` or above; 0 without one. The others are those of struct fit_policy. */
uint32_t address_tree_first(const struct fit_heap *heap, uint32_t units);
uint32_t address_tree_first_from(const struct fit_heap *heap, uint32_t from, uint32_t units);
uint32_t address_tree_largest_units(const struct fit_heap *heap);
void address_tree_insert(struct fit_heap *heap, uint32_t block);
void address_tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units);
void address_tree_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before);

/* By size. first: the lowest among the smallest blocks of at least `units`. */
uint32_t size_tree_first(const struct fit_heap *heap, uint32_t units);
void size_tree_insert(struct fit_heap *heap, uint32_t block);
void size_tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units);
void size_tree_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before);

#endif

/* worst-fit: the largest free block, if it is large enough; among equals the lowest. The tree's root
 * knows how large that is, so it is the first block of that size. */
#include "allocators/fit/tree.h"

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    uint32_t largest = address_tree_largest_units(heap);
    return largest >= units ? address_tree_first(heap, largest) : 0;
}

const struct fit_policy fit_worst = {
    .name = "worst-fit",
    .find = find,
    .insert = address_tree_insert,
    .remove = address_tree_remove,
    .move = address_tree_move,
};

FIT_OF_LIBRARY(fit_worst);

/* worst-fit: the largest free block, if it is large enough; among equals the lowest. The index
 * knows how large that is, so it is the first block of that size. */
#include "allocators/fit/by_address.h"

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    uint32_t largest = address_largest_units(heap);
    return largest >= units ? address_first(heap, largest) : 0;
}

const struct fit_policy fit_worst = {
    .name = "worst-fit",
    .lay_out = address_lay_out,
    .walk_tables = address_walk_tables,
    .find = find,
    .insert = address_insert,
    .remove = address_remove,
    .move = address_move,
};

FIT_OF_LIBRARY(fit_worst);

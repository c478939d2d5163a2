/* next-fit: the lowest free block that is large enough and lies behind the block placed last; where
 * there is none, the lowest of all. Knuth's modified first fit with a roving pointer (TAOCP 1, 2.5,
 * exercise 6), free blocks in address order. */
#include "allocators/fit/by_address.h"

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    uint32_t block = address_first_from(heap, heap->rover, units);
    return block != 0 ? block : address_first(heap, units);
}

const struct fit_policy fit_next = {
    .name = "next-fit",
    .lay_out = address_lay_out,
    .walk_tables = address_walk_tables,
    .find = find,
    .insert = address_insert,
    .remove = address_remove,
    .move = address_move,
};

FIT_OF_LIBRARY(fit_next);

/* first-fit-lifo: the block freed last that is large enough. Another policy than first-fit, by which
 * many textbooks' figures were made: the list is in the order of frees, and the search is O(n).
 *
 * A block that grew by a merge, and what is left of a block that was split, count as freed now. */
#include "allocators/fit/list.h"

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    uint32_t block = heap->index.list;
    while (block != 0 && fit_units(heap, block) < units) {
        block = list_link(heap, block)->next;
    }
    return block;
}

static void insert(struct fit_heap *heap, uint32_t block)
{
    list_push(heap, &heap->index.list, block);
}

static void drop(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    (void)units;
    list_unlink(heap, &heap->index.list, block);
}

static void move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    drop(heap, from, units_before);
    insert(heap, to);
}

const struct fit_policy fit_first_lifo = {
    .name = "first-fit-lifo",
    .find = find,
    .insert = insert,
    .remove = drop,
    .move = move,
};

FIT_OF_LIBRARY(fit_first_lifo);

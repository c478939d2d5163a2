/* The fit policies as the textbook tells them: an array of free blocks in address order, searched
 * from its beginning to its end (for LIFO first fit: for the one freed last). Obviously right and O(n): what the trees are held against. It keeps
 * addresses only, no tags, no memory.
 *
 * It follows the same choices as allocators/fit (README.md there): the top, what is split off, when
 * blocks are merged, where the rover goes. */
#ifndef TESTS_UNIT_FIT_NAIVE_H
#define TESTS_UNIT_FIT_NAIVE_H

#include "allocators/fit/fit.h"

enum naive_policy {
    NAIVE_FIRST,
    NAIVE_NEXT,
    NAIVE_BEST,
    NAIVE_WORST,
    NAIVE_LIFO
};

struct naive_heap {
    enum naive_policy policy;
    enum fit_coalesce coalesce;
    uint32_t end;
    uint32_t end_least;
    uint32_t end_most;
    uint32_t rover;
    uint32_t freed_unmerged;
    uint64_t used;
    uint32_t *address; /* of the free blocks, ascending */
    uint32_t *units;
    uint64_t *freed; /* when, by a clock that each free block moves on */
    uint64_t clock;
    size_t count;
    size_t room;
};

/* A live block, which its holder keeps; address 0: none. */
struct naive_block {
    uint32_t address;
    uint32_t units;
};

void naive_init(struct naive_heap *heap,
                enum naive_policy policy,
                enum fit_coalesce coalesce,
                uint32_t initial_units,
                uint32_t end_most);
void naive_forget(struct naive_heap *heap);

struct naive_block naive_allocate(struct naive_heap *heap, uint64_t bytes);
struct naive_block
naive_allocate_aligned(struct naive_heap *heap, uint64_t alignment, uint64_t bytes);
void naive_free(struct naive_heap *heap, struct naive_block block);

/* In place; false, with nothing changed, where that does not do. */
bool naive_resize(struct naive_heap *heap, struct naive_block *block, uint64_t bytes);

#endif

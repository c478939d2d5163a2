/* first-fit-lifo: the block freed last that is large enough. Another policy than first-fit, by which
 * many textbooks' figures were made: a list in the order of frees, searched from the newest on.
 *
 * A block that grew by a merge, and what is left of a block that was split, count as freed now.
 *
 * Here the list is an array: a block gets the next number, its stamp, when it is freed, and the first
 * of the list that is large enough is the last stamp whose block is (maxima.h). Stamps of blocks that
 * are used again are empty places; those at the end are given out again, and when half of all are
 * empty the others close up, which costs each free a few steps. */
#include "allocators/fit/block.h"

#define STAMPS_LEAST 1024 /* so few do not close up */

static uint32_t *stamp_of(const struct fit_heap *heap, uint32_t block)
{
    return (uint32_t *)(void *)fit_payload(heap, block);
}

/* Twice as many stamps as there can be free blocks: a quarter of the units where neighbours merge, and
 * half of the rest that the index leaves for the heap where they do not. */
static size_t lay_out(struct fit_heap *heap, uint32_t units_most, char *tables)
{
    struct fit_stamp_index *index = &heap->index.by_stamp;
    uint64_t stamps = ((uint64_t)units_most / 2 / FAN + STAMPS_LEAST) * FAN;
    size_t bytes = (size_t)stamps * sizeof *index->block;
    if (tables != NULL) {
        index->block = (uint32_t *)(void *)tables;
        index->most = (uint32_t)stamps;
        tables += bytes;
    }
    return bytes + maxima_lay_out(&index->units, stamps, tables);
}

static void walk_tables(const struct fit_heap *heap, fit_visit_table *visit, void *context)
{
    const struct fit_stamp_index *index = &heap->index.by_stamp;
    visit(context, index->block, (size_t)index->next * sizeof *index->block);
    maxima_walk(&index->units, (uint64_t)index->next + 1, visit, context);
}

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    uint32_t stamp = maxima_last(&heap->index.by_stamp.units, units);
    return stamp == MAXIMA_NONE ? 0 : heap->index.by_stamp.block[stamp];
}

static void put(struct fit_heap *heap, uint32_t stamp, uint32_t block)
{
    heap->index.by_stamp.block[stamp] = block;
    *stamp_of(heap, block) = stamp;
    maxima_set(&heap->index.by_stamp.units, stamp, fit_units(heap, block));
}

static void empty(struct fit_stamp_index *index, uint32_t stamp)
{
    index->block[stamp] = 0;
    maxima_set(&index->units, stamp, 0);
}

/* A block takes another stamp, a lower one. */
static void lower(struct fit_heap *heap, uint32_t block, uint32_t from, uint32_t to)
{
    if (!fit_is_sound_free(heap, block)) {
        fit_header_overwritten(heap, "free", block);
    }
    empty(&heap->index.by_stamp, from);
    put(heap, to, block);
}

static void close_up(struct fit_heap *heap)
{
    struct fit_stamp_index *index = &heap->index.by_stamp;
    uint32_t filled = 0;
    for (uint32_t stamp = 0; stamp < index->next; stamp++) {
        uint32_t block = index->block[stamp];
        if (block != 0 && stamp != filled) {
            lower(heap, block, stamp, filled);
        }
        filled += block != 0;
    }
    index->next = filled;
}

static void insert(struct fit_heap *heap, uint32_t block)
{
    struct fit_stamp_index *index = &heap->index.by_stamp;
    if (index->next == index->most || index->next / 2 > heap->free_blocks + STAMPS_LEAST) {
        close_up(heap);
    }
    put(heap, index->next++, block);
}

static void drop(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    (void)units;
    struct fit_stamp_index *index = &heap->index.by_stamp;
    uint32_t stamp = *stamp_of(heap, block);
    if (stamp >= index->next || index->block[stamp] != block) {
        fit_links_overwritten(heap, block);
    }
    empty(index, stamp);
    while (index->next > 0 && index->block[index->next - 1] == 0) {
        index->next--;
    }
}

static void move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    drop(heap, from, units_before);
    insert(heap, to);
}

const struct fit_policy fit_first_lifo = {
    .name = "first-fit-lifo",
    .lay_out = lay_out,
    .walk_tables = walk_tables,
    .find = find,
    .insert = insert,
    .remove = drop,
    .move = move,
};

FIT_OF_LIBRARY(fit_first_lifo);

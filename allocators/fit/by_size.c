/* Free blocks by size, then by address (by_size.h). */
#include "allocators/fit/by_size.h"

#include "allocators/fit/regions.h"
#include "allocators/fit/tree.h"

#define SMALL_UNITS \
    64 /* from here on blocks are in the tree: a bit of a word for each size below */

size_t size_lay_out(struct fit_heap *heap, uint32_t units_most, char *tables)
{
    struct fit_size_index *index = &heap->index.by_size;
    size_t bytes = region_table_bytes(units_most);
    size_t offset[LEVELS_MAX];
    for (unsigned level = 0; level < LEVELS_MAX && tables != NULL; level++) {
        levels_offsets(offset, region_count(units_most), sizeof **index->sizes);
        index->starts = (uint64_t *)(void *)tables;
        index->sizes[level] = (uint64_t *)(void *)(tables + bytes + offset[level]);
    }
    index->top = 1;
    return bytes + levels_offsets(offset, region_count(units_most), sizeof **index->sizes);
}

void size_walk_tables(const struct fit_heap *heap, fit_visit_table *visit, void *context)
{
    const struct fit_size_index *index = &heap->index.by_size;
    size_t regions = region_of(heap->end_highest) + 1;
    visit(context, index->starts, regions * sizeof *index->starts);
    for (unsigned level = 0; level <= index->top; level++) {
        const uint64_t *sizes = index->sizes[level];
        visit(context, sizes, levels_bytes(regions, level, sizeof *sizes));
    }
}

static void add_size(struct fit_size_index *index, uint32_t region, uint32_t units)
{
    uint64_t size = UINT64_C(1) << units;
    while (levels_lie_below(region, index->top)) {
        index->sizes[index->top + 1][0] = index->sizes[index->top][0];
        index->top++;
    }
    for (unsigned level = 0; level <= index->top; level++, region >>= FAN_LOG2) {
        FIT_COUNT_NODE();
        if ((index->sizes[level][region] & size) != 0) {
            return; /* the levels above know */
        }
        index->sizes[level][region] |= size;
    }
}

static bool has_size(const struct fit_heap *heap, uint32_t region, uint32_t units)
{
    uint64_t starts = heap->index.by_size.starts[region];
    while (starts != 0) {
        if (fit_units(heap, region_next(region, &starts)) == units) {
            return true;
        }
    }
    return false;
}

/* The sizes in the node of 16 words that the place belongs to. */
static uint64_t sizes_around(const uint64_t *level, uint32_t place)
{
    FIT_COUNT_NODE();
    const uint64_t *node = &level[place & ~(uint32_t)(FAN - 1)];
    uint64_t sizes = 0;
    for (int i = 0; i < FAN; i++) {
        sizes |= node[i];
    }
    return sizes;
}

static void drop_size(struct fit_size_index *index, uint32_t region, uint32_t units)
{
    uint64_t size = UINT64_C(1) << units;
    index->sizes[0][region] &= ~size;
    for (unsigned level = 0; level < index->top; level++) {
        if ((sizes_around(index->sizes[level], region) & size) != 0) {
            return;
        }
        region >>= FAN_LOG2;
        index->sizes[level + 1][region] &= ~size;
    }
}

/* The lowest region in which a block of this size begins; there is one. */
static uint32_t first_region(const struct fit_size_index *index, uint64_t size)
{
    uint32_t region = 0;
    for (unsigned level = index->top; level-- > 0;) {
        FIT_COUNT_NODE();
        region <<= FAN_LOG2;
        while ((index->sizes[level][region] & size) == 0) {
            region++;
        }
    }
    return region;
}

static uint32_t first_small(const struct fit_heap *heap, uint64_t sizes)
{
    uint32_t units = (uint32_t)__builtin_ctzll(sizes);
    uint32_t region = first_region(&heap->index.by_size, sizes & -sizes);
    uint64_t starts = heap->index.by_size.starts[region];
    while (starts != 0) {
        uint32_t block = region_next(region, &starts);
        if (fit_units(heap, block) == units) {
            return block;
        }
    }
    fit_region_overwritten(heap, region << REGION_LOG2, heap->index.by_size.starts[region]);
}

uint32_t size_first(const struct fit_heap *heap, uint32_t units)
{
    const struct fit_size_index *index = &heap->index.by_size;
    uint64_t sizes = units < SMALL_UNITS ? index->sizes[index->top][0] >> units << units : 0;
    return sizes != 0 ? first_small(heap, sizes) : tree_first(heap, units);
}

void size_insert(struct fit_heap *heap, uint32_t block)
{
    uint32_t units = fit_units(heap, block);
    uint32_t region = region_of(block);
    if (units >= SMALL_UNITS) {
        tree_insert(heap, block);
        return;
    }
    heap->index.by_size.starts[region] |= region_bit(block);
    add_size(&heap->index.by_size, region, units);
}

void size_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint32_t region = region_of(block);
    if (units >= SMALL_UNITS) {
        tree_remove(heap, block, units);
        return;
    }
    heap->index.by_size.starts[region] &= ~region_bit(block);
    if (!has_size(heap, region, units)) {
        drop_size(&heap->index.by_size, region, units);
    }
}

void size_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    size_remove(heap, from, units_before);
    size_insert(heap, to);
}

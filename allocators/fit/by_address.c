/* Free blocks by address (by_address.h). */
#include "allocators/fit/by_address.h"

#include "allocators/fit/regions.h"

size_t address_lay_out(struct fit_heap *heap, uint32_t units_most, char *tables)
{
    struct fit_address_index *index = &heap->index.by_address;
    size_t bytes = region_table_bytes(units_most);
    if (tables != NULL) {
        index->starts = (uint64_t *)(void *)tables;
        tables += bytes;
    }
    return bytes + maxima_lay_out(&index->largest, region_count(units_most), tables);
}

void address_walk_tables(const struct fit_heap *heap, fit_visit_table *visit, void *context)
{
    const struct fit_address_index *index = &heap->index.by_address;
    size_t regions = region_of(heap->end_highest) + 1;
    visit(context, index->starts, regions * sizeof *index->starts);
    maxima_walk(&index->largest, regions, visit, context);
}

/* Units of the largest of these blocks of a region. Headers are proven when a block is taken, and not
 * here: one that is overwritten may say anything that maxima can hold. */
static uint32_t largest_of(const struct fit_heap *heap, uint32_t region, uint64_t starts)
{
    uint32_t largest = 0;
    while (starts != 0) {
        uint32_t units = fit_units(heap, region_next(region, &starts));
        largest = units > largest ? units : largest;
    }
    return largest & INT32_MAX;
}

/* The first of these blocks of a region that has `units`; 0 without one. */
static uint32_t
first_of(const struct fit_heap *heap, uint32_t region, uint64_t starts, uint32_t units)
{
    while (starts != 0) {
        uint32_t block = region_next(region, &starts);
        if (fit_units(heap, block) >= units) {
            return block;
        }
    }
    return 0;
}

static void grown(struct fit_address_index *index, uint32_t region, uint32_t units)
{
    if (maxima_at(&index->largest, region) < units) {
        maxima_set(&index->largest, region, units);
    }
}

/* A block of `units` of the region is gone, or smaller. */
static void lessened(struct fit_heap *heap, uint32_t region, uint32_t units)
{
    struct fit_address_index *index = &heap->index.by_address;
    if (maxima_at(&index->largest, region) == units) {
        maxima_set(&index->largest, region, largest_of(heap, region, index->starts[region]));
    }
}

void address_insert(struct fit_heap *heap, uint32_t block)
{
    struct fit_address_index *index = &heap->index.by_address;
    uint32_t region = region_of(block);
    index->starts[region] |= region_bit(block);
    grown(index, region, fit_units(heap, block));
}

void address_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint32_t region = region_of(block);
    heap->index.by_address.starts[region] &= ~region_bit(block);
    lessened(heap, region, units);
}

void address_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    struct fit_address_index *index = &heap->index.by_address;
    uint32_t units = fit_units(heap, to);
    index->starts[region_of(from)] &= ~region_bit(from);
    index->starts[region_of(to)] |= region_bit(to);
    grown(index, region_of(to), units);
    if (units < units_before || region_of(from) != region_of(to)) {
        lessened(heap, region_of(from), units_before);
    }
}

uint32_t address_largest_units(const struct fit_heap *heap)
{
    return maxima_largest(&heap->index.by_address.largest);
}

/* The first block of a region that is known to have one. */
static uint32_t first_in(const struct fit_heap *heap, uint32_t region, uint32_t units)
{
    uint64_t starts = heap->index.by_address.starts[region];
    uint32_t block = first_of(heap, region, starts, units);
    if (block == 0) {
        fit_region_overwritten(heap, region << REGION_LOG2, starts);
    }
    return block;
}

uint32_t address_first(const struct fit_heap *heap, uint32_t units)
{
    uint32_t region = maxima_first(&heap->index.by_address.largest, units);
    return region == MAXIMA_NONE ? 0 : first_in(heap, region, units);
}

uint32_t address_first_from(const struct fit_heap *heap, uint32_t from, uint32_t units)
{
    const struct fit_address_index *index = &heap->index.by_address;
    if (maxima_largest(&index->largest) < units) {
        return 0;
    }
    uint32_t region = region_of(from);
    uint64_t starts = index->starts[region] & (UINT64_MAX << from % REGION_UNITS);
    uint32_t block = first_of(heap, region, starts, units);
    if (block != 0) {
        return block;
    }
    region = maxima_first_from(&index->largest, region + 1, units);
    return region == MAXIMA_NONE ? 0 : first_in(heap, region, units);
}

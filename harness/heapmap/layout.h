/* Where each address stands in a picture: cells of a fixed number of bytes in rows of a fixed
 * number of cells, addresses ascending. Long stretches without any memory are cut out. */
#ifndef HARNESS_HEAPMAP_LAYOUT_H
#define HARNESS_HEAPMAP_LAYOUT_H

#include "harness/heapmap/extents.h"

#define LAYOUT_CELL_BYTES_LEAST 16 /* the granule of malloc: no block is smaller */
#define LAYOUT_MARK_CELLS       4  /* of a cut inside a row: white, two of the mark, white */

/* What is shown without a cut, beginning and ending at whole cells. */
struct layout_range {
    uint64_t start, end;
    size_t first_cell;
    bool is_on_new_row; /* with a row of the mark above it; else behind a mark in the row */
};

struct layout {
    uint64_t lowest; /* address of the heap's lowest byte */
    uint64_t cell_bytes;
    size_t columns, rows;
    struct layout_range *ranges;
    size_t range_count;
    uint64_t cut_bytes; /* addresses left out at all cuts */
};

/* Lays out all addresses of joined extents in at most columns_most columns (a power of two from
 * 64 on) and no more rows than columns, as fine as that allows. False: out of memory. */
bool layout_make(struct layout *layout, const struct extents *extents, size_t columns_most);
void layout_free(struct layout *layout);

/* The range that holds the address, or the next one; NULL when none follows. */
const struct layout_range *layout_find(const struct layout *layout, uint64_t address);

#endif

#include "harness/heapmap/layout.h"

#include <stdlib.h>

#define COLUMNS_LEAST 64
#define CUT_LEAST     UINT64_C(65536) /* a shorter gap is shown */
#define CUT_SHARE     64              /* and so is one below this part of all that is covered */
#define CUT_MARKS     UINT64_C(2)     /* and one that is no longer than so many marks */

static size_t range_cells(const struct layout *layout, const struct layout_range *range)
{
    return (size_t)((range->end - range->start) / layout->cell_bytes);
}

/* Gives every range its place for the columns that the layout has; sets the rows. */
static void place_ranges(struct layout *layout)
{
    size_t next = 0; /* first cell that is not taken */
    size_t columns = layout->columns;
    for (size_t i = 0; i < layout->range_count; i++) {
        struct layout_range *range = &layout->ranges[i];
        size_t cells = range_cells(layout, range);
        range->is_on_new_row = i == 0 || cells >= columns;
        if (i > 0 && range->is_on_new_row) {
            next = (next + columns - 1) / columns * columns + columns;
        } else if (i > 0) {
            next += LAYOUT_MARK_CELLS;
        }
        range->first_cell = next;
        next += cells;
    }
    layout->rows = (next + columns - 1) / columns;
}

static uint64_t cut_above(const struct layout *layout, uint64_t covered)
{
    uint64_t cut = covered / CUT_SHARE;
    uint64_t marks = CUT_MARKS * LAYOUT_MARK_CELLS * layout->cell_bytes;
    cut = cut > CUT_LEAST ? cut : CUT_LEAST;
    return cut > marks ? cut : marks;
}

/* Turns the extents, joined over gaps that are shown, into ranges of whole cells. */
static void fill_ranges(struct layout *layout, const struct extents *joined)
{
    layout->range_count = joined->count;
    layout->cut_bytes = 0;
    for (size_t i = 0; i < joined->count; i++) {
        uint64_t cell = layout->cell_bytes;
        layout->ranges[i] = (struct layout_range){
            .start = joined->items[i].start / cell * cell,
            .end = (joined->items[i].end + cell - 1) / cell * cell,
        };
        if (i > 0) {
            layout->cut_bytes += layout->ranges[i].start - layout->ranges[i - 1].end;
        }
    }
}

/* Whether some number of columns has room for the layout's cell size. */
static bool fit_columns(struct layout *layout, size_t columns_most)
{
    for (layout->columns = COLUMNS_LEAST; layout->columns <= columns_most; layout->columns *= 2) {
        place_ranges(layout);
        if (layout->rows <= layout->columns) {
            return true;
        }
    }
    return false;
}

bool layout_make(struct layout *layout, const struct extents *extents, size_t columns_most)
{
    struct extents joined = {0};
    uint64_t covered = extents_bytes(extents);
    *layout = (struct layout){
        .lowest = extents->count > 0 ? extents->items[0].start : 0,
        .cell_bytes = LAYOUT_CELL_BYTES_LEAST,
        .columns = COLUMNS_LEAST,
    };
    layout->ranges = calloc(extents->count + 1, sizeof *layout->ranges);
    if (layout->ranges == NULL || !extents_copy(&joined, extents)) {
        extents_free(&joined);
        layout_free(layout);
        return false;
    }
    for (;; layout->cell_bytes *= 2) {
        extents_join(&joined, cut_above(layout, covered));
        fill_ranges(layout, &joined);
        if (fit_columns(layout, columns_most)) {
            break;
        }
    }
    extents_free(&joined);
    return true;
}

void layout_free(struct layout *layout)
{
    free(layout->ranges);
    *layout = (struct layout){0};
}

const struct layout_range *layout_find(const struct layout *layout, uint64_t address)
{
    size_t low = 0;
    size_t high = layout->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (layout->ranges[middle].end > address) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low < layout->range_count ? &layout->ranges[low] : NULL;
}

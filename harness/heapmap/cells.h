/* What the chart scripts draw from, below DIR/cells/: the cells of each frame in two sizes, and
 * beside them as CSV where the rows and columns stand and what the colours mean. plots/README.md
 * describes the files. */
#ifndef HARNESS_HEAPMAP_CELLS_H
#define HARNESS_HEAPMAP_CELLS_H

#include "harness/error.h"
#include "harness/heapmap/raster.h"

#include <linux/limits.h>

/* A picture by itself, and one of a strip. */
enum cells_size {
    CELLS_LARGE,
    CELLS_SMALL,
    CELLS_SIZES
};

struct cells {
    char folder[PATH_MAX];
    enum map_by by;
    struct layout layout[CELLS_SIZES];
};

/* Lays out pictures for all addresses of the joined extents, makes the folder and writes what is
 * the same for all frames. Ends with cells_free, also after a failure. */
bool cells_open(struct cells *cells,
                const char *folder,
                const struct extents *extents,
                enum map_by by,
                struct error *error);

/* Writes the frame's cells. */
bool cells_write(const struct cells *cells, const struct frame *frame, struct error *error);

/* Writes the key, which tells of free memory as the heap walk does or as residence does. */
bool cells_write_key(const struct cells *cells, bool has_walk, struct error *error);

void cells_free(struct cells *cells);

#endif

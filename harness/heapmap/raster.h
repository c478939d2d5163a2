/* From the regions of a frame to coloured cells: three bytes (red, green, blue) for each, rows from
 * the lowest address on. A cell mixes the colours of what it holds, by bytes; of blocks it shows
 * the shade with the most bytes, as two mixed would look like a third. */
#ifndef HARNESS_HEAPMAP_RASTER_H
#define HARNESS_HEAPMAP_RASTER_H

#include "harness/heapmap/layout.h"
#include "harness/heapmap/palette.h"

/* The cells of the picture; the caller frees them. NULL: out of memory. The layout covers the
 * frame's regions. */
struct colour *raster_frame(const struct layout *layout, const struct frame *frame, enum map_by by);

#endif

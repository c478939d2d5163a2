/* What is told apart in a picture, and by which colours. They ascend in brightness and stay apart
 * for the colour-blind and in a grey print: blocks after viridis (Smith and van der Walt) or Okabe
 * and Ito, all else by kind. */
#ifndef HARNESS_HEAPMAP_PALETTE_H
#define HARNESS_HEAPMAP_PALETTE_H

#include "harness/heapmap/frames.h"

#include <stdint.h>

enum map_by {
    MAP_BY_KIND,
    MAP_BY_CLASS,
    MAP_BY_AGE
};

/* Shades beside those of blocks, which follow. */
enum {
    SHADE_METADATA,
    SHADE_FREE,  /* or resident without a live block */
    SHADE_SLACK, /* by kind only: usable but not asked for */
    SHADE_BLOCKS,
    SHADES_MAX = SHADE_BLOCKS + 10
};

struct colour {
    uint8_t red, green, blue;
};

extern const struct colour colour_outside;   /* of no address */
extern const struct colour colour_cut;       /* the mark of a cut */
extern const struct colour colour_untouched; /* between what there is: no memory, or none yet */
extern const struct colour colour_dot;       /* sprinkled over it, for a grey print */

/* The number of shades; the last is for blocks that are not the stream's, except by kind. */
unsigned palette_shades(enum map_by by);
struct colour palette_colour(enum map_by by, unsigned shade);

/* Whether frames with or without a heap walk may have the shade. */
bool palette_has(enum map_by by, unsigned shade, bool has_walk);

/* What the key says of a shade. */
const char *palette_label(enum map_by by, unsigned shade, bool has_walk);

/* The shade of a region as a whole (never SHADE_SLACK). */
unsigned palette_shade(enum map_by by, const struct map_region *region);

#endif

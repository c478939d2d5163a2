#include "harness/heapmap/raster.h"

#include <stdlib.h>
#include <string.h>

#define DOT_EVERY 4  /* cells across and down */
#define LEVELS    16 /* of a mixture: animated files bear few colours */

/* Bytes of each shade in each cell. */
struct census {
    const struct layout *layout;
    uint64_t (*cell)[SHADES_MAX];
};

/* Counts the addresses from `start` to `end`, which lie in one range. */
static void count_bytes(const struct census *census, uint64_t start, uint64_t end, unsigned shade)
{
    const struct layout *layout = census->layout;
    const struct layout_range *range = layout_find(layout, start);
    if (range == NULL || start < range->start) {
        return;
    }
    while (start < end) {
        size_t step = (size_t)((start - range->start) / layout->cell_bytes);
        uint64_t cell_end = range->start + (step + 1) * layout->cell_bytes;
        uint64_t part_end = end < cell_end ? end : cell_end;
        census->cell[range->first_cell + step][shade] += part_end - start;
        start = part_end;
    }
}

static void
count_region(const struct census *census, const struct map_region *region, enum map_by by)
{
    uint64_t end = region->address + region->bytes;
    uint64_t used_end = end;
    if (by == MAP_BY_KIND && region->has_object && region->requested_bytes < region->bytes) {
        used_end = region->address + region->requested_bytes;
    }
    count_bytes(census, region->address, used_end, palette_shade(by, region));
    count_bytes(census, used_end, end, SHADE_SLACK);
}

/* ---- Colours ---- */

struct mixture {
    double red, green, blue;
    uint64_t bytes;
};

static void mix(struct mixture *mixture, struct colour colour, uint64_t bytes)
{
    mixture->red += (double)colour.red * (double)bytes;
    mixture->green += (double)colour.green * (double)bytes;
    mixture->blue += (double)colour.blue * (double)bytes;
    mixture->bytes += bytes;
}

static uint8_t mixed(double sum, uint64_t bytes)
{
    return (uint8_t)(sum / (double)bytes + 0.5);
}

/* Shares in whole levels, so that few colours arise; what there is at all shows. */
static uint64_t level(uint64_t bytes, uint64_t cell_bytes)
{
    uint64_t levels = (bytes * LEVELS + cell_bytes / 2) / cell_bytes;
    return levels == 0 && bytes > 0 ? 1 : levels;
}

static struct colour
cell_colour(const uint64_t bytes[SHADES_MAX], uint64_t cell_bytes, enum map_by by, bool is_dot)
{
    struct mixture mixture = {0};
    uint64_t block_bytes = 0;
    uint64_t covered = 0;
    unsigned most = SHADE_BLOCKS;
    for (unsigned shade = 0; shade < palette_shades(by); shade++) {
        covered += bytes[shade];
        if (shade < SHADE_BLOCKS) {
            mix(&mixture, palette_colour(by, shade), level(bytes[shade], cell_bytes));
        } else {
            block_bytes += bytes[shade];
            most = bytes[shade] > bytes[most] ? shade : most;
        }
    }
    mix(&mixture, palette_colour(by, most), level(block_bytes, cell_bytes));
    if (covered < cell_bytes) {
        mix(&mixture,
            is_dot ? colour_dot : colour_untouched,
            level(cell_bytes - covered, cell_bytes));
    }
    return (struct colour){mixed(mixture.red, mixture.bytes),
                           mixed(mixture.green, mixture.bytes),
                           mixed(mixture.blue, mixture.bytes)};
}

static void paint_range(const struct census *census,
                        const struct layout_range *range,
                        struct colour *picture,
                        enum map_by by)
{
    const struct layout *layout = census->layout;
    size_t cells = (size_t)((range->end - range->start) / layout->cell_bytes);
    for (size_t i = range->first_cell; i < range->first_cell + cells; i++) {
        bool is_dot = i / layout->columns % DOT_EVERY == 0 && i % layout->columns % DOT_EVERY == 0;
        picture[i] = cell_colour(census->cell[i], layout->cell_bytes, by, is_dot);
    }
}

/* A whole row above the range, or the middle of the mark before it. */
static void
paint_cut(const struct layout *layout, const struct layout_range *range, struct colour *picture)
{
    size_t from = range->first_cell - LAYOUT_MARK_CELLS + 1;
    size_t cells = LAYOUT_MARK_CELLS - 2;
    if (range->is_on_new_row) {
        from = range->first_cell - layout->columns;
        cells = layout->columns;
    }
    for (size_t i = from; i < from + cells; i++) {
        picture[i] = colour_cut;
    }
}

struct colour *raster_frame(const struct layout *layout, const struct frame *frame, enum map_by by)
{
    size_t cells = layout->rows * layout->columns;
    struct colour *picture = malloc((cells + 1) * sizeof *picture);
    struct census census = {layout, calloc(cells + 1, sizeof *census.cell)};
    if (picture == NULL || census.cell == NULL) {
        free(picture);
        free(census.cell);
        return NULL;
    }
    for (size_t i = 0; i < frame->count; i++) {
        count_region(&census, &frame->regions[i], by);
    }
    for (size_t i = 0; i < cells; i++) {
        picture[i] = colour_outside;
    }
    for (size_t i = 0; i < layout->range_count; i++) {
        paint_range(&census, &layout->ranges[i], picture, by);
        if (i > 0) {
            paint_cut(layout, &layout->ranges[i], picture);
        }
    }
    free(census.cell);
    return picture;
}

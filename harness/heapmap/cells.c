#include "harness/heapmap/cells.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TICKS_MOST 10

static const struct {
    const char *name;
    size_t columns_most;
} sizes[CELLS_SIZES] = {{"large", 512}, {"small", 128}};

static bool write_failed(const char *path, struct error *error)
{
    return error_set(error,
                     "cannot write \"%s\": %s; choose another folder with --output",
                     path,
                     strerror(errno));
}

static FILE *create(const struct cells *cells, const char *name, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", cells->folder, name);
    return fopen(path, "we");
}

static bool finish(FILE *file, const char *path, struct error *error)
{
    bool ok = ferror(file) == 0;
    ok = fclose(file) == 0 && ok;
    return ok || write_failed(path, error);
}

static void print_bytes(char *text, size_t room, const char *before, uint64_t bytes)
{
    if (bytes == 0) {
        (void)snprintf(text, room, "%s0", before);
        return;
    }
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(text, room, "%s%.4g %s", before, value, units[unit]);
}

/* Rows between ticks: a power of two. */
static size_t tick_rows(const struct layout *layout)
{
    size_t rows = 1;
    while (layout->rows / rows > TICKS_MOST) {
        rows *= 2;
    }
    return rows;
}

/* Addresses at the beginnings of rows: from the lowest on, but in a later range from its own start
 * on, with a plus, as the distance from the lowest would have too many digits. */
static void print_range_ticks(FILE *file,
                              enum cells_size size,
                              const struct layout *layout,
                              const struct layout_range *range)
{
    uint64_t row_bytes = layout->columns * layout->cell_bytes;
    size_t row = range->first_cell / layout->columns;
    size_t step = tick_rows(layout);
    bool is_first = range == layout->ranges;
    for (uint64_t at = range->start; at < range->end; at += step * row_bytes, row += step) {
        char label[48];
        if (!is_first && at == range->start) {
            print_bytes(label, sizeof label, "→ ", at - layout->ranges[0].start);
        } else {
            print_bytes(label, sizeof label, is_first ? "" : "+", at - range->start);
        }
        (void)fprintf(file, "%s,%zu,\"%s\"\n", sizes[size].name, row, label);
    }
}

static void print_ticks(FILE *file, enum cells_size size, const struct layout *layout)
{
    for (size_t i = 0; i < layout->range_count; i++) {
        if (layout->ranges[i].is_on_new_row) {
            print_range_ticks(file, size, layout, &layout->ranges[i]);
        }
    }
}

static bool write_layouts(const struct cells *cells, struct error *error)
{
    char path[PATH_MAX];
    FILE *file = create(cells, "layout.csv", path);
    if (file == NULL) {
        return write_failed(path, error);
    }
    (void)fputs("size,columns,rows,cell_bytes,cuts,cut_bytes\n", file);
    for (enum cells_size size = 0; size < CELLS_SIZES; size++) {
        const struct layout *layout = &cells->layout[size];
        size_t cuts = layout->range_count > 0 ? layout->range_count - 1 : 0;
        (void)fprintf(file,
                      "%s,%zu,%zu,%" PRIu64 ",%zu,%" PRIu64 "\n",
                      sizes[size].name,
                      layout->columns,
                      layout->rows,
                      layout->cell_bytes,
                      cuts,
                      layout->cut_bytes);
    }
    if (!finish(file, path, error)) {
        return false;
    }
    file = create(cells, "ticks.csv", path);
    if (file == NULL) {
        return write_failed(path, error);
    }
    (void)fputs("size,row,label\n", file);
    for (enum cells_size size = 0; size < CELLS_SIZES; size++) {
        print_ticks(file, size, &cells->layout[size]);
    }
    return finish(file, path, error);
}

bool cells_open(struct cells *cells,
                const char *folder,
                const struct extents *extents,
                enum map_by by,
                struct error *error)
{
    *cells = (struct cells){.by = by};
    (void)snprintf(cells->folder, sizeof cells->folder, "%s/cells", folder);
    if (mkdir(cells->folder, 0777) != 0 && errno != EEXIST) {
        return error_set(
            error, "cannot make the folder \"%s\": %s", cells->folder, strerror(errno));
    }
    for (enum cells_size size = 0; size < CELLS_SIZES; size++) {
        if (!layout_make(&cells->layout[size], extents, sizes[size].columns_most)) {
            return error_set(error, "cannot lay out the heap: out of memory");
        }
    }
    return write_layouts(cells, error);
}

bool cells_write(const struct cells *cells, const struct frame *frame, struct error *error)
{
    bool ok = true;
    for (enum cells_size size = 0; ok && size < CELLS_SIZES; size++) {
        const struct layout *layout = &cells->layout[size];
        char name[64];
        char path[PATH_MAX];
        struct colour *picture = raster_frame(layout, frame, cells->by);
        if (picture == NULL) {
            return error_set(error, "cannot draw the heap: out of memory");
        }
        (void)snprintf(name, sizeof name, "%s-%03zu.rgb", sizes[size].name, frame->number + 1);
        FILE *file = create(cells, name, path);
        if (file == NULL) {
            ok = write_failed(path, error);
        } else {
            (void)fwrite(picture, sizeof *picture, layout->rows * layout->columns, file);
            ok = finish(file, path, error);
        }
        free(picture);
    }
    return ok;
}

static void print_key(FILE *file, const char *label, struct colour colour)
{
    (void)fprintf(file, "\"%s\",#%02x%02x%02x\n", label, colour.red, colour.green, colour.blue);
}

bool cells_write_key(const struct cells *cells, bool has_walk, struct error *error)
{
    char path[PATH_MAX];
    FILE *file = create(cells, "key.csv", path);
    if (file == NULL) {
        return write_failed(path, error);
    }
    (void)fputs("label,colour\n", file);
    unsigned shades = palette_shades(cells->by);
    for (unsigned i = 0; i < shades; i++) {
        unsigned shade = (i + SHADE_BLOCKS) % shades; /* blocks first */
        if (palette_has(cells->by, shade, has_walk)) {
            print_key(
                file, palette_label(cells->by, shade, has_walk), palette_colour(cells->by, shade));
        }
    }
    print_key(file, has_walk ? "untouched or no memory" : "not resident", colour_untouched);
    if (cells->layout[CELLS_LARGE].range_count > 1) {
        print_key(file, "cut (→ address behind it)", colour_cut);
    }
    return finish(file, path, error);
}

void cells_free(struct cells *cells)
{
    for (enum cells_size size = 0; size < CELLS_SIZES; size++) {
        layout_free(&cells->layout[size]);
    }
}

/* Heap maps: what the worker's records become, where addresses stand, which colours cells get. */
#include "harness/heapmap/frames.h"
#include "harness/heapmap/layout.h"
#include "harness/heapmap/raster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* ---- Extents ---- */

static void extents_join_what_overlaps_and_small_gaps(void **state)
{
    struct extents extents = {0};
    (void)state;
    assert_true(extents_add(&extents, 500, 600));
    assert_true(extents_add(&extents, 100, 200));
    assert_true(extents_add(&extents, 150, 300));
    assert_true(extents_add(&extents, 310, 320));
    assert_true(extents_add(&extents, 700, 700));
    extents_join(&extents, 0);
    assert_int_equal(extents.count, 3);
    assert_int_equal(extents.items[0].start, 100);
    assert_int_equal(extents.items[0].end, 300);
    assert_int_equal(extents_bytes(&extents), 310);
    assert_true(extents_meet(&extents, 299, 305));
    assert_false(extents_meet(&extents, 300, 310));
    assert_true(extents_meet(&extents, 0, 1000));
    assert_false(extents_meet(&extents, 600, 900));
    extents_join(&extents, 10);
    assert_int_equal(extents.count, 2);
    assert_int_equal(extents.items[0].end, 320);
    extents_free(&extents);
}

/* ---- Frames ---- */

#define RECORD(what, at, length, ...)                                   \
    {                                                                   \
        .kind = (what), .address = (at), .bytes = (length), __VA_ARGS__ \
    }

static struct frames opened(const struct frame_record *records, size_t count)
{
    struct frames frames;
    struct error error;
    int fd = memfd_create("frames", MFD_CLOEXEC);
    size_t bytes = count * sizeof *records;
    assert_int_equal(write(fd, records, bytes), bytes);
    assert_true(frames_open(&frames, fd, &error));
    (void)close(fd);
    return frames;
}

static struct frame loaded(const struct frames *frames, size_t index)
{
    struct frame frame;
    struct error error;
    assert_true(frame_load(frames, index, &frame, &error));
    return frame;
}

static void assert_region(
    const struct frame *frame, size_t index, enum map_kind kind, uint64_t address, uint64_t bytes)
{
    assert_true(index < frame->count);
    assert_int_equal(frame->regions[index].kind, kind);
    assert_int_equal(frame->regions[index].address, address);
    assert_int_equal(frame->regions[index].bytes, bytes);
}

static void regions_of_a_walk_are_sorted_and_get_their_objects(void **state)
{
    const struct frame_record records[] = {
        RECORD(FRAME_BEGIN, 0, 90, .requested = 150, .birth = 1),
        RECORD(FRAME_METADATA, 5000, 100),
        RECORD(FRAME_USED, 1064, 128),
        RECORD(FRAME_FREE, 1192, 8),
        RECORD(FRAME_USED, 1200, 32),
        RECORD(FRAME_USED, 1000, 64),
        RECORD(FRAME_SLOT, 1070, 100, .requested = 90, .birth = 80), /* aligned within its region */
        RECORD(FRAME_SLOT, 1000, 64, .requested = 60, .birth = 10),
    };
    struct frames frames = opened(records, 8);
    (void)state;
    assert_int_equal(frames.count, 1);
    struct frame frame = loaded(&frames, 0);
    assert_int_equal(frame.count, 5);
    assert_int_equal(frame.live_blocks, 2);
    assert_int_equal(frame.live_bytes, 150);
    assert_region(&frame, 0, MAP_USED, 1000, 64);
    assert_region(&frame, 1, MAP_USED, 1064, 128);
    assert_region(&frame, 2, MAP_FREE, 1192, 8);
    assert_region(&frame, 3, MAP_USED, 1200, 32);
    assert_region(&frame, 4, MAP_METADATA, 5000, 100);
    assert_int_equal(frame.regions[0].requested_bytes, 60);
    assert_int_equal(frame.regions[0].age_events, 80);
    assert_int_equal(frame.regions[1].requested_bytes, 90);
    assert_int_equal(frame.regions[1].age_events, 10);
    assert_false(frame.regions[3].has_object);
    assert_int_equal(frame.kind_bytes[MAP_USED], 224);
    assert_int_equal(frame.kind_bytes[MAP_FREE], 8);
    assert_int_equal(frame.kind_bytes[MAP_METADATA], 100);
    frame_free(&frame);
    frames_close(&frames);
}

static void residence_is_told_between_live_blocks_of_the_allocators_mappings(void **state)
{
    const struct frame_record records[] = {
        RECORD(FRAME_BEGIN, 0, 10),
        RECORD(FRAME_MAPPING, 4096, 40960),
        RECORD(FRAME_RESIDENT, 4096, 8192),
        RECORD(FRAME_RESIDENT, 16384, 4096),
        RECORD(FRAME_RESIDENT, 24576, 4096),
        RECORD(FRAME_MAPPING, 100000, 8192), /* holds a block in the second frame only */
        RECORD(FRAME_RESIDENT, 100000, 4096),
        RECORD(FRAME_MAPPING, 200000, 8192), /* never holds any */
        RECORD(FRAME_RESIDENT, 200000, 4096),
        RECORD(FRAME_SLOT, 12000, 15000, .requested = 14000), /* reaches over three runs */
        RECORD(FRAME_SLOT, 5000, 0, .requested = 100),        /* usable bytes unknown */
        RECORD(FRAME_BEGIN, 1, 20),
        RECORD(FRAME_SLOT, 100100, 50, .requested = 50),
    };
    struct frames frames = opened(records, 13);
    (void)state;
    assert_int_equal(frames.count, 2);
    struct frame frame = loaded(&frames, 0);
    assert_false(frame.has_walk);
    assert_int_equal(frame.count, 6);
    assert_region(&frame, 0, MAP_RESIDENT, 4096, 904);
    assert_region(&frame, 1, MAP_USED, 5000, 100);
    assert_region(&frame, 2, MAP_RESIDENT, 5100, 6900);
    assert_region(&frame, 3, MAP_USED, 12000, 15000);
    assert_region(&frame, 4, MAP_RESIDENT, 27000, 1672);
    assert_region(&frame, 5, MAP_RESIDENT, 100000, 4096);
    frame_free(&frame);
    frame = loaded(&frames, 1);
    assert_int_equal(frame.count, 1);
    assert_region(&frame, 0, MAP_USED, 100100, 50);
    frame_free(&frame);
    frames_close(&frames);
}

static void records_that_make_no_sense_are_refused(void **state)
{
    const struct frame_record headless[] = {RECORD(FRAME_USED, 1000, 64)};
    const struct frame_record unknown[] = {RECORD(FRAME_BEGIN, 0, 1), RECORD(99, 0, 0)};

    const struct {
        const void *bytes;
        size_t length;
    } files[] = {
        {headless, sizeof headless}, {unknown, sizeof unknown}, {unknown, sizeof unknown[0] + 8}};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct frames frames;
        struct error error;
        int fd = memfd_create("frames", MFD_CLOEXEC);
        assert_int_equal(write(fd, files[i].bytes, files[i].length), files[i].length);
        assert_false(frames_open(&frames, fd, &error));
        frames_close(&frames);
        (void)close(fd);
    }
}

/* ---- Layout ---- */

static struct layout laid_out(const struct extent *extent, size_t count, size_t columns_most)
{
    struct extents extents = {0};
    struct layout layout;
    for (size_t i = 0; i < count; i++) {
        assert_true(extents_add(&extents, extent[i].start, extent[i].end));
    }
    extents_join(&extents, 0);
    assert_true(layout_make(&layout, &extents, columns_most));
    extents_free(&extents);
    return layout;
}

static void a_small_heap_has_the_finest_cells(void **state)
{
    struct layout layout = laid_out(&(struct extent){8200, 8200 + 4096 * 16}, 1, 512);
    (void)state;
    assert_int_equal(layout.cell_bytes, LAYOUT_CELL_BYTES_LEAST);
    assert_int_equal(layout.lowest, 8200);
    assert_int_equal(layout.ranges[0].start, 8192);
    assert_int_equal(layout.columns, 128); /* 4097 cells are too many for 64 rows of 64 */
    assert_int_equal(layout.rows, 33);
    layout_free(&layout);
}

static void large_heaps_fit_and_are_as_fine_as_can_be(void **state)
{
    (void)state;
    for (uint64_t bytes = 1000; bytes < UINT64_C(1) << 42; bytes = bytes * 3 + 7) {
        struct layout layout = laid_out(&(struct extent){1 << 20, (1 << 20) + bytes}, 1, 256);
        size_t cells = (size_t)(bytes / layout.cell_bytes);
        assert_true(layout.columns <= 256 && layout.rows <= layout.columns);
        assert_true(layout.cell_bytes == LAYOUT_CELL_BYTES_LEAST ||
                    2 * cells + 4 > (size_t)256 * 256);
        layout_free(&layout);
    }
}

static void long_gaps_are_cut_and_short_ones_shown(void **state)
{
    const uint64_t far = UINT64_C(1) << 40;
    const struct extent extent[] = {
        {0x10000, 0x30000}, {0x38000, 0x50000}, {far, far + 0x40000}, {far << 1, (far << 1) + 16}};
    struct layout layout = laid_out(extent, 4, 512);
    (void)state;
    assert_int_equal(layout.range_count, 3);
    assert_int_equal(layout.ranges[0].end, 0x50000);
    assert_int_equal(layout.cut_bytes, (far - 0x50000) + ((far << 1) - far - 0x40000));
    assert_true(layout.ranges[1].is_on_new_row);
    assert_int_equal(layout.ranges[1].first_cell % layout.columns, 0);
    assert_false(layout.ranges[2].is_on_new_row); /* shorter than a row */
    assert_ptr_equal(layout_find(&layout, 0x31000), &layout.ranges[0]);
    assert_ptr_equal(layout_find(&layout, 0x50000), &layout.ranges[1]);
    assert_null(layout_find(&layout, UINT64_MAX));
    layout_free(&layout);
}

static void thousands_of_far_ranges_find_room(void **state)
{
    struct extents extents = {0};
    struct layout layout;
    size_t cells = 0;
    (void)state;
    for (uint64_t i = 1; i <= 100000; i++) {
        assert_true(extents_add(&extents, i << 30, (i << 30) + 64));
    }
    assert_true(layout_make(&layout, &extents, 512));
    assert_true(layout.rows <= layout.columns && layout.columns <= 512);
    for (size_t i = 0; i < layout.range_count; i++) {
        assert_true(layout.ranges[i].first_cell >= cells);
        cells = layout.ranges[i].first_cell +
                (size_t)((layout.ranges[i].end - layout.ranges[i].start) / layout.cell_bytes);
    }
    assert_true(cells <= layout.rows * layout.columns);
    assert_non_null(layout_find(&layout, UINT64_C(100000) << 30));
    layout_free(&layout);
    extents_free(&extents);
}

/* ---- Colours ---- */

static void assert_colour(struct colour colour, struct colour expected)
{
    assert_int_equal(colour.red, expected.red);
    assert_int_equal(colour.green, expected.green);
    assert_int_equal(colour.blue, expected.blue);
}

static void cells_show_what_they_hold(void **state)
{
    struct map_region regions[] = {
        {.address = 0x1000, .bytes = 64, .has_object = true, .requested_bytes = 40},
        {.address = 0x1040, .bytes = 16, .kind = MAP_FREE},
        {.address = 0x1060, .bytes = 32, .kind = MAP_METADATA},
        {.address = 0x101000, .bytes = 16, .kind = MAP_USED},
    };
    const struct frame frame = {.regions = regions, .count = 4, .has_walk = true};
    const struct extent extent[] = {{0x1000, 0x1080}, {0x101000, 0x101010}};
    struct layout layout = laid_out(extent, 2, 512);
    struct colour *picture = raster_frame(&layout, &frame, MAP_BY_KIND);
    struct colour block = palette_colour(MAP_BY_KIND, SHADE_BLOCKS);
    struct colour slack = palette_colour(MAP_BY_KIND, SHADE_SLACK);
    (void)state;
    assert_colour(picture[0], block);
    assert_colour(picture[1], block);
    assert_colour(picture[2],
                  (struct colour){(uint8_t)((block.red + slack.red + 1) / 2),
                                  (uint8_t)((block.green + slack.green + 1) / 2),
                                  (uint8_t)((block.blue + slack.blue + 1) / 2)});
    assert_colour(picture[3], slack);
    assert_colour(picture[4], palette_colour(MAP_BY_KIND, SHADE_FREE));
    assert_colour(picture[5], colour_untouched);
    assert_colour(picture[6], palette_colour(MAP_BY_KIND, SHADE_METADATA));
    assert_colour(picture[7], palette_colour(MAP_BY_KIND, SHADE_METADATA));
    assert_colour(picture[8], colour_outside);
    assert_colour(picture[9], colour_cut);
    assert_colour(picture[10], colour_cut);
    assert_colour(picture[11], colour_outside);
    assert_colour(picture[12], block);
    assert_colour(picture[13], colour_outside);
    free(picture);
    layout_free(&layout);
}

static void shades_follow_size_and_age(void **state)
{
    struct map_region block = {.bytes = 128, .has_object = true, .age_events = 1001};
    const struct map_region foreign = {.bytes = 128};
    (void)state;
    assert_string_equal(palette_label(MAP_BY_CLASS, palette_shade(MAP_BY_CLASS, &block), true),
                        "to 128 B");
    assert_string_equal(palette_label(MAP_BY_AGE, palette_shade(MAP_BY_AGE, &block), true),
                        "to 10^4");
    block.bytes = 129;
    block.age_events = 1000;
    assert_string_equal(palette_label(MAP_BY_CLASS, palette_shade(MAP_BY_CLASS, &block), true),
                        "to 512 B");
    assert_string_equal(palette_label(MAP_BY_AGE, palette_shade(MAP_BY_AGE, &block), true),
                        "to 1000");
    assert_string_equal(palette_label(MAP_BY_AGE, palette_shade(MAP_BY_AGE, &foreign), true),
                        "not the stream's");
    assert_int_equal(palette_shade(MAP_BY_KIND, &foreign), SHADE_BLOCKS);
}

/* The luminance of ITU-R BT.601, as a grey print has it. */
static int grey_of(struct colour colour)
{
    return (299 * colour.red + 587 * colour.green + 114 * colour.blue) / 1000;
}

/* The greys of all that frames without foreign blocks show; returns how many. */
static unsigned list_greys(enum map_by by, int grey[SHADES_MAX + 1])
{
    unsigned count = 0;
    unsigned shades = palette_shades(by) - (by != MAP_BY_KIND);
    for (unsigned shade = 0; shade < shades; shade++) {
        if (palette_has(by, shade, true)) {
            grey[count++] = grey_of(palette_colour(by, shade));
        }
    }
    grey[count++] = grey_of(colour_untouched);
    return count;
}

static void shades_stay_apart_in_grey(void **state)
{
    (void)state;
    for (enum map_by by = MAP_BY_KIND; by <= MAP_BY_AGE; by++) {
        int grey[SHADES_MAX + 1];
        unsigned count = list_greys(by, grey);
        assert_true(count >= 5);
        for (unsigned pair = 0; pair < count * count; pair++) {
            int apart = abs(grey[pair / count] - grey[pair % count]);
            assert_true(apart >= 15 || pair / count == pair % count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extents_join_what_overlaps_and_small_gaps),
        cmocka_unit_test(regions_of_a_walk_are_sorted_and_get_their_objects),
        cmocka_unit_test(residence_is_told_between_live_blocks_of_the_allocators_mappings),
        cmocka_unit_test(records_that_make_no_sense_are_refused),
        cmocka_unit_test(a_small_heap_has_the_finest_cells),
        cmocka_unit_test(large_heaps_fit_and_are_as_fine_as_can_be),
        cmocka_unit_test(long_gaps_are_cut_and_short_ones_shown),
        cmocka_unit_test(thousands_of_far_ranges_find_room),
        cmocka_unit_test(cells_show_what_they_hold),
        cmocka_unit_test(shades_follow_size_and_age),
        cmocka_unit_test(shades_stay_apart_in_grey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

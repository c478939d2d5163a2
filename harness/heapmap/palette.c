#include "harness/heapmap/palette.h"

#define BUCKETS_MAX (SHADES_MAX - SHADE_BLOCKS)

const struct colour colour_outside = {255, 255, 255};
const struct colour colour_cut = {213, 94, 0};
const struct colour colour_untouched = {240, 240, 240};
const struct colour colour_dot = {196, 196, 196};

struct bucket {
    uint64_t most; /* largest value in it */
    const char *label;
    struct colour colour;
};

struct scheme {
    struct bucket bucket[BUCKETS_MAX];
    unsigned buckets;
};

static const struct colour colour_foreign = {140, 140, 140};

static const struct scheme schemes[] = {
    [MAP_BY_KIND] = {{{UINT64_MAX, "block", {0, 114, 178}}}, 1},
    [MAP_BY_CLASS] = {{{32, "to 32 B", {181, 222, 43}},
                       {128, "to 128 B", {110, 206, 88}},
                       {512, "to 512 B", {53, 183, 121}},
                       {2048, "to 2 KiB", {38, 130, 142}},
                       {8192, "to 8 KiB", {62, 73, 137}},
                       {65536, "to 64 KiB", {72, 40, 120}},
                       {UINT64_MAX, "larger", {68, 1, 84}}},
                      7},
    [MAP_BY_AGE] = {{{100, "to 100", {181, 222, 43}},
                     {1000, "to 1000", {110, 206, 88}},
                     {10000, "to 10^4", {53, 183, 121}},
                     {100000, "to 10^5", {38, 130, 142}},
                     {1000000, "to 10^6", {62, 73, 137}},
                     {UINT64_MAX, "older", {68, 1, 84}}},
                    6},
};

unsigned palette_shades(enum map_by by)
{
    return SHADE_BLOCKS + schemes[by].buckets + (by != MAP_BY_KIND);
}

bool palette_has(enum map_by by, unsigned shade, bool has_walk)
{
    bool is_foreign = shade == SHADE_BLOCKS + schemes[by].buckets;
    return (by == MAP_BY_KIND || shade != SHADE_SLACK) &&
           (has_walk || (shade != SHADE_METADATA && !is_foreign));
}

struct colour palette_colour(enum map_by by, unsigned shade)
{
    static const struct colour others[SHADE_BLOCKS] = {
        [SHADE_METADATA] = {0, 0, 0},
        [SHADE_FREE] = {245, 223, 160},
        [SHADE_SLACK] = {86, 180, 233},
    };
    if (shade < SHADE_BLOCKS) {
        return others[shade];
    }
    unsigned bucket = shade - SHADE_BLOCKS;
    return bucket < schemes[by].buckets ? schemes[by].bucket[bucket].colour : colour_foreign;
}

const char *palette_label(enum map_by by, unsigned shade, bool has_walk)
{
    static const char *const others[SHADE_BLOCKS] = {
        [SHADE_METADATA] = "metadata",
        [SHADE_FREE] = "free",
        [SHADE_SLACK] = "in a block but not asked for",
    };
    if (shade == SHADE_FREE && !has_walk) {
        return "resident without a live block";
    }
    if (shade < SHADE_BLOCKS) {
        return others[shade];
    }
    unsigned bucket = shade - SHADE_BLOCKS;
    return bucket < schemes[by].buckets ? schemes[by].bucket[bucket].label : "not the stream's";
}

unsigned palette_shade(enum map_by by, const struct map_region *region)
{
    if (region->kind != MAP_USED) {
        return region->kind == MAP_METADATA ? SHADE_METADATA : SHADE_FREE;
    }
    const struct scheme *scheme = &schemes[by];
    if (by != MAP_BY_KIND && !region->has_object) {
        return SHADE_BLOCKS + scheme->buckets;
    }
    uint64_t value = by == MAP_BY_CLASS ? region->bytes : region->age_events;
    unsigned bucket = 0;
    while (value > scheme->bucket[bucket].most) {
        bucket++;
    }
    return SHADE_BLOCKS + bucket;
}

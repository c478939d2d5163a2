#include "harness/report/noise_floor.h"

#include "harness/allocators.h"
#include "harness/report/judged.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <math.h>
#include <string.h>

static void add_cell(struct noise_floor *floor, const struct summary_row *row)
{
    double half_width = (log(row->ratio_high) - log(row->ratio_low)) / 2;
    floor->cells++;
    floor->excluding += row->ratio_low > 1 || row->ratio_high < 1 ? 1 : 0;
    floor->widest = isfinite(half_width) ? fmax(floor->widest, half_width) : floor->widest;
    floor->delta_most = fmax(floor->delta_most, row->delta);
}

struct noise_floor noise_floor_of(const struct summary_table *summary, const char *figure)
{
    struct noise_floor floor = {.delta_most = NAN};
    for (size_t i = 0; i < summary->count; i++) {
        const struct summary_row *row = &summary->rows[i];
        if (strcmp(row->allocator, ALLOCATOR_AGAIN) == 0 && strcmp(row->figure, figure) == 0 &&
            strcmp(row->workload, SUMMARY_GEOMEAN) != 0 && !isnan(row->ratio_low)) {
            add_cell(&floor, row);
        }
    }
    return floor;
}

/* A count of instructions, of which one thread's are exact and judged without a test. */
static bool is_count(const struct summary_row *row)
{
    const struct judged_figure *judged = judged_find(row->figure);
    return judged != NULL && strcmp(judged->pass, "instructions") == 0;
}

/* What a shortage of blocks concerns: where exact counts are judged however few the blocks are, it must
 * not be said of them. */
static const char *tested_words(const struct summary_table *summary)
{
    bool has_exact = false;
    bool has_others = false;
    for (size_t i = 0; i < summary->count; i++) {
        const struct summary_row *row = &summary->rows[i];
        has_exact =
            has_exact || (is_count(row) && row->verdict[0] != '\0' && !row->comparisons.known);
        has_others = has_others || (row->comparisons.known && !is_count(row));
    }
    if (!has_exact) {
        return "";
    }
    return has_others ? " of times and memory" : " of counts that are not exact";
}

struct verdict_reach verdict_reach_of(const struct summary_table *summary)
{
    struct verdict_reach reach = {.of = tested_words(summary)};
    for (size_t i = 0; i < summary->count; i++) {
        const struct summary_row *row = &summary->rows[i];
        if (row->comparisons.known) {
            size_t comparisons = row->comparisons.value;
            size_t pairs = row->pairs.value;
            reach.comparisons = comparisons > reach.comparisons ? comparisons : reach.comparisons;
            reach.lacks_delta = reach.lacks_delta || isnan(row->delta);
            reach.pairs = pairs > reach.pairs ? pairs : reach.pairs;
        }
    }
    reach.needed = verdict_blocks_needed(reach.comparisons, VERDICT_ALPHA);
    return reach;
}

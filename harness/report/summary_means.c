/* The rows of geometric means: of a judged figure's ratios over all cells of its pass, never over
 * some of them, nor over the blocks that are left where others failed, nor over ratios to or of 0. The interval is resampled; the sign test takes the mean of each block that has every
 * cell. */
#include "harness/allocators.h"
#include "harness/report/delta.h"
#include "harness/report/summary_parts.h"
#include "harness/statistics/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1 /* the same rows give the same intervals */

/* The log ratios of one allocator and figure: matrix[cell * blocks + block], NAN where there is none. */
struct means {
    struct summary_work *work;
    const struct judged_figure *judged;
    const struct column *figure;
    size_t first, end; /* the series of the pass */
    size_t cells;      /* groups among them that the baseline has */
    uint64_t *number;  /* of the blocks, ascending */
    size_t blocks;
    double *matrix;
    bool whole;     /* every cell is there and ended well in each block; no ratio is infinite */
    bool exact;     /* every cell of it is a count that hardly varies */
    double log_low; /* of exact ones: sums over the cells of the least and most log ratios */
    double log_high;
    double *block_means; /* of the blocks that have every cell */
    size_t whole_blocks;
    double delta;
};

static int compare_numbers(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* The blocks that the baseline has in any cell, and how many cells it has. */
static bool find_blocks(struct means *means)
{
    const struct series_set *set = &means->work->set;
    size_t room = 0;
    for (size_t i = means->first; i < means->end; i++) {
        if (strcmp(set->series[i].row[0]->allocator, means->work->baseline) == 0) {
            room += set->series[i].count;
            means->cells++;
        }
    }
    means->number = reallocarray(NULL, room + 1, sizeof *means->number);
    if (means->number == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = means->first; i < means->end; i++) {
        const struct series *series = &set->series[i];
        bool is_base = strcmp(series->row[0]->allocator, means->work->baseline) == 0;
        for (size_t k = 0; k < series->count && is_base; k++) {
            means->number[count++] = series->row[k]->block.value;
        }
    }
    qsort(means->number, count, sizeof *means->number, compare_numbers);
    for (size_t i = 0; i < count; i++) {
        if (means->blocks == 0 || means->number[means->blocks - 1] != means->number[i]) {
            means->number[means->blocks++] = means->number[i];
        }
    }
    means->matrix = reallocarray(NULL, means->cells * means->blocks + 1, sizeof *means->matrix);
    means->block_means = reallocarray(NULL, means->blocks + 1, sizeof *means->block_means);
    return means->matrix != NULL && means->block_means != NULL;
}

/* Notes whether the cell is an exact count, and its extremes. */
static void add_bounds(struct means *means, const struct series *series, const struct series *base)
{
    double own[2];
    double other[2];
    means->exact = means->exact && series_count_bounds(series, means->figure, own) &&
                   series_count_bounds(base, means->figure, other);
    if (means->exact) {
        means->log_low += log(own[0] / other[1]);
        means->log_high += log(own[1] / other[0]);
    }
}

static void fill_cell(struct means *means, size_t cell, const struct series *series, size_t group)
{
    struct summary_work *work = means->work;
    double *line = means->matrix + cell * means->blocks;
    for (size_t i = 0; i < means->blocks; i++) {
        line[i] = NAN;
    }
    const struct series *base = series_of_allocator(&work->set, group, work->baseline);
    if (series == NULL || series->failures > 0 || base->failures > 0) {
        means->whole = false;
        return;
    }
    add_bounds(means, series, base);
    size_t count = series_log_ratios(series, base, means->figure, work->log_ratios, work->blocks);
    size_t block = 0;
    for (size_t i = 0; i < count; i++) {
        while (means->number[block] != work->blocks[i]) {
            block++;
        }
        line[block] = work->log_ratios[i];
        means->whole = means->whole && isfinite(line[block]);
    }
}

static void find_block_means(struct means *means)
{
    means->whole_blocks = 0;
    for (size_t block = 0; means->whole && block < means->blocks; block++) {
        double sum = 0;
        for (size_t cell = 0; cell < means->cells; cell++) {
            sum += means->matrix[cell * means->blocks + block];
        }
        if (!isnan(sum)) {
            means->block_means[means->whole_blocks++] = sum / (double)means->cells;
        }
    }
}

static void fill_matrix(struct means *means, const char *allocator)
{
    const struct series_set *set = &means->work->set;
    size_t cell = 0;
    means->whole = true;
    means->exact = true;
    means->log_low = 0;
    means->log_high = 0;
    for (size_t group = means->first; group < means->end; group = series_group_end(set, group)) {
        if (series_of_allocator(set, group, means->work->baseline) != NULL) {
            fill_cell(means, cell++, series_of_allocator(set, group, allocator), group);
        }
    }
    find_block_means(means);
}

/* The row of an allocator whose matrix is filled; none unless it is whole. */
static bool add_mean(struct means *means, const struct series *like)
{
    struct geomean mean;
    if (!means->whole) {
        return true;
    }
    if (!resample_geomean(means->matrix, means->cells, means->blocks, SEED, &mean)) {
        return false;
    }
    if (isnan(mean.ratio)) {
        return true;
    }
    struct summary_work *work = means->work;
    struct summary_row *row = summary_add(work, like, means->figure);
    if (row == NULL) {
        return false;
    }
    row->workload = SUMMARY_GEOMEAN;
    row->parameters = "";
    row->threads = (struct count){0};
    row->unit = "";
    row->failures = (struct count){0};
    row->blocks = count_of(means->whole_blocks);
    row->pairs = count_of(means->whole_blocks);
    row->ratio = mean.ratio;
    row->ratio_low = mean.low;
    row->ratio_high = mean.high;
    row->confidence = isnan(mean.low) ? NAN : CONFIDENCE;
    bool contestant = allocator_is_contestant(row->allocator, work->baseline);
    if (means->exact && strcmp(row->allocator, work->baseline) != 0) {
        row->confidence = NAN;
        row->ratio_low = exp(means->log_low / (double)means->cells);
        row->ratio_high = exp(means->log_high / (double)means->cells);
        summary_fill_exact(row, means->judged, contestant);
        return true;
    }
    if (strcmp(row->allocator, ALLOCATOR_AGAIN) == 0) {
        return summary_test_again(row, means->block_means, means->whole_blocks, means->delta);
    }
    return !contestant || family_add(&work->means[means->judged - judged_figures],
                                     means->block_means,
                                     means->whole_blocks,
                                     means->delta,
                                     work->out->count - 1);
}

/* Whether no series of the pass before this one has its allocator. */
static bool is_first_of_allocator(const struct means *means, size_t index)
{
    const struct series *series = means->work->set.series;
    size_t first = means->first;
    while (strcmp(series[first].row[0]->allocator, series[index].row[0]->allocator) != 0) {
        first++;
    }
    return first == index;
}

static bool add_means_of_figure(struct means *means)
{
    const struct series *series = means->work->set.series;
    fill_matrix(means, ALLOCATOR_AGAIN);
    struct estimate again = estimate_median(means->block_means, means->whole_blocks);
    means->delta = again.count > 0 ? verdict_delta(&again) : delta_without(means->judged->pass);
    bool ok = true;
    for (size_t i = means->first; i < means->end && ok; i++) {
        if (is_first_of_allocator(means, i)) {
            fill_matrix(means, series[i].row[0]->allocator);
            ok = add_mean(means, &series[i]);
        }
    }
    return ok;
}

static bool add_means_of_pass(struct summary_work *work, size_t first, size_t end)
{
    struct means means = {.work = work, .first = first, .end = end};
    const char *pass = work->set.series[first].row[0]->pass;
    bool ok = find_blocks(&means);
    for (size_t i = 0; i < judged_figure_count && ok && means.cells > 0; i++) {
        if (strcmp(judged_figures[i].pass, pass) == 0) {
            means.judged = &judged_figures[i];
            means.figure = table_column(&measurements_layout, means.judged->figure);
            ok = add_means_of_figure(&means);
        }
    }
    free(means.number);
    free(means.matrix);
    free(means.block_means);
    return ok;
}

bool summary_add_means(struct summary_work *work)
{
    const struct series_set *set = &work->set;
    size_t end = 0;
    for (size_t first = 0; first < set->count; first = end) {
        while (end < set->count &&
               strcmp(set->series[end].row[0]->pass, set->series[first].row[0]->pass) == 0) {
            end++;
        }
        if (!add_means_of_pass(work, first, end)) {
            return false;
        }
    }
    return true;
}

#include "harness/statistics/resample.h"

#include "workloads/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With 999 the percentiles are values among them: the 25th and the 975th. */
#define RESAMPLES     999
#define OUTSIDE       25
#define NORMAL_BEYOND 1.959963984540054 /* as much of a normal lies outside as CONFIDENCE leaves */
#define BLOCKS_LEAST  6                 /* as for a sign interval */

/* A cell's values in ascending order, each with its block, so that the median of a resample is found by
 * counting how often each block was drawn. */
struct placed {
    double value;
    size_t block;
};

struct cell {
    const struct placed *placed;
    size_t count;
    double median;
};

struct resampling {
    struct placed *placed;
    struct cell *cells;
    size_t *draws; /* of each block in this resample */
    double *means;
};

static int compare_placed(const void *one, const void *other)
{
    const struct placed *a = one;
    const struct placed *b = other;
    return (a->value > b->value) - (a->value < b->value);
}

static int compare_doubles(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

/* How many of a resample's `blocks` draws the cell has a value for. */
static size_t count_drawn(const struct cell *cell, const size_t *draws, size_t blocks)
{
    if (cell->count == blocks) {
        return blocks;
    }
    size_t drawn = 0;
    for (size_t i = 0; i < cell->count; i++) {
        drawn += draws[cell->placed[i].block];
    }
    return drawn;
}

static double median_drawn(const struct cell *cell, const size_t *draws, size_t blocks)
{
    size_t drawn = count_drawn(cell, draws, blocks);
    if (drawn == 0) {
        return cell->median; /* none of its blocks: what is known of it stays */
    }
    size_t passed = 0;
    size_t at = 0;
    while (2 * (passed += draws[cell->placed[at].block]) < drawn) {
        at++;
    }
    size_t upper = at;
    if (2 * passed == drawn) {
        do {
            upper++;
        } while (draws[cell->placed[upper].block] == 0);
    }
    return (cell->placed[at].value + cell->placed[upper].value) / 2;
}

static size_t place_cell(const double *log_ratios, size_t blocks, struct placed *placed)
{
    size_t count = 0;
    for (size_t block = 0; block < blocks; block++) {
        if (!isnan(log_ratios[block])) {
            placed[count++] = (struct placed){log_ratios[block], block};
        }
    }
    qsort(placed, count, sizeof *placed, compare_placed);
    return count;
}

/* Sorts each cell's values; false when a cell has none. */
static bool place(const double *log_ratios, size_t cells, size_t blocks, struct resampling *work)
{
    for (size_t block = 0; block < blocks; block++) {
        work->draws[block] = 1;
    }
    for (size_t i = 0; i < cells; i++) {
        struct cell *cell = &work->cells[i];
        cell->placed = work->placed + i * blocks;
        cell->count = place_cell(log_ratios + i * blocks, blocks, work->placed + i * blocks);
        if (cell->count == 0) {
            return false;
        }
        cell->median = median_drawn(cell, work->draws, blocks);
    }
    return true;
}

static double mean_of_medians(const struct resampling *work, size_t cells, size_t blocks)
{
    double sum = 0;
    for (size_t c = 0; c < cells; c++) {
        sum += median_drawn(&work->cells[c], work->draws, blocks);
    }
    return sum / (double)cells;
}

static void resample(struct resampling *work, size_t cells, size_t blocks, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed, 0);
    for (size_t i = 0; i < RESAMPLES; i++) {
        memset(work->draws, 0, blocks * sizeof *work->draws);
        for (size_t drawn = 0; drawn < blocks; drawn++) {
            work->draws[random_below(&random, blocks)]++;
        }
        work->means[i] = mean_of_medians(work, cells, blocks);
    }
    qsort(work->means, RESAMPLES, sizeof *work->means, compare_doubles);
}

/* How much wider than percentiles an interval from few blocks must be: resampled blocks spread less than
 * blocks do, by (n-1)/n, and Student's distribution is wider than the normal (Hesterberg 2015, section
 * 4.3). Its quantile by the expansion of Fisher and Cornish 1960, within 0.2 % from 5 degrees on. */
static double widening(size_t blocks)
{
    double v = (double)blocks - 1;
    double z = NORMAL_BEYOND;
    double z3 = z * z * z;
    double z5 = z3 * z * z;
    double z7 = z5 * z * z;
    double t = z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
               (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v);
    return t / z * sqrt((v + 1) / v);
}

/* Medians of few values from skewed noise lie off the median on one side. It is little, but the same in
 * every cell, and a mean over many cells has little else: as far as the resamples lie off the mean, so
 * far the mean lies off the truth. The interval is moved back by that, but never off the mean. */
static void bound(const double *means, size_t blocks, double mean, struct geomean *result)
{
    double centre = means[RESAMPLES / 2];
    double wider = widening(blocks);
    double low = 2 * mean - centre - wider * (centre - means[OUTSIDE - 1]);
    double high = 2 * mean - centre + wider * (means[RESAMPLES - OUTSIDE] - centre);
    result->low = exp(fmin(low, mean));
    result->high = exp(fmax(high, mean));
}

static void release(struct resampling *work)
{
    free(work->placed);
    free(work->cells);
    free(work->draws);
    free(work->means);
}

bool resample_geomean(
    const double *log_ratios, size_t cells, size_t blocks, uint64_t seed, struct geomean *result)
{
    *result = (struct geomean){NAN, NAN, NAN};
    if (cells == 0 || blocks == 0) {
        return true;
    }
    struct resampling work = {calloc(cells * blocks, sizeof *work.placed),
                              calloc(cells, sizeof *work.cells),
                              calloc(blocks, sizeof *work.draws),
                              calloc(RESAMPLES, sizeof *work.means)};
    bool room =
        work.placed != NULL && work.cells != NULL && work.draws != NULL && work.means != NULL;
    if (room && place(log_ratios, cells, blocks, &work)) {
        double mean = mean_of_medians(&work, cells, blocks);
        result->ratio = exp(mean);
        if (blocks >= BLOCKS_LEAST) {
            resample(&work, cells, blocks, seed);
            bound(work.means, blocks, mean, result);
        }
    }
    release(&work);
    return room;
}

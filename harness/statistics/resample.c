#include "harness/statistics/resample.h"

#include "harness/statistics/interval.h"
#include "workloads/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES    999
#define BLOCKS_LEAST 6 /* as for a sign interval */

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
        result->ratio = exp(mean_of_medians(&work, cells, blocks));
        if (blocks >= BLOCKS_LEAST) {
            resample(&work, cells, blocks, seed);
            /* With 999 resamples the percentiles are values of theirs: the 25th and the 975th. */
            size_t outside = (size_t)lround((RESAMPLES + 1) * (1 - CONFIDENCE) / 2);
            result->low = exp(work.means[outside - 1]);
            result->high = exp(work.means[RESAMPLES - outside]);
        }
    }
    release(&work);
    return room;
}

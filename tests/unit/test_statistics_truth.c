/* What intervals, verdicts at delta's edge and the stopping rule promise, held against synthetic values
 * whose truth is known. The figures printed are those of the README in harness/statistics. */
#include "harness/statistics/interval.h"
#include "harness/statistics/resample.h"
#include "harness/statistics/stopping.h"
#include "harness/statistics/verdict.h"
#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define FAMILY      25
#define BLOCKS_MOST 64

static double percent(size_t hits, size_t runs)
{
    return 100 * (double)hits / (double)runs;
}

/* ---- verdicts at the edge of delta ---- */

static bool tells_of_difference(const struct comparison *comparison)
{
    return comparison->verdict == VERDICT_LESS || comparison->verdict == VERDICT_GREATER;
}

#define EDGE_BLOCKS 15

struct edge {
    size_t comparisons;
    size_t beyond; /* verdicts of a difference */
    size_t within; /* equivalent */
};

static void fill_at_edge(struct random *random,
                         enum synthetic_noise noise,
                         double log_ratio,
                         double values[EDGE_BLOCKS])
{
    for (size_t block = 0; block < EDGE_BLOCKS; block++) {
        values[block] = log_ratio + synthetic_noise(random, noise, 0.005);
    }
}

/* Comparisons whose true ratio is 1 + delta times `reach`, against a delta that is known. */
static struct edge judge_at_edge(enum synthetic_noise noise, double reach, size_t runs)
{

    double values[FAMILY][EDGE_BLOCKS];
    struct comparison family[FAMILY];
    struct edge edge = {runs * FAMILY, 0, 0};
    struct random random;
    random_seed(&random, 2, noise);
    for (size_t run = 0; run < runs; run++) {
        for (size_t i = 0; i < FAMILY; i++) {
            fill_at_edge(&random, noise, log1p(VERDICT_DELTA_LEAST * reach), values[i]);
            family[i] = (struct comparison){
                .log_ratios = values[i], .count = EDGE_BLOCKS, .delta = VERDICT_DELTA_LEAST};
        }
        assert_true(verdict_judge(family, FAMILY, VERDICT_ALPHA));
        for (size_t i = 0; i < FAMILY; i++) {
            edge.beyond += tells_of_difference(&family[i]);
            edge.within += family[i].verdict == VERDICT_EQUIVALENT;
        }
    }
    return edge;
}

static void verdicts_stay_on_their_side_of_delta(void **state)
{
    (void)state;
    size_t runs = SYNTHETIC_RUNS(400);
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        struct edge inside = judge_at_edge(noise, 0.999, runs);
        struct edge outside = judge_at_edge(noise, 1.001, runs);
        struct edge far = judge_at_edge(noise, 1.5, runs);
        print_message(
            "%s noise, comparisons just within delta: %.2f %% told beyond it; just beyond: "
            "%.2f %% told equivalent, at 1.5 delta %.3f %%\n",
            synthetic_noise_names[noise],
            percent(inside.beyond, inside.comparisons),
            percent(outside.within, outside.comparisons),
            percent(far.within, far.comparisons));
        synthetic_at_most(inside.beyond, inside.comparisons, 0.05);
        synthetic_at_most(outside.within, outside.comparisons, 0.05);
        synthetic_at_most(far.within, far.comparisons, 0.002);
    }
}

/* ---- intervals ---- */

static void check_coverage(enum synthetic_noise noise, size_t count)
{
    size_t runs = SYNTHETIC_RUNS(20000);
    size_t covered = 0;
    double values[BLOCKS_MOST];
    double claimed = 0;
    struct random random;
    random_seed(&random, count, noise);
    for (size_t run = 0; run < runs; run++) {
        for (size_t i = 0; i < count; i++) {
            values[i] = synthetic_noise(&random, noise, 0.02);
        }
        struct estimate estimate = estimate_median(values, count);
        covered += estimate.low <= 0 && 0 <= estimate.high;
        claimed = estimate.confidence;
    }
    print_message("%s noise, %zu blocks: intervals cover %.2f %%, said to be %.2f %%\n",
                  synthetic_noise_names[noise],
                  count,
                  percent(covered, runs),
                  100 * claimed);
    synthetic_at_least(covered, runs, CONFIDENCE);
}

static void intervals_cover_the_truth(void **state)
{
    (void)state;
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        check_coverage(noise, 8);
        check_coverage(noise, 15);
        check_coverage(noise, 30);
    }
}

static void check_mean(enum synthetic_noise noise, size_t cells, size_t blocks)
{
    size_t runs = SYNTHETIC_RUNS(300);
    size_t covered = 0;
    double log_ratios[FAMILY * BLOCKS_MOST];
    struct random random;
    random_seed(&random, 100 * blocks + cells, noise);
    for (size_t run = 0; run < runs; run++) {
        for (size_t i = 0; i < cells * blocks; i++) {
            log_ratios[i] = synthetic_noise(&random, noise, 0.02);
        }
        struct geomean mean;
        assert_true(resample_geomean(log_ratios, cells, blocks, run, &mean));
        covered += mean.low <= 1 && 1 <= mean.high;
    }
    print_message("%s noise, geometric mean of %zu cells, %zu blocks: intervals cover %.1f %%\n",
                  synthetic_noise_names[noise],
                  cells,
                  blocks,
                  percent(covered, runs));
    synthetic_at_least(covered, runs, 0.92);
}

static void intervals_of_geometric_means_cover_the_truth(void **state)
{
    (void)state;
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        check_mean(noise, 5, 8);
        check_mean(noise, FAMILY, 8);
        check_mean(noise, FAMILY, 15);
    }
}

/* ---- stopping ---- */

#define CELLS_MOST 5

/* Cells measured until they may stop, or for BLOCKS_MOST blocks; gives the number of blocks. */
static size_t measure_until_narrow(struct random *random,
                                   enum synthetic_noise noise,
                                   struct comparison *family,
                                   size_t cells,
                                   double precision)
{
    size_t blocks = 0;
    do {
        for (size_t i = 0; i < cells; i++) {
            family[i].log_ratios[blocks] = synthetic_noise(random, noise, 0.02);
            family[i].count = blocks + 1;
        }
        blocks++;
    } while (blocks < BLOCKS_MOST && !stopping_reached(family, cells, blocks, precision));
    return blocks;
}

static void check_stopping(enum synthetic_noise noise, size_t cells, double precision, double least)
{
    size_t runs = SYNTHETIC_RUNS(6000) / cells;
    size_t covered = 0;
    size_t used = 0;
    double values[CELLS_MOST][BLOCKS_MOST];
    struct comparison family[CELLS_MOST];
    struct random random;
    random_seed(&random, 10000 + cells, noise);
    for (size_t i = 0; i < cells; i++) {
        family[i] = (struct comparison){.log_ratios = values[i]};
    }
    for (size_t run = 0; run < runs; run++) {
        used += measure_until_narrow(&random, noise, family, cells, precision);
        for (size_t i = 0; i < cells; i++) {
            struct estimate estimate = estimate_median(values[i], family[i].count);
            covered += estimate.low <= 0 && 0 <= estimate.high;
        }
    }
    print_message("%s noise of 2 %%, stopped at a half-width of %.1f %% in all of %zu: after %.1f "
                  "blocks, intervals cover %.2f %%\n",
                  synthetic_noise_names[noise],
                  100 * precision,
                  cells,
                  (double)used / (double)runs,
                  percent(covered, runs * cells));
    synthetic_at_least(covered, runs * cells, least);
}

static void intervals_cover_the_truth_after_stopping(void **state)
{
    (void)state;
    static const double precisions[] = {0.006, 0.01, 0.02};
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        for (size_t i = 0; i < sizeof precisions / sizeof precisions[0]; i++) {
            check_stopping(noise, 1, precisions[i], CONFIDENCE);
        }
        check_stopping(noise, CELLS_MOST, 0.01, CONFIDENCE);
    }
}

/* The limit: with nothing between two modes, an interval is narrow only where chance put it in one. */
static void two_modes_make_narrow_intervals_wrong(void **state)
{
    (void)state;
    check_stopping(NOISE_TWO_MODES, 1, 0.01, 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_stay_on_their_side_of_delta),
        cmocka_unit_test(intervals_cover_the_truth),
        cmocka_unit_test(intervals_of_geometric_means_cover_the_truth),
        cmocka_unit_test(intervals_cover_the_truth_after_stopping),
        cmocka_unit_test(two_modes_make_narrow_intervals_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

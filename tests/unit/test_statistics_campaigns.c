/* What a campaign's verdicts promise as a family, held against synthetic campaigns whose truth is known.
 * The figures printed are those of the README in harness/statistics. */
#include "harness/campaign/square.h"
#include "harness/statistics/interval.h"
#include "harness/statistics/verdict.h"
#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define WORKLOADS   5
#define CANDIDATES  5
#define FAMILY      25 /* comparisons: every candidate in every workload */
#define SLOTS       7  /* of a block: baseline, candidates, baseline again */
#define BLOCKS_MOST 32
#define DRIFT_CELL  0.003 /* the machine's pace wanders by that from one cell to the next */

struct campaign {
    enum synthetic_noise noise;
    double scale;  /* of a cell's own noise: that of a ratio is about 1.4 times as large */
    double memory; /* of a cell's own noise, from block to block, when it is normal */
    double left;   /* scale of what a cell leaves to the one behind it, the same in all blocks */
    bool cyclic; /* the order is a cyclic square's, in which nobody ever gets another forerunner */
    size_t blocks;
    double effect[FAMILY]; /* true log ratios */
};

struct outcome {
    struct comparison family[FAMILY];
    double log_ratios[FAMILY][BLOCKS_MOST];
    double again[WORKLOADS][BLOCKS_MOST]; /* the baseline against itself */
};

#define SQUARE_MOST (2 * SLOTS) /* rows */

/* What a workload's cells are like, and their order in the blocks of a square. */
struct cells {
    double pace; /* of the machine */
    double own[SLOTS];
    double left[SLOTS];
    uint32_t slots[SLOTS];
    uint32_t rows[SQUARE_MOST];
};

static void shuffle(struct random *random, uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t j = random_below(random, i + 1);
        numbers[i] = numbers[j];
        numbers[j] = (uint32_t)i;
    }
}

/* The order of a block as the plan draws it: a row of a square over a fresh permutation. */
static void draw_order(struct random *random,
                       const struct campaign *campaign,
                       struct cells *cells,
                       size_t block,
                       uint32_t order[SLOTS])
{
    size_t rows = campaign->cyclic ? SLOTS : square_rows(SLOTS);
    if (block % rows == 0) {
        shuffle(random, cells->slots, SLOTS);
        shuffle(random, cells->rows, rows);
    }
    size_t row = cells->rows[block % rows];
    if (!campaign->cyclic) {
        square_row(order, SLOTS, row);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        order[i] = cells->slots[campaign->cyclic ? (row + i) % SLOTS : order[i]];
    }
}

/* The logs of a block's values: noise of their own, and what the cell before left, on a pace that wanders
 * through the block. */
static void measure_block(struct random *random,
                          const struct campaign *campaign,
                          struct cells *cells,
                          const uint32_t order[SLOTS],
                          double values[SLOTS])
{
    double left = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        size_t slot = order[i];
        double fresh = synthetic_noise(random, campaign->noise, campaign->scale);
        double memory = campaign->memory;
        cells->own[slot] = memory * cells->own[slot] + sqrt(1 - memory * memory) * fresh;
        cells->pace += DRIFT_CELL * synthetic_normal(random);
        values[slot] = cells->pace + cells->own[slot] + left;
        left = cells->left[slot];
    }
}

static void measure_workload(struct random *random,
                             const struct campaign *campaign,
                             size_t workload,
                             struct outcome *outcome)
{
    struct cells cells = {0};
    uint32_t order[SLOTS];
    double values[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        cells.own[i] = synthetic_noise(random, campaign->noise, campaign->scale);
        cells.left[i] = campaign->left * synthetic_normal(random);
    }
    cells.left[SLOTS - 1] = cells.left[0]; /* one library */
    for (size_t block = 0; block < campaign->blocks; block++) {
        draw_order(random, campaign, &cells, block, order);
        measure_block(random, campaign, &cells, order, values);
        for (size_t i = 0; i < CANDIDATES; i++) {
            size_t cell = workload * CANDIDATES + i;
            outcome->log_ratios[cell][block] = values[i + 1] - values[0] + campaign->effect[cell];
        }
        outcome->again[workload][block] = values[SLOTS - 1] - values[0];
    }
}

static void measure(struct random *random, const struct campaign *campaign, struct outcome *outcome)
{
    for (size_t workload = 0; workload < WORKLOADS; workload++) {
        measure_workload(random, campaign, workload, outcome);
    }
}

/* `delta` 0: that of the baseline against itself. */
static void judge(const struct campaign *campaign, struct outcome *outcome, double delta)
{
    for (size_t i = 0; i < FAMILY; i++) {
        double again[BLOCKS_MOST];
        memcpy(again, outcome->again[i / CANDIDATES], campaign->blocks * sizeof *again);
        struct estimate estimate = estimate_median(again, campaign->blocks);
        outcome->family[i] =
            (struct comparison){.log_ratios = outcome->log_ratios[i],
                                .count = campaign->blocks,
                                .delta = delta > 0 ? delta : verdict_delta(&estimate)};
    }
    assert_true(verdict_judge(outcome->family, FAMILY, VERDICT_ALPHA));
}

static double percent(size_t hits, size_t runs)
{
    return 100 * (double)hits / (double)runs;
}

/* ---- false verdicts ---- */

static bool tells_of_difference(const struct comparison *comparison)
{
    return comparison->verdict == VERDICT_LESS || comparison->verdict == VERDICT_GREATER;
}

/* Campaigns without any true difference: how many tell of one, and how many have a cell that chance
 * alone would not explain, whatever delta. */
static size_t check_families(const struct campaign *campaign, size_t runs)
{
    struct outcome outcome;
    struct random random;
    size_t wrong = 0;
    size_t significant = 0;
    random_seed(&random, campaign->blocks, campaign->noise);
    for (size_t run = 0; run < runs; run++) {
        bool told = false;
        bool sure = false;
        measure(&random, campaign, &outcome);
        judge(campaign, &outcome, 0);
        for (size_t i = 0; i < FAMILY; i++) {
            told = told || tells_of_difference(&outcome.family[i]);
            sure = sure || outcome.family[i].p_adjusted <= VERDICT_ALPHA;
        }
        wrong += told;
        significant += sure;
    }
    print_message("%s noise, memory %.1f, %zu blocks, 25 comparisons without a difference: a false "
                  "verdict in %.2f %% of campaigns, Holm p <= 0.05 in %.2f %%\n",
                  synthetic_noise_names[campaign->noise],
                  campaign->memory,
                  campaign->blocks,
                  percent(wrong, runs),
                  percent(significant, runs));
    synthetic_at_most(wrong, runs, VERDICT_ALPHA);
    return significant;
}

static void few_campaigns_tell_of_differences_that_are_none(void **state)
{
    (void)state;
    size_t runs = SYNTHETIC_RUNS(2000);
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        struct campaign campaign = {.noise = noise, .scale = 0.02, .blocks = 15};
        synthetic_at_most(check_families(&campaign, runs), runs, VERDICT_ALPHA);
        campaign.blocks = 30;
        synthetic_at_most(check_families(&campaign, runs), runs, VERDICT_ALPHA);
    }
}

/* The limit: cells that remember their last block. The test takes blocks for independent. */
static void memory_between_blocks_makes_tests_too_sure(void **state)
{
    (void)state;
    size_t runs = SYNTHETIC_RUNS(1000);
    static const double memories[] = {0.2, 0.4};
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++) {
        struct campaign campaign = {.scale = 0.02, .memory = memories[i], .blocks = 30};
        assert_true(check_families(&campaign, runs) < runs);
    }
}

/* How many intervals of the baseline against itself miss what is there: nothing. */
static size_t count_misses(const struct campaign *campaign, size_t runs)
{
    struct outcome outcome;
    struct random random;
    size_t missed = 0;
    random_seed(&random, campaign->blocks, 77);
    for (size_t run = 0; run < runs; run++) {
        measure(&random, campaign, &outcome);
        for (size_t workload = 0; workload < WORKLOADS; workload++) {
            struct estimate estimate = estimate_median(outcome.again[workload], campaign->blocks);
            missed += estimate.low > 0 || estimate.high < 0;
        }
    }
    print_message(
        "cells leave %.1f %% to the next, noise of ratios %.1f %%, %zu blocks in %s squares: "
        "the baseline against itself misses 1 in %.1f %% of intervals\n",
        100 * campaign->left,
        100 * M_SQRT2 * campaign->scale,
        campaign->blocks,
        campaign->cyclic ? "cyclic" : "Williams'",
        percent(missed, runs * WORKLOADS));
    return missed;
}

/* What a cell leaves to the next stands in a cyclic square's blocks with the same sign. */
static void what_cells_leave_behind_turns_no_interval(void **state)
{
    (void)state;
    size_t runs = SYNTHETIC_RUNS(2000);
    static const size_t blocks[] = {9, 15};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct campaign campaign = {.scale = 0.01, .left = 0.01, .blocks = blocks[i]};
        size_t missed = count_misses(&campaign, runs);
        synthetic_at_most(missed, runs * WORKLOADS, 0.05);
        campaign.cyclic = true;
        assert_true(count_misses(&campaign, runs) > missed);
    }
}

/* ---- power ---- */

/* One cell of 25 is 5 % slower. Delta is that of the baseline's cell against itself, which is as noisy, or when
 * given that of a quiet one. */
static void check_power(const struct campaign *campaign, double delta, double least)
{
    size_t runs = SYNTHETIC_RUNS(1000);
    size_t found = 0;
    struct campaign slower = *campaign;
    struct outcome outcome;
    struct random random;
    slower.effect[0] = log(1.05);
    random_seed(&random, 100 + campaign->blocks, campaign->noise);
    for (size_t run = 0; run < runs; run++) {
        measure(&random, &slower, &outcome);
        judge(&slower, &outcome, delta);
        found += outcome.family[0].verdict == VERDICT_GREATER;
    }
    print_message(
        "%s noise, of ratios %.1f %%, %zu blocks, delta %s: a difference of 5 %% is told in "
        "%.1f %% of campaigns\n",
        synthetic_noise_names[campaign->noise],
        100 * M_SQRT2 * campaign->scale,
        campaign->blocks,
        delta > 0 ? "2 %" : "from the baseline again",
        percent(found, runs));
    synthetic_at_least(found, runs, least);
}

static void differences_are_told(void **state)
{
    (void)state;
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        bool normal = noise == NOISE_NORMAL;
        struct campaign campaign = {.noise = noise, .scale = 0.01, .blocks = 15};
        check_power(&campaign, 0, normal ? 0.9 : 0.6);
        campaign.scale = 0.02 * M_SQRT1_2;
        check_power(&campaign, VERDICT_DELTA_LEAST, normal ? 0.9 : 0.5);
        check_power(&campaign, 0, normal ? 0.9 : 0.45);
        campaign.blocks = 32;
        check_power(&campaign, 0, normal ? 0.9 : 0.8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_campaigns_tell_of_differences_that_are_none),
        cmocka_unit_test(memory_between_blocks_makes_tests_too_sure),
        cmocka_unit_test(what_cells_leave_behind_turns_no_interval),
        cmocka_unit_test(differences_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

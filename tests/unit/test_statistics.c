/* The statistics' small functions and what a verdict says, on cases that can be checked by hand. */
#include "harness/statistics/adjust.h"
#include "harness/statistics/effect.h"
#include "harness/statistics/resample.h"
#include "harness/statistics/sign_test.h"
#include "harness/statistics/stopping.h"
#include "harness/statistics/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void near(double found, double wanted)
{
    assert_true(fabs(found - wanted) < 1e-12);
}

static void sign_tests_are_exact(void **state)
{
    (void)state;
    near(sign_test_p(0, 0), 1);
    near(sign_test_p(3, 3), 1);
    near(sign_test_p(0, 6), 2.0 / 64);
    near(sign_test_p(6, 0), 2.0 / 64);
    near(sign_test_p(1, 9), 2 * (1 + 10) / 1024.0);
    assert_true(sign_test_p(0, 1000) > 0);
}

static void holm_takes_each_p_times_the_tests_left(void **state)
{
    (void)state;
    double p[] = {0.04, 0.01, NAN, 0.03};
    assert_true(adjust_holm(p, 4));
    near(p[1], 0.03);
    near(p[3], 0.06);
    near(p[0], 0.06);
    assert_true(isnan(p[2]));
    assert_true(adjust_holm(p, 0));
}

static void benjamini_hochberg_takes_each_p_by_its_rank(void **state)
{
    (void)state;
    double p[] = {0.04, 0.01, NAN, 0.03};
    assert_true(adjust_benjamini_hochberg(p, 4));
    near(p[1], 0.03);
    near(p[3], 0.04);
    near(p[0], 0.04);
    assert_true(isnan(p[2]));
}

static void a12_counts_wins_and_half_the_ties(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3};
    const double b[] = {2, 0};
    near(effect_a12(a, 3, b, 2), 4.5 / 6);
    near(effect_a12(b, 2, a, 3), 1.5 / 6);
    assert_true(isnan(effect_a12(a, 0, b, 2)));
    assert_true(isnan(effect_a12(a, 3, b, 0)));
}

/* Ten pairs from `from` on, in steps; judged alone or with others. */
static struct comparison ten_pairs(double *values, double from, double step, double delta)
{
    for (size_t i = 0; i < 10; i++) {
        values[i] = from + step * (double)i;
    }
    return (struct comparison){.log_ratios = values, .count = 10, .delta = delta};
}

static enum verdict verdict_alone(double from, double step, double delta)
{
    double values[10];
    struct comparison comparison = ten_pairs(values, from, step, delta);
    assert_true(verdict_judge(&comparison, 1, VERDICT_ALPHA));
    return comparison.verdict;
}

static void a_verdict_needs_an_interval_beyond_delta(void **state)
{
    (void)state;
    assert_int_equal(verdict_alone(0.05, 0.001, 0.02), VERDICT_GREATER);
    assert_int_equal(verdict_alone(-0.05, -0.001, 0.02), VERDICT_LESS);
    assert_int_equal(verdict_alone(0.001, 0.001, 0.02), VERDICT_EQUIVALENT);
    assert_int_equal(verdict_alone(-0.010, 0.001, 0.02), VERDICT_EQUIVALENT);
    assert_int_equal(verdict_alone(0.015, 0.001, 0.02), VERDICT_UNRESOLVED);
    assert_int_equal(verdict_alone(-0.1, 0.02, 0.02), VERDICT_UNRESOLVED);
    assert_int_equal(verdict_alone(0.05, 0.001, 0.10), VERDICT_EQUIVALENT);
}

static void without_a_known_delta_nothing_is_equivalent(void **state)
{
    (void)state;
    assert_int_equal(verdict_alone(0.5, 0.001, INFINITY), VERDICT_UNRESOLVED);
    assert_int_equal(verdict_alone(0.0, 0.001, INFINITY), VERDICT_UNRESOLVED);
    assert_int_equal(verdict_alone(0.0, 0.001, NAN), VERDICT_UNRESOLVED);
}

static void figures_of_a_comparison(void **state)
{
    (void)state;
    double values[10];
    struct comparison comparison = ten_pairs(values, log(2), 0.01, 0.02);
    assert_true(verdict_judge(&comparison, 1, VERDICT_ALPHA));
    near(comparison.ratio, 2 * exp(0.045));
    near(comparison.low, 2 * exp(0.01));
    near(comparison.high, 2 * exp(0.08));
    near(comparison.p, 2.0 / 1024);
    near(comparison.p_adjusted, comparison.p);
}

static void a_larger_family_needs_more_blocks(void **state)
{
    (void)state;
    static double values[30][10];
    struct comparison family[30];
    for (size_t i = 0; i < 30; i++) {
        family[i] = ten_pairs(values[i], 0.05, 0.001, 0.02);
    }
    assert_true(verdict_judge(family, 25, VERDICT_ALPHA));
    assert_int_equal(family[24].verdict, VERDICT_GREATER);
    assert_true(verdict_judge(family, 26, VERDICT_ALPHA));
    assert_int_equal(family[0].verdict, VERDICT_UNRESOLVED);
    for (size_t i = 25; i < 30; i++) {
        family[i].count = 0;
    }
    assert_true(verdict_judge(family, 30, VERDICT_ALPHA));
    assert_int_equal(family[24].verdict, VERDICT_GREATER);
    assert_int_equal(family[25].verdict, VERDICT_NONE);
    assert_true(isnan(family[25].p) && isnan(family[25].p_adjusted) && isnan(family[25].ratio));
    assert_true(verdict_judge(family, 0, VERDICT_ALPHA));
}

static void too_few_pairs_are_unresolved(void **state)
{
    (void)state;
    double values[10];
    struct comparison comparison = ten_pairs(values, 0.05, 0.001, 0.02);
    comparison.count = 5;
    assert_true(verdict_judge(&comparison, 1, 0.5));
    assert_int_equal(comparison.verdict, VERDICT_UNRESOLVED);
    assert_true(isnan(comparison.low) && isnan(comparison.high) && isnan(comparison.confidence));
}

static void delta_is_the_reach_of_the_baseline_against_itself_or_the_least(void **state)
{
    (void)state;
    struct estimate wide = {10, 0.01, -0.01, 0.04, 0.97};
    struct estimate narrow = {10, 0.005, 0.001, 0.011, 0.97};
    struct estimate none = {5, 0.01, NAN, NAN, NAN};
    struct estimate below = {10, -0.02, -0.06, 0.01, 0.97};
    near(verdict_delta(&wide), expm1(0.04)); /* as a ratio: within 1 + delta lies e^0.04 */
    near(verdict_delta(&below), expm1(0.06));
    near(verdict_delta(&narrow), VERDICT_DELTA_LEAST);
    assert_true(isinf(verdict_delta(&none)));
}

static void blocks_needed_by_the_size_of_the_family(void **state)
{
    (void)state;
    assert_int_equal(verdict_blocks_needed(0, 0.05), 6);
    assert_int_equal(verdict_blocks_needed(1, 0.05), 6);
    assert_int_equal(verdict_blocks_needed(25, 0.05), 10);
    assert_int_equal(verdict_blocks_needed(100, 0.05), 12);
    assert_int_equal(verdict_blocks_needed(760, 0.05), 15);
    assert_int_equal(verdict_blocks_needed(1, 0.9), 6);
}

static void looks_are_where_the_rank_is_about_to_rise(void **state)
{
    (void)state;
    size_t looks = 0;
    size_t last = 0;
    for (size_t blocks = 0; blocks <= 1000; blocks++) {
        if (stopping_looks_after(blocks)) {
            double coverage;
            assert_true(sign_interval_rank(blocks + 1, CONFIDENCE, &coverage) >
                        sign_interval_rank(blocks, CONFIDENCE, &coverage));
            assert_true(4 * blocks >= 5 * last);
            last = blocks;
            looks++;
        }
    }
    assert_int_equal(looks, 7);
    assert_int_equal(last, 64);
}

static void stops_when_the_widest_interval_is_narrow_enough(void **state)
{
    (void)state;
    double one[11];
    double other[11];
    for (size_t i = 0; i < 11; i++) {
        one[i] = 0.010 * (double)i;
        other[i] = 0.001 * (double)i;
    }
    struct comparison family[] = {{.log_ratios = one, .count = 11},
                                  {.log_ratios = other, .count = 11},
                                  {.log_ratios = NULL, .count = 0}};
    assert_true(stopping_reached(family, 3, 11, 0.0401));
    assert_false(stopping_reached(family, 3, 11, 0.0399));
    assert_true(stopping_reached(family + 1, 2, 11, 0.0399));
    assert_false(stopping_reached(family, 3, 12, 0.0401));
    assert_false(stopping_reached(family + 2, 1, 11, 0.0401));
    family[1].count = 5;
    assert_false(stopping_reached(family, 3, 11, 0.0401));
}

#define CELLS  3
#define BLOCKS 8

static void geometric_means_with_intervals(void **state)
{
    (void)state;
    double log_ratios[CELLS * BLOCKS];
    struct geomean mean;
    struct geomean again;
    for (size_t i = 0; i < sizeof log_ratios / sizeof log_ratios[0]; i++) {
        log_ratios[i] = log(2) + 0.01 * (double)(i % 5) - 0.02;
    }
    assert_true(resample_geomean(log_ratios, CELLS, BLOCKS, 1, &mean));
    assert_true(mean.low <= mean.ratio && mean.ratio <= mean.high);
    assert_true(mean.low > 1.95 && mean.high < 2.05 && mean.high - mean.low > 0.001);
    assert_true(resample_geomean(log_ratios, CELLS, BLOCKS, 1, &again));
    assert_true(again.low == mean.low && again.high == mean.high);
    assert_true(resample_geomean(log_ratios, CELLS, 5, 1, &mean));
    assert_true(mean.ratio > 1.9 && isnan(mean.low) && isnan(mean.high));
    assert_true(resample_geomean(log_ratios, 0, BLOCKS, 1, &mean));
    assert_true(isnan(mean.ratio));
}

static void geometric_means_with_values_missing(void **state)
{
    (void)state;
    double log_ratios[CELLS * BLOCKS];
    struct geomean mean;
    for (size_t i = 0; i < sizeof log_ratios / sizeof log_ratios[0]; i++) {
        size_t cell = i / BLOCKS;
        log_ratios[i] = log(2) * (double)(cell + 1);
    }
    for (size_t block = 1; block < BLOCKS; block++) {
        log_ratios[block] = NAN;
    }
    assert_true(resample_geomean(log_ratios, CELLS, BLOCKS, 1, &mean));
    near(mean.ratio, 4);
    near(mean.low, 4);
    near(mean.high, 4);
    log_ratios[0] = NAN;
    assert_true(resample_geomean(log_ratios, CELLS, BLOCKS, 1, &mean));
    assert_true(isnan(mean.ratio) && isnan(mean.low) && isnan(mean.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_tests_are_exact),
        cmocka_unit_test(holm_takes_each_p_times_the_tests_left),
        cmocka_unit_test(benjamini_hochberg_takes_each_p_by_its_rank),
        cmocka_unit_test(a12_counts_wins_and_half_the_ties),
        cmocka_unit_test(a_verdict_needs_an_interval_beyond_delta),
        cmocka_unit_test(without_a_known_delta_nothing_is_equivalent),
        cmocka_unit_test(figures_of_a_comparison),
        cmocka_unit_test(a_larger_family_needs_more_blocks),
        cmocka_unit_test(too_few_pairs_are_unresolved),
        cmocka_unit_test(delta_is_the_reach_of_the_baseline_against_itself_or_the_least),
        cmocka_unit_test(blocks_needed_by_the_size_of_the_family),
        cmocka_unit_test(looks_are_where_the_rank_is_about_to_rise),
        cmocka_unit_test(stops_when_the_widest_interval_is_narrow_enough),
        cmocka_unit_test(geometric_means_with_intervals),
        cmocka_unit_test(geometric_means_with_values_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

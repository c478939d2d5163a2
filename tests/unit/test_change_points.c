/* Change points: splits against their definition, and how often they are found and imagined in
 * simulated histories. The figures printed are those of the README in harness/statistics. */
#include "harness/statistics/change_points.h"
#include "harness/statistics/split.h"
#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define NIGHTS 60
#define POINTS 12
#define NOISE  0.02
#define STEP   0.05

static const struct change_search search = {
    .segment_least = 3, .delta = 0.02, .alpha = 0.05, .seed = 20240229};

static double mean_distance(const double *a, size_t a_count, const double *b, size_t b_count)
{
    double sum = 0;
    for (size_t i = 0; i < a_count * b_count; i++) {
        sum += fabs(a[i / b_count] - b[i % b_count]);
    }
    return sum / (double)(a_count * b_count);
}

/* Twice the mean distance between the sides less those within, each over its pairs of two values. */
static double statistic_by_definition(const double *values, size_t count, size_t at)
{
    double left = (double)at;
    double right = (double)(count - at);
    return left * right / (left + right) *
           (2 * mean_distance(values, at, values + at, count - at) -
            mean_distance(values, at, values, at) * left / (left - 1) -
            mean_distance(values + at, count - at, values + at, count - at) * right / (right - 1));
}

static void the_best_split_is_the_one_by_definition(void **state)
{
    (void)state;
    struct random random;
    double values[40];
    struct split_work *work = split_work_new(40);
    assert_non_null(work);
    random_seed(&random, 1, 0);
    for (size_t count = 6; count <= 40; count++) {
        for (size_t i = 0; i < count; i++) {
            values[i] = floor(synthetic_noise(&random, NOISE_LOGNORMAL, 4));
        }
        struct split split = split_best(work, values, count, 3);
        double best = -INFINITY;
        for (size_t at = 3; at + 3 <= count; at++) {
            best = fmax(best, statistic_by_definition(values, count, at));
        }
        assert_true(fabs(split.statistic - best) < 1e-9);
        assert_true(fabs(statistic_by_definition(values, count, split.at) - best) < 1e-9);
    }
    split_work_free(work);
}

/* Of six values 3 low and 3 high: 2 of the 20 ways to part them are as good. */
static void p_is_the_share_of_orders_as_good(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3, 101, 102, 103};
    struct split_work *work = split_work_new(6);
    assert_non_null(work);
    struct split split = split_best(work, values, 6, 3);
    random_seed(&split.random, 1, 0);
    assert_int_equal(split.at, 3);
    split_draw(work, &split, 50);
    assert_true(split.drawn == 50 || split.as_good == SPLIT_ENOUGH);
    double sum = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        split = split_best(work, values, 6, 3);
        random_seed(&split.random, seed, 0);
        split_draw(work, &split, 1000000);
        assert_int_equal(split.as_good, SPLIT_ENOUGH);
        sum += (double)split.drawn;
    }
    assert_true(fabs(sum / 400 / SPLIT_ENOUGH - 10) < 0.6);
    split_work_free(work);
}

static void steps(double *values, size_t count, size_t from, double step)
{
    for (size_t i = from; i < count; i++) {
        values[i] += step;
    }
}

static void every_step_of_a_clear_series_is_found(void **state)
{
    (void)state;
    double values[60];
    struct change_point points[POINTS];
    for (size_t i = 0; i < 60; i++) {
        values[i] = 0.001 * (double)(i * 7 % 5);
    }
    assert_int_equal(change_points_find(values, 60, &search, points, POINTS), 0);
    steps(values, 60, 20, 0.1);
    steps(values, 60, 45, -0.05);
    assert_int_equal(change_points_find(values, 60, &search, points, POINTS), 2);
    assert_int_equal(points[0].at, 20);
    assert_int_equal(points[1].at, 45);
    assert_true(fabs(points[0].after - points[0].before - 0.1) < 1e-9);
    assert_true(points[0].after == points[1].before);
    assert_true(fabs(points[1].after - points[1].before + 0.05) < 1e-9);
    assert_true(points[0].p <= 0.05 && points[1].p <= 0.05);
    points[1].at = 0;
    assert_int_equal(change_points_find(values, 60, &search, points, 1), 2);
    assert_int_equal(points[1].at, 0);
}

static void a_step_below_delta_is_none(void **state)
{
    (void)state;
    double values[40];
    struct change_point points[POINTS];
    struct change_search coarse = search;
    for (size_t i = 0; i < 40; i++) {
        values[i] = 0.0001 * (double)(i * 7 % 5);
    }
    steps(values, 40, 20, 0.015);
    assert_int_equal(change_points_find(values, 40, &search, points, POINTS), 0);
    steps(values, 40, 20, 0.015);
    assert_int_equal(change_points_find(values, 40, &search, points, POINTS), 1);
    coarse.delta = 0.04;
    assert_int_equal(change_points_find(values, 40, &coarse, points, POINTS), 0);
}

static void short_and_constant_series_have_none(void **state)
{
    (void)state;
    const double values[30] = {0, 0, 0, 1, 1, 1};
    struct change_point points[POINTS];
    const double constant[30] = {0};
    assert_int_equal(change_points_find(values, 0, &search, points, POINTS), 0);
    assert_int_equal(change_points_find(values, 5, &search, points, POINTS), 0);
    assert_int_equal(change_points_find(values, 6, &search, points, POINTS), 0);
    assert_int_equal(change_points_find(constant, 30, &search, points, POINTS), 0);
    struct change_series series = {.values = values, .count = 5};
    assert_true(change_points_judge(&series, 1, &search));
    assert_true(isnan(series.p) && isnan(series.p_adjusted) && series.found == 0);
    assert_true(change_points_judge(&series, 0, &search));
}

static void the_same_seed_gives_the_same_result(void **state)
{
    (void)state;
    struct random random;
    double values[60];
    struct change_point first[POINTS];
    struct change_point again[POINTS];
    random_seed(&random, 2, 0);
    synthetic_series(&random, NOISE, 0, 60, values);
    steps(values, 60, 30, 0.03);
    size_t found = change_points_find(values, 60, &search, first, POINTS);
    assert_int_equal(found, 1);
    assert_int_equal(change_points_find(values, 60, &search, again, POINTS), found);
    assert_true(first[0].at == again[0].at && first[0].p == again[0].p);
}

/* ---- by simulation ---- */

static size_t find_in_noise(struct random *random,
                            enum synthetic_noise noise,
                            size_t nights,
                            size_t after,
                            struct change_point *points)
{
    double values[NIGHTS];
    for (size_t i = 0; i < nights; i++) {
        values[i] = synthetic_noise(random, noise, NOISE);
    }
    steps(values, nights, nights - after, STEP);
    return change_points_find(values, nights, &search, points, POINTS);
}

static void check_without_change(enum synthetic_noise noise, size_t nights)
{
    size_t runs = SYNTHETIC_RUNS(1500);
    size_t wrong = 0;
    struct random random;
    struct change_point points[POINTS];
    random_seed(&random, 3, nights * NOISES + noise);
    for (size_t run = 0; run < runs; run++) {
        wrong += find_in_noise(&random, noise, nights, 0, points) > 0;
    }
    print_message("%s noise, %zu nights without a change: %.1f %% of series have one\n",
                  synthetic_noise_names[noise],
                  nights,
                  100 * (double)wrong / (double)runs);
    synthetic_at_most(wrong, runs, 0.05);
}

static void series_without_a_change_have_none(void **state)
{
    (void)state;
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        check_without_change(noise, 8);
        check_without_change(noise, 20);
        check_without_change(noise, 60);
    }
}

/* The share within two nights of a step `after` nights old. */
static void check_step(enum synthetic_noise noise, size_t after, double least)
{
    size_t runs = SYNTHETIC_RUNS(500);
    size_t found = 0;
    size_t near = 0;
    struct random random;
    struct change_point points[POINTS];
    random_seed(&random, 4, after * NOISES + noise);
    for (size_t run = 0; run < runs; run++) {
        size_t count = find_in_noise(&random, noise, 52 + after, after, points);
        found += count > 0;
        near += count > 0 && labs((long)points[count - 1].at - 52) <= 2;
    }
    print_message(
        "%s noise, %zu nights after a step of 5 %%: found %.1f %%, within two nights of it "
        "%.1f %%\n",
        synthetic_noise_names[noise],
        after,
        100 * (double)found / (double)runs,
        100 * (double)near / (double)runs);
    synthetic_at_least(near, runs, least);
}

static void a_step_is_found_within_eight_nights(void **state)
{
    (void)state;
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        check_step(noise, 3, 0.3);
        check_step(noise, 5, 0.6);
        check_step(noise, 8, noise == NOISE_NORMAL ? 0.9 : 0.75);
    }
}

#define FAMILY_MOST 100

struct told {
    size_t near;        /* families whose step was found within two nights of where it is */
    double false_share; /* of the series told of, summed over families */
};

/* Families in which one series has a step, eight nights old. */
static struct told judge_families(size_t size, size_t runs)
{
    static double values[FAMILY_MOST][60];
    static struct change_point points[FAMILY_MOST][POINTS];
    struct change_series family[FAMILY_MOST];
    struct told told = {0, 0};
    struct random random;
    random_seed(&random, 5, size);
    for (size_t run = 0; run < runs; run++) {
        for (size_t i = 0; i < size; i++) {
            synthetic_series(&random, NOISE, 0, 60, values[i]);
            family[i] = (struct change_series){
                .values = values[i], .count = 60, .points = points[i], .room = POINTS};
        }
        steps(values[0], 60, 52, STEP);
        assert_true(change_points_judge(family, size, &search));
        size_t found = family[0].found;
        told.near += found > 0 && labs((long)points[0][found - 1].at - 52) <= 2;
        size_t imagined = 0;
        for (size_t i = 1; i < size; i++) {
            imagined += family[i].found > 0;
        }
        size_t all = imagined + (found > 0);
        told.false_share += all > 0 ? (double)imagined / (double)all : 0;
    }
    return told;
}

static void check_family(size_t size, size_t runs, double least)
{
    struct told told = judge_families(size, runs);
    print_message(
        "%zu series of 60 nights, one with a step 8 nights old: found within two nights of "
        "it %.1f %%, mean share of false series %.1f %%\n",
        size,
        100 * (double)told.near / (double)runs,
        100 * told.false_share / (double)runs);
    synthetic_at_least(told.near, runs, least);
    /* 5 % in the mean, which so few families tell to 2 %. */
    synthetic_at_most((size_t)told.false_share, runs, 0.07);
}

/* One of a hundred has to be surer than one of few, and its step may be seen a night later. */
static void a_step_is_found_in_a_family(void **state)
{
    (void)state;
    check_family(25, SYNTHETIC_RUNS(100), 0.9);
    check_family(FAMILY_MOST, SYNTHETIC_RUNS(40), 0.75);
}

/* The limit: nights that remember each other are no chance order, and are told of as changes. */
static void memory_between_nights_is_taken_for_change(void **state)
{
    (void)state;
    static const double memories[] = {0.2, 0.4};
    size_t runs = SYNTHETIC_RUNS(600);
    for (size_t m = 0; m < sizeof memories / sizeof memories[0]; m++) {
        struct random random;
        struct change_point points[POINTS];
        double values[60];
        size_t wrong = 0;
        random_seed(&random, 6, m);
        for (size_t run = 0; run < runs; run++) {
            synthetic_series(&random, NOISE, memories[m], 60, values);
            wrong += change_points_find(values, 60, &search, points, POINTS) > 0;
        }
        print_message("normal noise, 60 nights, correlation of neighbours %.1f: %.1f %% of series "
                      "have a change\n",
                      memories[m],
                      100 * (double)wrong / (double)runs);
        assert_true(wrong < runs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_split_is_the_one_by_definition),
        cmocka_unit_test(p_is_the_share_of_orders_as_good),
        cmocka_unit_test(every_step_of_a_clear_series_is_found),
        cmocka_unit_test(a_step_below_delta_is_none),
        cmocka_unit_test(short_and_constant_series_have_none),
        cmocka_unit_test(the_same_seed_gives_the_same_result),
        cmocka_unit_test(series_without_a_change_have_none),
        cmocka_unit_test(a_step_is_found_within_eight_nights),
        cmocka_unit_test(a_step_is_found_in_a_family),
        cmocka_unit_test(memory_between_nights_is_taken_for_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

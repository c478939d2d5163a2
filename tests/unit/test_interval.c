/* Medians and sign intervals: by hand, and coverage against simulation. */
#include "harness/statistics/interval.h"
#include "workloads/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void six_values_are_the_least_for_an_interval(void **state)
{
    (void)state;
    double five[] = {5, 1, 4, 2, 3};
    double six[] = {6, 5, 1, 4, 2, 3};
    struct estimate estimate = estimate_median(five, 5);
    assert_int_equal(estimate.count, 5);
    assert_true(estimate.median == 3);
    assert_true(isnan(estimate.low) && isnan(estimate.high) && isnan(estimate.confidence));
    estimate = estimate_median(six, 6);
    assert_true(estimate.median == 3.5);
    assert_true(estimate.low == 1 && estimate.high == 6);
    assert_true(fabs(estimate.confidence - 0.96875) < 1e-12);
}

static void an_interval_leaves_out_the_extremes_when_it_may(void **state)
{
    (void)state;
    double nine[] = {90, 10, 20, 80, 30, 70, 40, 60, 50};
    struct estimate estimate = estimate_median(nine, 9);
    assert_true(estimate.median == 50);
    assert_true(estimate.low == 20 && estimate.high == 80);
    assert_true(fabs(estimate.confidence - (1 - 20.0 / 512)) < 1e-12);
}

static void medians_of_few_values(void **state)
{
    (void)state;
    double one[] = {7};
    double two[] = {9, -1};
    double same[] = {2, 2, 2, 2, 2, 2, 2};
    struct estimate estimate = estimate_median(one, 0);
    assert_int_equal(estimate.count, 0);
    assert_true(isnan(estimate.median) && isnan(estimate.low));
    assert_true(estimate_median(one, 1).median == 7);
    assert_true(estimate_median(two, 2).median == 4);
    estimate = estimate_median(same, 7);
    assert_true(estimate.median == 2 && estimate.low == 2 && estimate.high == 2);
}

#define RUNS 20000

/* Draws `count` values of a skewed distribution whose median is known (-ln(u): ln 2) and tells
 * whether their interval covers it. */
static int covers(struct random *random, size_t count, double *claimed)
{
    double values[30];
    for (size_t i = 0; i < count; i++) {
        values[i] = -log(1 - random_unit(random));
    }
    struct estimate estimate = estimate_median(values, count);
    *claimed = estimate.confidence;
    return estimate.low <= M_LN2 && M_LN2 <= estimate.high ? 1 : 0;
}

static void intervals_cover_the_median_as_often_as_they_say(void **state)
{
    (void)state;
    static const size_t counts[] = {6, 10, 15, 30};
    struct random random;
    random_seed(&random, 42, 0);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        double claimed = 0;
        int covered = 0;
        for (int run = 0; run < RUNS; run++) {
            covered += covers(&random, counts[c], &claimed);
        }
        double error = sqrt(claimed * (1 - claimed) / RUNS);
        assert_true(claimed >= CONFIDENCE);
        assert_true(fabs((double)covered / RUNS - claimed) < 4 * error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_values_are_the_least_for_an_interval),
        cmocka_unit_test(an_interval_leaves_out_the_extremes_when_it_may),
        cmocka_unit_test(medians_of_few_values),
        cmocka_unit_test(intervals_cover_the_median_as_often_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

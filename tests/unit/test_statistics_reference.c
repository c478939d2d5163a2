/* The statistics beside R's: the files of tests/fixtures/statistics, which reference.R there makes. */
#include "harness/statistics/adjust.h"
#include "harness/statistics/effect.h"
#include "harness/statistics/interval.h"
#include "harness/statistics/mann_whitney.h"
#include "harness/statistics/sign_test.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define COLUMNS 10
#define ROWS    2000

/* R's uniroot stops at 1e-4 when it looks for an interval by the normal distribution. */
#define ROOT_ERROR 2e-4

struct rows {
    double at[ROWS][COLUMNS]; /* NAN for an empty field */
    size_t count;
};

static void read_rows(const char *name, struct rows *rows)
{
    char path[200];
    char line[1000];
    snprintf(path, sizeof path, "tests/fixtures/statistics/%s.csv", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    rows->count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        assert_true(rows->count < ROWS);
        char *rest = line;
        for (size_t i = 0; i < COLUMNS && rest != NULL; i++) {
            const char *field = strsep(&rest, ",\n");
            rows->at[rows->count][i] = *field == '\0' ? NAN : strtod(field, NULL);
        }
        rows->count++;
    }
    fclose(file);
    assert_true(rows->count > 40);
}

static void near_within(double found, double wanted, double error)
{
    if (isnan(wanted) ? !isnan(found) : !(fabs(found - wanted) <= error)) {
        fail_msg("%.17g, R has %.17g", found, wanted);
    }
}

static void near(double found, double wanted)
{
    near_within(found, wanted, 1e-9 * fabs(wanted));
}

static struct rows rows;
static struct rows samples;

static void sign_tests(void **state)
{
    (void)state;
    read_rows("sign_test", &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const double *row = rows.at[i];
        near(sign_test_p((size_t)row[0], (size_t)row[1]), row[2]);
    }
}

static void ranks_of_sign_intervals(void **state)
{
    (void)state;
    read_rows("sign_interval", &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const double *row = rows.at[i];
        double coverage = 0;
        assert_int_equal(sign_interval_rank((size_t)row[0], row[1], &coverage), (size_t)row[2]);
        near(coverage, row[3]);
    }
}

static void adjusted_p_values(void **state)
{
    (void)state;
    static double holm[ROWS];
    static double bh[ROWS];
    read_rows("adjust", &rows);
    for (size_t from = 0, to = 0; from < rows.count; from = to) {
        while (to < rows.count && rows.at[to][0] == rows.at[from][0]) {
            holm[to] = bh[to] = rows.at[to][1];
            to++;
        }
        assert_true(adjust_holm(holm + from, to - from));
        assert_true(adjust_benjamini_hochberg(bh + from, to - from));
    }
    for (size_t i = 0; i < rows.count; i++) {
        near(holm[i], rows.at[i][2]);
        near(bh[i], rows.at[i][3]);
    }
}

/* The values of a case's sample, 1 or 2. */
static size_t sample(double number, double which, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < samples.count; i++) {
        if (samples.at[i][0] == number && samples.at[i][1] == which) {
            values[count++] = samples.at[i][2];
        }
    }
    return count;
}

static void medians_and_their_intervals(void **state)
{
    (void)state;
    static double values[ROWS];
    read_rows("samples", &samples);
    read_rows("medians", &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const double *row = rows.at[i];
        struct estimate estimate = estimate_median(values, sample(row[0], 1, values));
        near(estimate.median, row[1]);
        near(estimate.low, row[2]);
        near(estimate.high, row[3]);
    }
}

/* Where no interval by the normal distribution has the confidence, R gives the least and the largest
 * difference. */
static void check_interval(const struct shift *shift, const double *row, double error)
{
    if (row[3] == 0 && isnan(shift->low)) {
        assert_true(isnan(shift->high));
        assert_true(row[1] * row[2] < 20);
        return;
    }
    near_within(shift->low, row[7], error);
    near_within(shift->high, row[8], error);
}

static void two_samples(void **state)
{
    (void)state;
    static double a[ROWS];
    static double b[ROWS];
    read_rows("samples", &samples);
    read_rows("two_samples", &rows);
    size_t exact = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const double *row = rows.at[i];
        size_t a_count = sample(row[0], 1, a);
        size_t b_count = sample(row[0], 2, b);
        struct shift shift;
        assert_int_equal(a_count, (size_t)row[1]);
        assert_int_equal(b_count, (size_t)row[2]);
        assert_true(mann_whitney(a, a_count, b, b_count, &shift));
        double error = row[3] != 0 ? 1e-9 : ROOT_ERROR;
        assert_true(shift.w == row[4]);
        near(shift.p, row[5]);
        near(shift.shift, row[6]);
        check_interval(&shift, row, error);
        near(effect_a12(a, a_count, b, b_count), row[9]);
        exact += row[3] != 0;
    }
    assert_true(exact > 20 && rows.count - exact > 10);
}

static void an_empty_sample_gives_nothing(void **state)
{
    (void)state;
    const double one[] = {1};
    struct shift shift;
    assert_true(mann_whitney(one, 1, one, 0, &shift));
    assert_true(isnan(shift.w) && isnan(shift.p) && isnan(shift.shift) && isnan(shift.low));
    assert_true(mann_whitney(one, 0, one, 1, &shift));
    assert_true(isnan(shift.w) && isnan(shift.high));
}

static void samples_without_any_spread(void **state)
{
    (void)state;
    const double same[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    const double more[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    struct shift shift;
    assert_true(mann_whitney(same, 10, same, 10, &shift));
    assert_true(shift.p == 1 && shift.shift == 0 && shift.low == 0 && shift.high == 0);
    assert_true(mann_whitney(more, 10, same, 10, &shift));
    assert_true(shift.p < 0.001 && shift.low == 1 && shift.high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_tests),
        cmocka_unit_test(ranks_of_sign_intervals),
        cmocka_unit_test(adjusted_p_values),
        cmocka_unit_test(medians_and_their_intervals),
        cmocka_unit_test(two_samples),
        cmocka_unit_test(an_empty_sample_gives_nothing),
        cmocka_unit_test(samples_without_any_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

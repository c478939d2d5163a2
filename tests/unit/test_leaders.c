/* Who may be called the best of a case, and how much of a summary is noise. */
#include "harness/allocators.h"
#include "harness/report/leaders.h"
#include "harness/report/noise_floor.h"
#include "harness/report/summary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static struct summary_row row_of(double ratio, double low, double high)
{
    struct summary_row row;
    table_clear_row(&summary_layout, &row);
    row.ratio = ratio;
    row.ratio_low = low;
    row.ratio_high = high;
    row.failures = count_of(0);
    return row;
}

/* Asserts who leads of the rows given: '1' or '0' for each. */
static void assert_leads(const struct summary_row *rows, size_t count, const char *expected)
{
    const struct summary_row *row[8];
    bool leads[8];
    char found[9] = "";
    for (size_t i = 0; i < count; i++) {
        row[i] = isnan(rows[i].ratio) && isnan(rows[i].median) ? NULL : &rows[i];
    }
    size_t leading = leaders_find(row, count, leads);
    for (size_t i = 0; i < count; i++) {
        found[i] = leads[i] ? '1' : '0';
        leading -= leads[i] ? 1 : 0;
    }
    assert_string_equal(found, expected);
    assert_int_equal(leading, 0);
}

static void the_least_leads_with_those_that_overlap(void **state)
{
    (void)state;
    struct summary_row rows[] = {
        row_of(1, 1, 1),
        row_of(0.5, 0.48, 0.53),
        row_of(0.54, 0.53, 0.56), /* touches */
        row_of(0.55, 0.54, 0.57), /* overlaps with the one before, not with the best */
        row_of(NAN, NAN, NAN),
    };
    assert_leads(rows, 5, "01100");
    rows[1].failures = count_of(1); /* what failed in some blocks leads nothing */
    assert_leads(rows, 5, "00110");
}

static void without_intervals_nobody_leads(void **state)
{
    (void)state;
    const struct summary_row rows[] = {row_of(1, NAN, NAN), row_of(0.5, NAN, NAN)};
    assert_leads(rows, 2, "00");
}

static void without_a_baseline_medians_decide(void **state)
{
    (void)state;
    struct summary_row rows[] = {row_of(NAN, NAN, NAN), row_of(NAN, NAN, NAN)};
    rows[0].median = 20;
    rows[0].low = 18;
    rows[0].high = 22;
    rows[1].median = 10;
    rows[1].low = 9;
    rows[1].high = 11;
    assert_leads(rows, 2, "01");
}

static void medians_are_not_set_beside_ratios(void **state)
{
    (void)state;
    struct summary_row rows[] = {row_of(1, 1, 1), row_of(NAN, 2, NAN)};
    rows[1].median = 0.1; /* its ratio is infinite, and so unknown */
    rows[1].low = 0.1;
    rows[1].high = 0.1;
    assert_leads(rows, 2, "10");
}

/* A row of an allocator against "base". */
static struct summary_row verdict_row(const char *allocator, double ratio, const char *verdict)
{
    struct summary_row row = row_of(ratio, ratio, ratio);
    row.allocator = allocator;
    row.baseline = "base";
    row.verdict = verdict;
    return row;
}

static bool proves(const struct summary_row *rows, size_t count)
{
    const struct summary_row *row[4] = {NULL};
    bool leads[4];
    for (size_t i = 0; i < count; i++) {
        row[i] = &rows[i];
    }
    (void)leaders_find(row, count + 1, leads); /* the last has no row */
    return leaders_prove(row, count + 1, leads);
}

static void a_leader_is_proven_by_verdicts_not_by_intervals(void **state)
{
    (void)state;
    struct summary_row rows[] = {verdict_row("base", 1, ""),
                                 verdict_row("one", 0.9, "faster"),
                                 verdict_row("two", 0.95, "unresolved")};
    assert_true(proves(rows, 3));
    rows[1].verdict = "unresolved";
    assert_false(proves(rows, 3));
    rows[1].verdict = "equivalent";
    assert_false(proves(rows, 3));
    rows[1].verdict = "faster";
    rows[2].ratio_low = 0.9; /* overlaps */
    assert_false(proves(rows, 3));
}

static void a_leading_baseline_is_proven_by_all_others(void **state)
{
    (void)state;
    struct summary_row rows[] = {verdict_row("base", 1, ""),
                                 verdict_row("one", 1.1, "larger"),
                                 verdict_row("two", 1.2, "larger")};
    assert_true(proves(rows, 3));
    rows[2].verdict = "unresolved";
    assert_false(proves(rows, 3));
}

static struct summary_row again_row(double low, double high, double delta)
{
    struct summary_row row = row_of(1, low, high);
    row.workload = "sized";
    row.allocator = ALLOCATOR_AGAIN;
    row.figure = "ns_per_op";
    row.delta = delta;
    return row;
}

static void the_noise_floor_is_that_of_the_second_cells(void **state)
{
    (void)state;
    struct summary_row rows[] = {
        again_row(0.99, 1.01, 0.02),
        again_row(1.001, 1.05, 0.049),
        again_row(NAN, NAN, NAN), /* too few blocks */
        again_row(0.5, 2, 0.7),
        again_row(0.5, 2, 0.7),
        again_row(0.5, 2, 0.7),
    };
    rows[3].allocator = "other";
    rows[4].figure = "rss_bytes_peak";
    rows[5].workload = SUMMARY_GEOMEAN;
    const struct summary_table summary = {.rows = rows, .count = sizeof rows / sizeof rows[0]};
    struct noise_floor floor = noise_floor_of(&summary, "ns_per_op");
    assert_int_equal(floor.cells, 2);
    assert_int_equal(floor.excluding, 1);
    assert_true(fabs(floor.widest - log(1.05 / 1.001) / 2) < 1e-12);
    assert_true(floor.delta_most == 0.049);
    assert_int_equal(noise_floor_of(&summary, "cpu_ns_per_op").cells, 0);
}

static void the_reach_of_a_run_is_its_largest_family(void **state)
{
    (void)state;
    struct summary_row rows[] = {row_of(0.5, 0.4, 0.6), row_of(0.5, 0.4, 0.6), row_of(1, 1, 1)};
    rows[0].comparisons = count_of(8);
    rows[0].pairs = count_of(6);
    rows[0].delta = 0.02;
    rows[1].comparisons = count_of(2);
    rows[1].pairs = count_of(7);
    rows[1].delta = 0.02;
    const struct summary_table summary = {.rows = rows, .count = 3};
    struct verdict_reach reach = verdict_reach_of(&summary);
    assert_int_equal(reach.comparisons, 8);
    assert_int_equal(reach.pairs, 7);
    assert_int_equal(reach.needed, 9); /* 8 * 2^-8 <= 0.05 */
    assert_false(reach.lacks_delta);
    rows[1].delta = NAN;
    const struct summary_table unknown = {.rows = rows, .count = 3};
    assert_true(verdict_reach_of(&unknown).lacks_delta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_leads_with_those_that_overlap),
        cmocka_unit_test(without_intervals_nobody_leads),
        cmocka_unit_test(without_a_baseline_medians_decide),
        cmocka_unit_test(a_leader_is_proven_by_verdicts_not_by_intervals),
        cmocka_unit_test(a_leading_baseline_is_proven_by_all_others),
        cmocka_unit_test(medians_are_not_set_beside_ratios),
        cmocka_unit_test(the_noise_floor_is_that_of_the_second_cells),
        cmocka_unit_test(the_reach_of_a_run_is_its_largest_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

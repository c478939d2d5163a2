/* measurements.csv to summary.csv: series, medians, ratios in the same block, geometric means and
 * failures, on rows whose figures are known. */
#include "harness/report/series.h"
#include "harness/report/summary.h"

#include <linux/limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char folder[64];
static struct table_writer writer;

static void open_table(const struct table_layout *layout)
{
    char path[PATH_MAX];
    struct error error;
    assert_true(table_create(&writer, run_path(path, folder, layout->file), layout, &error));
}

static void close_table(void)
{
    struct error error;
    assert_true(table_close(&writer, &error));
}

static void fact(const char *key, const char *value)
{
    const struct environment_row row = {key, value};
    struct error error;
    assert_true(table_write(&writer, &row, &error));
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/heaplab-summary-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    open_table(&environment_layout);
    fact("allocators", "base,fast,null");
    fact("workloads", "second,first");
    fact("baseline", "base");
    close_table();
    open_table(&measurements_layout);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const files[] = {"environment.csv", "measurements.csv", "summary.csv"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)unlink(run_path(path, folder, files[i]));
    }
    return rmdir(folder); /* fails if anything else was left */
}

/* A throughput row; time 0 stands for a cell that crashed. */
static void measured(const char *workload, const char *allocator, uint64_t block, double time)
{
    struct measurements_row row;
    struct error error;
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = "run";
    row.block = count_of(block);
    row.warm_up = count_of(block == 0 ? 1 : 0);
    row.pass = "throughput";
    row.workload = workload;
    row.threads = count_of(1);
    row.allocator = allocator;
    row.status = time > 0 ? "ok" : "crashed";
    row.ns_per_op = time > 0 ? time : (double)NAN;
    assert_true(table_write(&writer, &row, &error));
}

static struct summary_table summarised(void)
{
    char path[PATH_MAX];
    struct summary_table table;
    struct error error;
    close_table();
    assert_true(summary_write(folder, &error));
    assert_true(summary_read(run_path(path, folder, "summary.csv"), &table, &error));
    return table;
}

/* The row of ns_per_op of a workload and allocator, NULL when there is none. */
static const struct summary_row *
find(const struct summary_table *table, const char *workload, const char *allocator)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct summary_row *row = &table->rows[i];
        if (strcmp(row->workload, workload) == 0 && strcmp(row->allocator, allocator) == 0 &&
            strcmp(row->figure, "ns_per_op") == 0) {
            return row;
        }
    }
    return NULL;
}

static const struct summary_row *
expect(const struct summary_table *table, const char *workload, const char *allocator)
{
    const struct summary_row *row = find(table, workload, allocator);
    assert_non_null(row);
    return row;
}

static void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-7)) {
        fail_msg("%.12g is not %.12g", value, expected);
    }
}

/* base: 100 + block; fast: half of it, but for block 3; warm-up wild. Six counted blocks. */
static void measure_first(void)
{
    measured("first", "base", 0, 1e6);
    measured("first", "fast", 0, 1);
    for (uint64_t block = 6; block >= 1; block--) {
        double time = 100 + (double)block;
        measured("first", "fast", block, block == 3 ? 2 * time : time / 2);
        measured("first", "base", block, time);
    }
}

static void medians_and_intervals_leave_the_warm_up_out(void **state)
{
    (void)state;
    measure_first();
    struct summary_table table = summarised();
    const struct summary_row *base = expect(&table, "first", "base");
    assert_int_equal(base->blocks.value, 6);
    assert_int_equal(base->failures.value, 0);
    assert_close(base->median, 103.5);
    assert_close(base->low, 101);
    assert_close(base->high, 106);
    assert_close(base->confidence, 0.96875);
    assert_close(base->ratio, 1);
    assert_close(base->ratio_low, 1);
    assert_string_equal(base->baseline, "base");
    assert_string_equal(base->unit, "ns");
    assert_string_equal(base->pass, "throughput");
    summary_free(&table);
}

static void ratios_are_taken_within_a_block(void **state)
{
    (void)state;
    measure_first();
    struct summary_table table = summarised();
    const struct summary_row *fast = expect(&table, "first", "fast");
    assert_close(fast->median, (52 + 52.5) / 2); /* 50.5 51 [206] 52 52.5 53 */
    assert_close(fast->ratio, 0.5);              /* not 52.25 / 103.5 */
    assert_close(fast->ratio_low, 0.5);
    assert_close(fast->ratio_high, 2);
    summary_free(&table);
}

static void the_geometric_mean_is_taken_over_the_workloads_of_a_block(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= 3; block++) {
        measured("first", "base", block, 10);
        measured("first", "fast", block, 5 * (double)block); /* ratios 0.5 1 1.5 */
        measured("second", "base", block, 20);
        measured("second", "fast", block, 40); /* ratio 2 */
    }
    struct summary_table table = summarised();
    const struct summary_row *mean = expect(&table, SUMMARY_GEOMEAN, "fast");
    assert_int_equal(mean->blocks.value, 3);
    assert_close(mean->ratio, sqrt(1.0 * 2)); /* median of sqrt(1), sqrt(2), sqrt(3) */
    assert_true(isnan(mean->ratio_low) && isnan(mean->median));
    assert_false(mean->threads.known);
    assert_close(expect(&table, SUMMARY_GEOMEAN, "base")->ratio, 1);
    summary_free(&table);
}

static void a_failed_block_is_counted_and_left_out(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= 3; block++) {
        measured("first", "base", block, 10 * (double)block);
        measured("first", "fast", block, block == 2 ? 0 : 10);
    }
    struct summary_table table = summarised();
    const struct summary_row *fast = expect(&table, "first", "fast");
    assert_int_equal(fast->blocks.value, 2);
    assert_int_equal(fast->failures.value, 1);
    assert_close(fast->median, 10);
    assert_close(fast->ratio, sqrt(1.0 / 3)); /* the median of ln 1 and ln 1/3 */
    assert_int_equal(fast->pairs.value, 2);
    assert_int_equal(expect(&table, "first", "base")->failures.value, 0);
    /* a mean over the blocks that are left would be one of its luck */
    assert_null(find(&table, SUMMARY_GEOMEAN, "fast"));
    assert_non_null(find(&table, SUMMARY_GEOMEAN, "base"));
    summary_free(&table);
}

static void an_allocator_that_always_fails_stands_there_without_figures(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= 2; block++) {
        measured("first", "base", block, 10);
        measured("first", "fast", block, 0);
        measured("second", "base", block, 10);
        measured("second", "fast", block, 5);
    }
    struct summary_table table = summarised();
    const struct summary_row *fast = expect(&table, "first", "fast");
    assert_int_equal(fast->failures.value, 2);
    assert_int_equal(fast->blocks.value, 0);
    assert_true(isnan(fast->median) && isnan(fast->ratio));
    /* a mean over other workloads than the others' would mislead */
    assert_null(find(&table, SUMMARY_GEOMEAN, "fast"));
    summary_free(&table);
}

static void an_infinite_ratio_is_an_empty_field(void **state)
{
    (void)state;
    close_table();
    char path[PATH_MAX];
    struct summary_row row;
    struct summary_table table;
    struct error error;
    table_clear_row(&summary_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.ratio = (double)INFINITY;
    row.ratio_low = 0;
    open_table(&summary_layout);
    assert_true(table_write(&writer, &row, &error));
    close_table();
    assert_true(summary_read(run_path(path, folder, "summary.csv"), &table, &error));
    assert_true(isnan(table.rows[0].ratio));
    assert_close(table.rows[0].ratio_low, 0);
    summary_free(&table);
}

static void a_missing_baseline_leaves_ratios_unknown(void **state)
{
    (void)state;
    measured("first", "fast", 1, 7);
    struct summary_table table = summarised();
    const struct summary_row *fast = expect(&table, "first", "fast");
    assert_close(fast->median, 7);
    assert_true(isnan(fast->ratio));
    assert_null(find(&table, SUMMARY_GEOMEAN, "fast"));
    summary_free(&table);
}

static void series_stand_in_the_order_of_the_lists(void **state)
{
    (void)state;
    static const char *const expected[][2] = {{"second", "base"},
                                              {"second", "unlisted"},
                                              {"first", "base"},
                                              {"first", "fast"},
                                              {"first", "null"},
                                              {"other", "fast"}};
    for (uint64_t block = 2; block >= 1; block--) {
        measured("other", "fast", block, 1);
        measured("first", "null", block, 1);
        measured("first", "fast", block, (double)block);
        measured("first", "base", block, 4);
        measured("second", "unlisted", block, 1);
        measured("second", "base", block, 1);
    }
    close_table();
    char path[PATH_MAX];
    struct measurements_table table;
    struct series_set set;
    struct error error;
    assert_true(measurements_read(run_path(path, folder, "measurements.csv"), &table, &error));
    assert_true(series_group(&set, &table, "second,first", "base,fast,null"));
    assert_int_equal(set.count, 6);
    for (size_t i = 0; i < set.count; i++) {
        assert_string_equal(set.series[i].row[0]->workload, expected[i][0]);
        assert_string_equal(set.series[i].row[0]->allocator, expected[i][1]);
        assert_int_equal(set.series[i].count, 2);
        assert_int_equal(set.series[i].row[0]->block.value, 1);
    }
    assert_int_equal(set.longest, 2);
    assert_int_equal(set.series[4].group, 2);
    assert_int_equal(series_group_end(&set, 2), 5);
    const struct column *figure = table_column(&measurements_layout, "ns_per_op");
    const struct series *fast = series_of_allocator(&set, 2, "fast");
    assert_ptr_equal(fast, &set.series[3]);
    double ratios[2];
    uint64_t blocks[2];
    assert_int_equal(series_log_ratios(fast, &set.series[2], figure, ratios, blocks), 2);
    assert_close(ratios[1], log(0.5));
    assert_int_equal(blocks[1], 2);
    assert_null(series_of_allocator(&set, 0, "fast"));
    series_free(&set);
    measurements_free(&table);
}

static void a_summary_that_cannot_be_made_leaves_the_earlier_one(void **state)
{
    (void)state;
    measure_first();
    struct summary_table table = summarised();
    size_t rows = table.count;
    summary_free(&table);
    char path[PATH_MAX];
    struct error error;
    FILE *file = fopen(run_path(path, folder, "measurements.csv"), "ae");
    assert_non_null(file);
    (void)fputs("99", file);
    for (size_t i = 1; i < measurements_layout.column_count; i++) {
        (void)fputc(',', file);
    }
    (void)fputc('\n', file);
    (void)fclose(file);
    assert_false(summary_write(folder, &error));
    assert_non_null(strstr(error.text, "newer heaplab"));
    assert_true(summary_read(run_path(path, folder, "summary.csv"), &table, &error));
    assert_int_equal(table.count, rows);
    summary_free(&table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(medians_and_intervals_leave_the_warm_up_out),
        TEST(ratios_are_taken_within_a_block),
        TEST(the_geometric_mean_is_taken_over_the_workloads_of_a_block),
        TEST(a_failed_block_is_counted_and_left_out),
        TEST(an_allocator_that_always_fails_stands_there_without_figures),
        TEST(an_infinite_ratio_is_an_empty_field),
        TEST(a_missing_baseline_leaves_ratios_unknown),
        TEST(series_stand_in_the_order_of_the_lists),
        TEST(a_summary_that_cannot_be_made_leaves_the_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

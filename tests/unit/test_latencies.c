/* What becomes of a worker's histograms: figures against exact quantiles of known distributions,
 * damaged reports, and the rows of latency.csv. */
#include "harness/campaign/latencies.h"
#include "harness/replay/latency.h"

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

#define SAMPLES 200000

static struct latency_thread thread; /* some 78 KB */

/* A process that has answered with `bytes` of a message about latencies. */
static struct process answered(const void *body, size_t bytes)
{
    struct process process = {.state = PROCESS_ENDED, .pid = -1};
    const struct worker_message_header header = {MESSAGE_LATENCY, (uint32_t)bytes};
    process.answer = malloc(sizeof header + bytes);
    assert_non_null(process.answer);
    memcpy(process.answer, &header, sizeof header);
    memcpy(process.answer + sizeof header, body, bytes);
    process.answer_bytes = sizeof header + bytes;
    return process;
}

/* What a worker with the thread's histograms tells. */
static struct process told(void)
{
    char *body = calloc(
        1, sizeof(struct latency_report) + LATENCY_BUCKETS_MOST * sizeof(struct latency_bucket));
    assert_non_null(body);
    struct latency_report *report = (struct latency_report *)(void *)body;
    report->timer_ns = 21.5;
    report->buckets = latency_list(&thread, (struct latency_bucket *)(void *)(report + 1));
    for (unsigned call = 0; call < LATENCY_CALLS; call++) {
        report->most_units[call] = thread.histogram[call].most;
    }
    struct process process =
        answered(body, sizeof *report + report->buckets * sizeof(struct latency_bucket));
    free(body);
    return process;
}

static void forget(struct process *process)
{
    free(process->answer);
    memset(&thread, 0, sizeof thread);
}

static void add(enum latency_call call, double ns, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++) {
        histogram_add(&thread.histogram[call], (uint64_t)llround(ns * LATENCY_UNITS_PER_NS));
    }
}

static int compare_reals(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* From 1 ns to 100 s, as many in each octave. */
static double draw_flat(double u)
{
    return pow(1e11, u);
}

/* A fast path of some 15 ns and a slow one, a thousand times slower, for one call in fifty. */
static double draw_two_paths(double u)
{
    return u < 0.98 ? 15 + u : 15000 + 200000 * (u - 0.98);
}

static double draw_exponential(double u)
{
    return 1 - 80 * log(u);
}

static double draw_pareto(double u)
{
    return fmin(1e11, 10 * pow(u, -1 / 0.7));
}

static bool is_within_one_percent(double found, double exact)
{
    if (fabs(found - exact) <= 0.01 * exact) {
        return true;
    }
    print_error("%g instead of %g\n", found, exact);
    return false;
}

static void assert_quantiles(const struct latency_report *report, const double *sorted)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
    for (size_t q = 0; q < sizeof quantiles / sizeof quantiles[0]; q++) {
        double exact = sorted[(size_t)ceil(quantiles[q] * SAMPLES) - 1];
        double found = latencies_quantile(report, LATENCY_FREE, quantiles[q]);
        assert_true(is_within_one_percent(found, exact));
    }
}

static void quantiles_are_within_one_percent(void **state)
{
    (void)state;
    static double (*const draws[])(double) = {
        draw_flat, draw_two_paths, draw_exponential, draw_pareto};
    static double values[SAMPLES];
    uint64_t random = 1;
    for (size_t d = 0; d < sizeof draws / sizeof draws[0]; d++) {
        for (size_t i = 0; i < SAMPLES; i++) {
            values[i] = draws[d](uniform(&random));
            add(LATENCY_FREE, values[i], 1);
        }
        qsort(values, SAMPLES, sizeof values[0], compare_reals);
        struct process process = told();
        const struct latency_report *report = latencies_report(&process);
        assert_non_null(report);
        assert_quantiles(report, values);
        forget(&process);
    }
}

static void the_longest_is_exact_however_long(void **state)
{
    (void)state;
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    add(LATENCY_MALLOC, 12.25, 5);
    add(LATENCY_MALLOC, 400e9, 1);
    struct process process = told();
    latencies_fill(&process, &row);
    assert_true(row.malloc_latency_ns_max == 400e9);
    assert_true(isnan(row.free_latency_ns_max));
    forget(&process);
}

/* A quantile needs ten samples above it. */
static void quantiles_of_few_samples_are_unknown(void **state)
{
    (void)state;
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    add(LATENCY_MALLOC, 7, 19);
    add(LATENCY_CALLOC, 7, 20);
    add(LATENCY_REALLOC, 7, 99999);
    add(LATENCY_FREE, 7, 100000);
    struct process process = told();
    latencies_fill(&process, &row);
    assert_true(isnan(row.malloc_latency_ns_p50) && row.malloc_latency_ns_max == 7);
    assert_true(row.calloc_latency_ns_p50 == 7 && isnan(row.calloc_latency_ns_p90));
    assert_true(row.realloc_latency_ns_p99_9 == 7 && isnan(row.realloc_latency_ns_p99_99));
    assert_true(row.free_latency_ns_p99_99 == 7 && row.timer_ns == 21.5);
    assert_int_equal(row.latency_samples.value, 19 + 20 + 99999 + 100000);
    forget(&process);
}

static void a_damaged_report_is_none(void **state)
{
    (void)state;

    struct {
        struct latency_report report;
        struct latency_bucket bucket[3];
    } body, damaged;

    memset(&body, 0, sizeof body);
    body.report.buckets = 3;
    body.bucket[0] = (struct latency_bucket){10, 11, LATENCY_MALLOC, 5};
    body.bucket[1] = (struct latency_bucket){11, 12, LATENCY_MALLOC, 5};
    body.bucket[2] = (struct latency_bucket){5, 6, LATENCY_FREE, 5};
    for (unsigned damage = 0; damage <= 8; damage++) {
        damaged = body;
        switch (damage) {
        case 0: break; /* none */
        case 1: damaged.report.buckets = 2; break;
        case 2: damaged.report.buckets = UINT64_MAX; break;
        case 3: damaged.bucket[2].call = LATENCY_CALLS; break;
        case 4: damaged.bucket[2].call = LATENCY_MALLOC; break;
        case 5: damaged.bucket[1].low_units = 10; break;
        case 6: damaged.bucket[1].high_units = 11; break;
        case 7: damaged.bucket[1].calls = 0; break;
        default: damaged.bucket[0].high_units = 12; break;
        }
        struct measurements_row row;
        struct process process = answered(&damaged, sizeof damaged);
        table_clear_row(&measurements_layout, &row);
        row.status = "ok";
        latencies_fill(&process, &row);
        assert_string_equal(row.status, damage == 0 ? "ok" : "failed");
        assert_int_equal(row.latency_samples.known, damage == 0);
        forget(&process);
    }
    for (size_t bytes = 0; bytes < sizeof body; bytes++) { /* cut off */
        struct process process = answered(&body, bytes);
        assert_null(latencies_report(&process));
        forget(&process);
    }
}

static void buckets_in_the_file_are_whole_nanoseconds(void **state)
{
    (void)state;
    char path[] = "/tmp/heaplab-latency-XXXXXX";
    struct error error;
    struct table_writer writer;
    struct measurements_row cell;
    struct latency_table table;

    static const struct {
        const char *call;
        uint64_t low_ns, high_ns, calls;
    } expected[] = {{"malloc", 0, 1, 2},
                    {"malloc", 7, 8, 5},
                    {"malloc", 300, 302, 1},
                    {"free", 7, 8, 1},
                    {"free", 99840, 100352, 4}};

    add(LATENCY_MALLOC, 0, 2);
    add(LATENCY_MALLOC, 7, 2);
    add(LATENCY_MALLOC, 7.5, 2);
    add(LATENCY_MALLOC, 7.99, 1);
    add(LATENCY_MALLOC, 301, 1);
    add(LATENCY_FREE, 7.25, 1);
    add(LATENCY_FREE, 100001, 4);
    struct process process = told();
    assert_non_null(mkdtemp(path));
    char file[64];
    (void)snprintf(file, sizeof file, "%s/latency.csv", path);
    table_clear_row(&measurements_layout, &cell);
    cell.workload = "larson";
    cell.block = count_of(3);
    assert_true(table_create(&writer, file, &latency_layout, &error));
    assert_true(latencies_write(&writer, &cell, latencies_report(&process), &error));
    assert_true(table_close(&writer, &error));
    assert_true(latency_read(file, &table, &error));
    assert_int_equal(table.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < table.count; i++) {
        const struct latency_row *row = &table.rows[i];
        assert_string_equal(row->workload, "larson");
        assert_int_equal(row->block.value, 3);
        assert_string_equal(row->call, expected[i].call);
        assert_int_equal(row->low_ns.value, expected[i].low_ns);
        assert_int_equal(row->calls.value, expected[i].calls);
        assert_int_equal(row->high_ns.value, expected[i].high_ns);
        assert_true(row->low_ns.value < 100 ||
                    (row->high_ns.value - row->low_ns.value) * 100 <= row->low_ns.value);
    }
    latency_free(&table);
    forget(&process);
    (void)unlink(file);
    (void)rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_within_one_percent),
        cmocka_unit_test(the_longest_is_exact_however_long),
        cmocka_unit_test(quantiles_of_few_samples_are_unknown),
        cmocka_unit_test(a_damaged_report_is_none),
        cmocka_unit_test(buckets_in_the_file_are_whole_nanoseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the tests of judging share: one run made by hand and its summary. For one test program each. */
#ifndef TESTS_UNIT_JUDGING_LAB_H
#define TESTS_UNIT_JUDGING_LAB_H

#include "harness/allocators.h"
#include "harness/report/attempts.h"
#include "harness/report/summary.h"
#include "tests/unit/run_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define BLOCKS 12 /* counted */

static struct run_fixture run;
static struct summary_rows summary;

static inline int make_run(void **state)
{
    (void)state;
    run_fixture_make(&run, "base,fast,slow,same,torn,baseline-again,null", "first,second", "base");
    summary = (struct summary_rows){0};
    return 0;
}

static inline int free_run(void **state)
{
    (void)state;
    summary_rows_free(&summary);
    run_fixture_free(&run);
    return 0;
}

static inline void summarise(void)
{
    struct error error;
    summary_rows_free(&summary);
    assert_true(attempts_drop_void(&run.measurements));
    assert_true(summary_make(&run.measurements, &run.environment, &summary, &error));
}

static inline const struct summary_row *
find(const char *workload, const char *allocator, const char *figure)
{
    for (size_t i = 0; i < summary.count; i++) {
        const struct summary_row *row = &summary.rows[i];
        if (strcmp(row->workload, workload) == 0 && strcmp(row->allocator, allocator) == 0 &&
            strcmp(row->figure, figure) == 0) {
            return row;
        }
    }
    return NULL;
}

static inline const struct summary_row *expect(const char *workload, const char *allocator)
{
    const struct summary_row *row = find(workload, allocator, "ns_per_op");
    assert_non_null(row);
    return row;
}

static inline void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-7)) {
        fail_msg("%.12g is not %.12g", value, expected);
    }
}

static inline void
time_cell(const char *workload, const char *allocator, uint64_t block, double time)
{
    run_fixture_add(&run, "throughput", workload, allocator, block)->ns_per_op = time;
}

/* A block of both workloads: the machine's speed differs from block to block, the allocators' ratios
 * hardly. "torn" is now above, now below; A/A strays by 0.4 % either way. */
static inline void add_block(uint64_t block)
{
    double speed = 100 + 7 * (double)(block % 5);
    double wave = block % 2 == 0 ? 1 : -1;
    for (size_t w = 0; w < 2; w++) {
        const char *workload = w == 0 ? "first" : "second";
        time_cell(workload, "base", block, speed);
        time_cell(workload, "fast", block, speed * 0.5);
        time_cell(workload, "slow", block, speed * (1.5 + 0.01 * (double)block));
        time_cell(workload, "same", block, speed * (1 + 0.005 * wave));
        time_cell(workload, "torn", block, speed * (1 + 0.3 * wave));
        time_cell(workload, ALLOCATOR_AGAIN, block, speed * (1 + 0.004 * wave));
        time_cell(workload, ALLOCATOR_FLOOR, block, speed * 0.1);
    }
}

static inline void add_blocks(uint64_t blocks)
{
    for (uint64_t block = 1; block <= blocks; block++) {
        add_block(block);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_run, free_run)

#endif

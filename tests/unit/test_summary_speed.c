/* How long the statistics of a large run take: 10,000 cells and 30 blocks. Prints it, and fails only
 * far above what a slow machine would need. Sanitizers make it a tenth of that. */
#include "harness/allocators.h"
#include "harness/report/summary.h"
#include "tests/unit/run_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#    define WORKLOADS 10
#else
#    define WORKLOADS 100
#endif
#define ALLOCATORS   50
#define BLOCKS       30
#define SECONDS_MOST 30
#define NAME_BYTES   16

static char workload_names[WORKLOADS][NAME_BYTES];
static char allocator_names[ALLOCATORS][NAME_BYTES];
static char workload_list[WORKLOADS * NAME_BYTES];
static char allocator_list[ALLOCATORS * NAME_BYTES];

static void name_all(void)
{
    for (size_t i = 0; i < WORKLOADS; i++) {
        (void)snprintf(workload_names[i], NAME_BYTES, "workload-%zu", i);
        (void)snprintf(workload_list + strlen(workload_list), NAME_BYTES, "workload-%zu,", i);
    }
    for (size_t i = 0; i < ALLOCATORS; i++) {
        (void)snprintf(allocator_names[i], NAME_BYTES, "allocator-%zu", i);
    }
    (void)snprintf(allocator_names[1], NAME_BYTES, "%s", ALLOCATOR_AGAIN);
    (void)snprintf(allocator_names[2], NAME_BYTES, "%s", ALLOCATOR_FLOOR);
    for (size_t i = 0; i < ALLOCATORS; i++) {
        size_t length = strlen(allocator_list);
        (void)snprintf(allocator_list + length, NAME_BYTES, "%s,", allocator_names[i]);
    }
}

/* Values that scatter like measured ones, the same in each run of the test. */
static double scattered(double value)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return value * (1 + 0.1 * (double)(state >> 40) / (double)(UINT64_C(1) << 24));
}

static void fill(struct measurements_row *row, const struct column *from, const struct column *to)
{
    for (const struct column *column = from; column <= to; column++) {
        char *field = (char *)row + column->offset;
        if (column->type == COLUMN_COUNT) {
            struct count count = count_of((uint64_t)scattered(1e6));
            memcpy(field, &count, sizeof count);
        } else {
            double value = scattered(20);
            memcpy(field, &value, sizeof value);
        }
    }
}

static void add_cell(struct run_fixture *run, size_t workload, size_t allocator, uint64_t block)
{
    const struct table_layout *layout = &measurements_layout;
    fill(run_fixture_add(
             run, "throughput", workload_names[workload], allocator_names[allocator], block),
         table_column(layout, "elapsed_ns"),
         table_column(layout, "ctx_involuntary"));
    fill(
        run_fixture_add(run, "memory", workload_names[workload], allocator_names[allocator], block),
        table_column(layout, "rss_bytes_static"),
        table_column(layout, "heap_free_share_mean"));
}

/* Of the processor: the machine may have other work. */
static double processor_seconds(void)
{
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void a_large_run_is_summarised_in_seconds(void **state)
{
    (void)state;
    struct run_fixture run;
    struct summary_rows summary;
    struct error error;
    name_all();
    run_fixture_make(&run, allocator_list, workload_list, allocator_names[0]);
    for (uint64_t block = 0; block < BLOCKS; block++) {
        for (size_t cell = 0; cell < (size_t)WORKLOADS * ALLOCATORS; cell++) {
            add_cell(&run, cell / ALLOCATORS, cell % ALLOCATORS, block);
        }
    }
    double start_s = processor_seconds();
    assert_true(summary_make(&run.measurements, &run.environment, &summary, &error));
    double seconds = processor_seconds() - start_s;
    (void)printf("%d cells, %d blocks: %zu rows of summary.csv in %.2f s of processor time\n",
                 2 * WORKLOADS * ALLOCATORS,
                 BLOCKS,
                 summary.count,
                 seconds);
    assert_true(summary.count > (size_t)WORKLOADS * ALLOCATORS * 20);
    assert_true(seconds < SECONDS_MOST);
    summary_rows_free(&summary);
    run_fixture_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_large_run_is_summarised_in_seconds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whether a growing run's intervals are narrow, from rows like those of a campaign. */
#include "harness/allocators.h"
#include "harness/campaign/precision.h"
#include "harness/report/table.h"

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

#define BLOCKS 16

static char path[64];

/* Values of a cell relative to the baseline's: a spread of +-`wobble` around 1.5. */
struct cell {
    const char *pass, *allocator;
    double wobble;
};

static void write_row(struct table_writer *writer, const struct cell *cell, uint64_t block)
{
    struct measurements_row row;
    struct error error;
    table_clear_row(&measurements_layout, &row);
    double value = 1.5 * (1 + cell->wobble * ((double)(block * 7 % BLOCKS) / (BLOCKS - 1) * 2 - 1));
    value = strcmp(cell->allocator, "glibc") == 0 ? 1 : value;
    row.schema = count_of(TABLE_SCHEMA);
    row.block = count_of(block);
    row.warm_up = count_of(block == 0 ? 1 : 0);
    row.attempt = count_of(0);
    row.pass = cell->pass;
    row.workload = "larson";
    row.threads = count_of(1);
    row.allocator = cell->allocator;
    row.status = "ok";
    row.ns_per_op = value;
    row.rss_bytes_peak = count_of((uint64_t)(value * 1e6));
    row.instructions_per_op = value;
    assert_true(table_write(writer, &row, &error));
}

/* A run of glibc, two contestants and the cells that are none, whose noise is of no concern. */
static void write_run(double time_wobble, double memory_wobble)
{
    const struct cell cells[] = {
        {"throughput", "null", 0.9},
        {"throughput", "glibc", 0},
        {"throughput", ALLOCATOR_AGAIN, 0.9},
        {"throughput", "bin", time_wobble},
        {"throughput", "buddy", 0.001},
        {"memory", "glibc", 0},
        {"memory", "bin", memory_wobble},
        {"instructions", "glibc", 0}, /* counted: nobody waits for them */
        {"instructions", "bin", 0.9},
    };
    struct table_writer writer;
    struct error error;
    (void)unlink(path);
    assert_true(table_create(&writer, path, &measurements_layout, &error));
    for (uint64_t block = 0; block <= BLOCKS; block++) {
        for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
            write_row(&writer, &cells[i], block);
        }
    }
    assert_true(table_close(&writer, &error));
}

static bool narrow(uint64_t counted, double precision)
{
    struct error error;
    bool reached;
    const struct precision_request request = {
        .measurements = path,
        .baseline = "glibc",
        .precision = precision,
        .last_block = counted,
        .counted = counted,
    };
    if (!precision_look(&request, &reached, &error)) {
        fail_msg("%s", error.text);
    }
    return reached;
}

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/heaplab-precision-XXXXXX");
    int fd = mkstemp(path);
    return fd >= 0 ? close(fd) : 1;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void narrow_intervals_are_seen_after_blocks_that_allow_a_look(void **state)
{
    (void)state;
    write_run(0.01, 0.01);
    assert_true(narrow(8, 0.02));
    assert_true(narrow(16, 0.02));
    assert_false(narrow(7, 0.02)); /* not after any block: harness/statistics/stopping.h */
    assert_false(narrow(9, 0.02));
}

static void one_wide_interval_goes_on(void **state)
{
    (void)state;
    write_run(0.1, 0.01);
    assert_false(narrow(8, 0.02));
    assert_true(narrow(8, 0.2));
    write_run(0.01, 0.1); /* peak memory counts as well as time */
    assert_false(narrow(8, 0.02));
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    struct error error;
    bool reached;
    const struct precision_request request = {
        .measurements = "/not/there", .baseline = "glibc", .precision = 0.1, .counted = 8};
    assert_false(precision_look(&request, &reached, &error));
    assert_non_null(strstr(error.text, "/not/there"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            narrow_intervals_are_seen_after_blocks_that_allow_a_look, make_path, remove_path),
        cmocka_unit_test_setup_teardown(one_wide_interval_goes_on, make_path, remove_path),
        cmocka_unit_test(a_missing_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

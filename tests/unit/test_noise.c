/* What counts as disturbed: flags of rows, void blocks, and the counters they come from. */
#include "harness/campaign/noise.h"
#include "harness/campaign/noise_meter.h"
#include "tests/unit/machine_fixture.h"

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

#define MS UINT64_C(1000000)
static const struct noise_processors processors = {4, 4};

/* A cell of 100 ms on one thread around which nothing happened. */
static struct measurements_row quiet_row(void)
{
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    row.pass = "throughput";
    row.threads = count_of(1);
    row.process_ns = count_of(100 * MS);
    row.elapsed_ns = count_of(80 * MS);
    row.ctx_involuntary = count_of(1);
    row.steal_ns = count_of(0);
    row.other_cpu_ns = count_of(0);
    row.pressure_cpu_ns = count_of(0);
    row.pressure_memory_ns = count_of(0);
    row.pressure_io_ns = count_of(0);
    return row;
}

static void assert_flags(const struct measurements_row *row, const char *expected)
{
    char flags[NOISE_FLAGS_BYTES];
    noise_flags(row, processors, false, flags);
    assert_string_equal(flags, expected);
}

static void a_quiet_row_has_no_flag(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    assert_flags(&row, "");
    table_clear_row(&measurements_layout, &row); /* nothing is known */
    assert_flags(&row, "");
}

static void each_disturbance_has_its_flag_above_its_share(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    row.steal_ns = count_of(20 * MS); /* two steps of the kernel's: rounding alone */
    assert_flags(&row, "");
    row.steal_ns = count_of(30 * MS);
    assert_flags(&row, "steal");
    row.other_cpu_ns = count_of(40 * MS); /* a tenth of four processors */
    assert_flags(&row, "steal");
    row.other_cpu_ns = count_of(41 * MS);
    assert_flags(&row, "steal other_load");
    row.pressure_cpu_ns = count_of(26 * MS);
    row.pressure_memory_ns = count_of(6 * MS);
    row.pressure_io_ns = count_of(26 * MS);
    assert_flags(&row, "steal other_load pressure_cpu pressure_memory pressure_io");
    row.ctx_involuntary = count_of(10);
    char flags[NOISE_FLAGS_BYTES];
    noise_flags(&row, processors, true, flags);
    assert_string_equal(
        flags, "steal other_load pressure_cpu pressure_memory pressure_io preempted throttled");
}

static void a_cell_that_fills_the_machine_waits_for_itself(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    row.pressure_cpu_ns = count_of(90 * MS);
    row.ctx_involuntary = count_of(500);
    assert_flags(&row, "pressure_cpu preempted");
    row.threads = count_of(processors.allowed);
    assert_flags(&row, "");
}

static void a_pass_is_flagged_by_what_it_suffers_from(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    row.steal_ns = row.other_cpu_ns = count_of(90 * MS);
    row.pressure_cpu_ns = row.pressure_memory_ns = row.pressure_io_ns = count_of(90 * MS);
    row.ctx_involuntary = count_of(500);
    row.pass = "latency";
    assert_flags(&row, "steal other_load pressure_cpu pressure_memory pressure_io preempted");
    row.pass = "memory";
    assert_flags(&row, "pressure_memory");
    row.pass = "instructions";
    assert_flags(&row, "");
    row.pass = "check";
    assert_flags(&row, "");
}

/* Steal is summed over processors: a cell of two threads can lose twice its time. */
static void steal_is_of_the_processors_used(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    row.threads = count_of(2);
    row.process_ns = count_of(200 * MS);
    row.steal_ns = count_of(30 * MS); /* of 400 ms */
    assert_flags(&row, "");
    row.steal_ns = count_of(41 * MS);
    assert_flags(&row, "steal");
}

static void who_may_use_one_processor_of_many_has_none_to_spare(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    char flags[NOISE_FLAGS_BYTES];
    row.ctx_involuntary = count_of(500);
    row.pressure_cpu_ns = count_of(90 * MS);
    noise_flags(&row, (struct noise_processors){4, 1}, false, flags);
    assert_string_equal(flags, "");
    row.other_cpu_ns = count_of(41 * MS); /* a tenth of all four */
    noise_flags(&row, (struct noise_processors){4, 1}, false, flags);
    assert_string_equal(flags, "other_load");
}

/* Adds cells like a row, flagged as the rules say. */
static void add_rows(struct noise_tally *tally, struct measurements_row row, size_t count)
{
    char flags[NOISE_FLAGS_BYTES];
    noise_flags(&row, processors, false, flags);
    row.flags = flags;
    for (size_t i = 0; i < count; i++) {
        noise_tally_add(tally, &row);
    }
}

static bool voids(size_t quiet, struct measurements_row disturbed, size_t count)
{
    struct noise_tally tally;
    char reason[NOISE_REASON_BYTES];
    noise_tally_begin(&tally, processors);
    add_rows(&tally, quiet_row(), quiet);
    add_rows(&tally, disturbed, count);
    bool is_void = noise_tally_voids(&tally, reason);
    assert_int_equal(is_void, reason[0] != '\0');
    return is_void;
}

static void a_block_is_void_by_its_share_of_disturbance(void **state)
{
    (void)state;
    struct measurements_row steal = quiet_row();
    steal.steal_ns = count_of(90 * MS);
    assert_false(voids(20, quiet_row(), 0));
    assert_false(voids(19, steal, 1)); /* 4.5 % of the block, and one cell of 20 flagged */
    assert_true(voids(15, steal, 1));  /* 5.6 % */
    struct measurements_row load = quiet_row();
    load.other_cpu_ns = count_of(18 * MS); /* not flagged, but everywhere: 4.5 % of 4 processors */
    assert_false(voids(0, load, 20));
    load.other_cpu_ns = count_of(22 * MS);
    assert_true(voids(0, load, 20));
}

static void a_block_is_void_by_the_number_of_flagged_cells(void **state)
{
    (void)state;
    struct measurements_row preempted = quiet_row();
    preempted.ctx_involuntary = count_of(50);
    assert_false(voids(15, preempted, 5));
    assert_true(voids(14, preempted, 6));
    struct measurements_row floor_high = quiet_row();
    floor_high.flags = "floor_high"; /* a remark on the figures, none on the surroundings */
    struct noise_tally tally;
    char reason[NOISE_REASON_BYTES];
    noise_tally_begin(&tally, processors);
    for (size_t i = 0; i < 20; i++) {
        noise_tally_add(&tally, &floor_high);
    }
    assert_false(noise_tally_voids(&tally, reason));
    floor_high.flags = "floor_high throttled";
    for (size_t i = 0; i < 20; i++) {
        noise_tally_add(&tally, &floor_high);
    }
    assert_true(noise_tally_voids(&tally, reason));
    assert_string_equal(reason, "20 of 40 cells flagged");
}

static void a_short_block_is_not_judged(void **state)
{
    (void)state;
    struct measurements_row steal = quiet_row();
    steal.steal_ns = count_of(100 * MS);
    steal.process_ns = count_of(49 * MS);
    assert_false(voids(0, steal, 2));
    assert_true(voids(0, steal, 3));
    steal.steal_ns = count_of(20 * MS); /* two cells of rounding */
    assert_false(voids(0, steal, 2));
    assert_true(voids(0, steal, 3));
}

/* The figures decide nothing: whatever was measured, the judgement is the same. */
static void what_was_measured_plays_no_part(void **state)
{
    (void)state;
    struct measurements_row row = quiet_row();
    char before[NOISE_FLAGS_BYTES];
    char after[NOISE_FLAGS_BYTES];
    row.steal_ns = count_of(15 * MS);
    row.other_cpu_ns = count_of(50 * MS);
    noise_flags(&row, processors, false, before);
    row.ns_per_op = 1e9;
    row.ops_per_s = 1e-9;
    row.cpu_ns_per_op = 1e9;
    row.cpu_user_ns = count_of(UINT64_MAX / 2);
    row.minor_faults = count_of(1 << 20);
    row.status = "crashed";
    noise_flags(&row, processors, false, after);
    assert_string_equal(before, after);
    assert_string_equal(before, "other_load");
}

static void few_blocks_may_be_void(void **state)
{
    (void)state;
    assert_int_equal(noise_voids_most(1, 1), 1);
    assert_int_equal(noise_voids_most(6, 1), 2);
    assert_int_equal(noise_voids_most(7, 24), 56);
    assert_int_equal(noise_voids_most(60, 1), 20);
}

/* ---- The meter ---- */

static void the_meter_reads_what_the_kernel_tells(void **state)
{
    (void)state;
    struct noise_meter meter;
    struct noise_moment from;
    struct noise_moment to;
    struct measurements_row row = quiet_row();
    noise_meter_begin(&meter, machine_root);
    machine_put("/proc/stat", "cpu  10 20 30 400 5 1 2 3 0 0\ncpu0 1 2 3\n");
    machine_put("/proc/pressure/cpu",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull total=7\n");
    machine_put("/proc/cpuinfo", "cpu MHz\t\t: 2000.0\nflags : x\ncpu MHz\t\t: 3000.0\n");
    noise_meter_read(&meter, NULL, 0, &from);
    assert_int_equal(from.busy_ns.value, 63 * meter.tick_ns);
    machine_put("/proc/stat", "cpu  110 120 130 400 5 1 2 8 0 0\ncpu0 1 2 3\n");
    machine_put("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=4000\n");
    machine_put("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=4000\n");
    noise_meter_read(&meter, NULL, 0, &to);
    to.own_ns = from.own_ns + 50 * meter.tick_ns;
    assert_false(noise_meter_fill(&meter, &from, &to, &row));
    assert_int_equal(row.steal_ns.value, 5 * meter.tick_ns);
    assert_int_equal(row.other_cpu_ns.value, 250 * meter.tick_ns);
    assert_int_equal(row.pressure_cpu_ns.value, 3 * MS);
    assert_false(row.pressure_memory_ns.known); /* the kernel does not tell */
    assert_false(row.pressure_io_ns.known);     /* nor did it at the start */
    assert_true(row.frequency_mhz == 2500);
}

static void a_kernel_that_tells_nothing_leaves_all_unknown(void **state)
{
    (void)state;
    struct noise_meter meter;
    struct noise_moment moment;
    struct measurements_row row = quiet_row();
    noise_meter_begin(&meter, "/not/there");
    noise_meter_read(&meter, NULL, 0, &moment);
    assert_false(noise_meter_fill(&meter, &moment, &moment, &row));
    assert_false(row.steal_ns.known || row.other_cpu_ns.known || row.pressure_cpu_ns.known);
    assert_true(isnan(row.frequency_mhz));
    assert_flags(&row, "");
}

static struct noise_moment moment_of(uint64_t busy_ns, uint64_t own_ns)
{
    return (struct noise_moment){.busy_ns = count_of(busy_ns), .own_ns = own_ns};
}

/* Ticks and nanoseconds: rows of 25 ms of our own, of which the kernel counts 20 or 30. */
static void rounding_does_not_add_up(void **state)
{
    (void)state;
    struct noise_meter meter = {.root = "/not/there", .processors = {2, 2}, .tick_ns = 10 * MS};
    struct measurements_row row = quiet_row();
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        struct noise_moment from = moment_of(i * 25 / 10 * 10 * MS, i * 25 * MS);
        struct noise_moment to = moment_of((i + 1) * 25 / 10 * 10 * MS, (i + 1) * 25 * MS);
        (void)noise_meter_fill(&meter, &from, &to, &row);
        sum += row.other_cpu_ns.value;
    }
    assert_true(sum <= 10 * MS);
    /* However much was missing, what others take now is told but for some ticks. */
    struct noise_moment from = moment_of(0, 0);
    struct noise_moment to = moment_of(0, 5000 * MS);
    (void)noise_meter_fill(&meter, &from, &to, &row);
    assert_int_equal(row.other_cpu_ns.value, 0);
    to = moment_of(500 * MS, 0);
    (void)noise_meter_fill(&meter, &from, &to, &row);
    assert_int_equal(row.other_cpu_ns.value, 460 * MS);
}

/* What this process itself computes is not another's. */
static void our_own_time_is_not_anothers(void **state)
{
    (void)state;
    struct noise_meter meter;
    struct noise_moment from;
    struct noise_moment to;
    noise_meter_begin(&meter, "");
    noise_meter_read(&meter, NULL, 0, &from);
    clock_t end = clock() + CLOCKS_PER_SEC / 20;
    while (clock() < end) {
    }
    noise_meter_read(&meter, NULL, 0, &to);
    assert_true(to.own_ns - from.own_ns >= 45 * MS);
    assert_true(to.busy_ns.value >= from.busy_ns.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_row_has_no_flag),
        cmocka_unit_test(each_disturbance_has_its_flag_above_its_share),
        cmocka_unit_test(a_cell_that_fills_the_machine_waits_for_itself),
        cmocka_unit_test(a_pass_is_flagged_by_what_it_suffers_from),
        cmocka_unit_test(steal_is_of_the_processors_used),
        cmocka_unit_test(who_may_use_one_processor_of_many_has_none_to_spare),
        cmocka_unit_test(a_block_is_void_by_its_share_of_disturbance),
        cmocka_unit_test(a_block_is_void_by_the_number_of_flagged_cells),
        cmocka_unit_test(a_short_block_is_not_judged),
        cmocka_unit_test(what_was_measured_plays_no_part),
        cmocka_unit_test(few_blocks_may_be_void),
        cmocka_unit_test_setup_teardown(
            the_meter_reads_what_the_kernel_tells, machine_make, machine_remove),
        cmocka_unit_test(a_kernel_that_tells_nothing_leaves_all_unknown),
        cmocka_unit_test(rounding_does_not_add_up),
        cmocka_unit_test(our_own_time_is_not_anothers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From what a worker told to the figures of a row: hand-made samples, hand-computed values. */
#include "harness/campaign/figures.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define KIB UINT64_C(1024)

static void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9)) {
        fail_msg("%.12g is not %.12g", value, expected);
    }
}

/* A result with its samples behind it, as they come through the pipe. */
struct told {
    struct worker_result result;
    struct memory_sample sample[4];
};

static struct measurements_row empty_row(void)
{
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    row.flags = "";
    return row;
}

/* Resident in KiB above a start of 1000: 200, 500, 400, 100; live 100, 250, 400, 0. */
static struct told four_samples(void)
{
    static const uint64_t resident[] = {1200, 1500, 1400, 1100};
    static const uint64_t live[] = {100, 250, 400, 0};
    static const uint64_t usable[] = {125, 300, 500, 0};
    struct told told = {.result = {.samples = 4,
                                   .anonymous_bytes_start = 40 * KIB,
                                   .rss_bytes_start = 1000 * KIB,
                                   .rss_bytes_high_water = 1600 * KIB,
                                   .rss_bytes_end = 1080 * KIB,
                                   .rss_bytes_idle = 1040 * KIB}};
    for (size_t i = 0; i < 4; i++) {
        told.sample[i] = (struct memory_sample){
            .live_bytes = live[i] * KIB,
            .usable_bytes = usable[i] * KIB,
            .rss_bytes = resident[i] * KIB,
            .lazyfree_bytes = i * KIB,
            .thp_bytes = (3 - i) * KIB,
            .heap_used_bytes = SAMPLE_UNKNOWN,
            .heap_free_bytes = SAMPLE_UNKNOWN,
            .heap_largest_free_bytes = SAMPLE_UNKNOWN,
            .heap_metadata_bytes = SAMPLE_UNKNOWN,
        };
    }
    return told;
}

static void memory_by_hand(void **state)
{
    (void)state;
    struct told told = four_samples();
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_int_equal(row.samples.value, 4);
    assert_int_equal(row.rss_bytes_start.value, 1000 * KIB);
    assert_int_equal(row.rss_bytes_static.value, 0);
    assert_int_equal(row.rss_bytes_peak.value, 600 * KIB); /* the kernel's mark, above any sample */
    assert_int_equal(row.rss_bytes_mean.value, 300 * KIB); /* (200 + 500 + 400 + 100) / 4 */
    assert_int_equal(row.rss_bytes_end.value, 80 * KIB);
    assert_int_equal(row.rss_bytes_idle.value, 40 * KIB);
    assert_int_equal(row.lazyfree_bytes_peak.value, 3 * KIB);
    assert_int_equal(row.thp_bytes_peak.value, 3 * KIB);
    assert_int_equal(row.live_bytes_peak.value, 400 * KIB);
    assert_int_equal(row.usable_bytes_peak.value, 500 * KIB);
    assert_false(row.elapsed_ns.known);
}

static void fragmentation_by_hand(void **state)
{
    (void)state;
    struct told told = four_samples();
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    /* (200-100)/100 = 1, (500-250)/250 = 1, (400-400)/400 = 0; the fourth has nothing live */
    assert_close(row.frag_1, 2.0 / 3);
    assert_close(row.frag_2, 0);                     /* at the most live bytes: third sample */
    assert_close(row.frag_3, 1);                     /* at the most resident: second */
    assert_close(row.frag_4, (500.0 - 400.0) / 400); /* 500 against 400 */
    /* 25/125 = 0.2, 50/300 = 1/6, 100/500 = 0.2 */
    assert_close(row.frag_internal_mean, (0.2 + 1.0 / 6 + 0.2) / 3);
    assert_close(row.frag_internal_peak, 0.2);
    assert_true(isnan(row.frag_external_mean) && isnan(row.frag_external_peak));
    assert_true(isnan(row.heap_free_share_mean));
}

static void what_was_held_before_the_first_event_is_the_allocators(void **state)
{
    (void)state;
    struct told told = four_samples();
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 10 * KIB); /* a bare process has 30 KiB less */
    assert_int_equal(row.rss_bytes_static.value, 30 * KIB);
    assert_int_equal(row.rss_bytes_start.value, 970 * KIB);
    assert_int_equal(row.rss_bytes_peak.value, 630 * KIB);
    assert_int_equal(row.rss_bytes_mean.value, 330 * KIB);
    assert_int_equal(row.rss_bytes_end.value, 110 * KIB);
    assert_close(row.frag_4, (530.0 - 400.0) / 400);
    row = empty_row();
    figures_memory(&row, &told.result, 64 * KIB); /* noise of a page or so is not negative memory */
    assert_int_equal(row.rss_bytes_static.value, 0);
    assert_int_equal(row.rss_bytes_start.value, 1000 * KIB);
}

static void the_heap_walk_gives_external_fragmentation(void **state)
{
    (void)state;
    struct told told = four_samples();
    static const uint64_t used[] = {100, 250, 400, 0};
    static const uint64_t freed[] = {100, 200, 0, 100};
    static const uint64_t largest[] = {50, 150, 0, 100};
    for (size_t i = 0; i < 4; i++) {
        told.sample[i].heap_used_bytes = used[i];
        told.sample[i].heap_free_bytes = freed[i];
        told.sample[i].heap_largest_free_bytes = largest[i];
        told.sample[i].heap_metadata_bytes = 0;
    }
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_close(row.frag_external_mean, (0.5 + 0.25 + 0.0) / 3); /* nothing free: not counted */
    assert_true(isnan(row.frag_external_peak)); /* nothing is free at the most live bytes */
    assert_close(row.heap_free_share_mean, (0.5 + 200.0 / 450 + 0.0 + 1.0) / 4);
}

static void a_mark_that_lags_is_not_below_a_sample(void **state)
{
    (void)state;
    struct told told = four_samples();
    told.result.rss_bytes_high_water = 1490 * KIB;
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_int_equal(row.rss_bytes_peak.value, 500 * KIB);
}

static void memory_below_the_start_is_none_not_a_giant(void **state)
{
    (void)state;
    struct told told = four_samples();
    told.result.rss_bytes_end = 990 * KIB;
    told.sample[3].rss_bytes = 900 * KIB;
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_int_equal(row.rss_bytes_end.value, 0);
    assert_int_equal(row.rss_bytes_mean.value, 275 * KIB);
}

static void without_usable_sizes_and_samples_figures_are_unknown(void **state)
{
    (void)state;
    struct told told = four_samples();
    for (size_t i = 0; i < 4; i++) {
        told.sample[i].usable_bytes = SAMPLE_UNKNOWN;
    }
    struct measurements_row row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_false(row.usable_bytes_peak.known);
    assert_true(isnan(row.frag_internal_mean) && isnan(row.frag_internal_peak));
    told.result.samples = 0;
    row = empty_row();
    figures_memory(&row, &told.result, 40 * KIB);
    assert_false(row.rss_bytes_peak.known);
    assert_true(isnan(row.frag_1));
    assert_int_equal(row.samples.value, 0);
    assert_int_equal(row.rss_bytes_end.value, 80 * KIB);
}

static void throughput_by_hand(void **state)
{
    (void)state;
    const struct worker_result result = {.elapsed_ns = 50000,
                                         .cpu_user_ns = 40000,
                                         .cpu_sys_ns = 9000,
                                         .minor_faults = 12,
                                         .ctx_voluntary = 3};
    struct measurements_row row = empty_row();
    row.operations = count_of(1000);
    figures_throughput(&row, &result, 10);
    assert_int_equal(row.elapsed_ns.value, 50000);
    assert_close(row.ns_per_op, 50);
    assert_close(row.ops_per_s, 2e7);
    assert_close(row.ns_per_op_net, 40);
    assert_close(row.floor_share, 0.2);
    assert_string_equal(row.flags, "");
    assert_int_equal(row.cpu_user_ns.value, 40000);
    assert_int_equal(row.cpu_sys_ns.value, 9000);
    assert_close(row.cpu_ns_per_op, 49);
    assert_int_equal(row.minor_faults.value, 12);
    assert_true(row.major_faults.known && row.major_faults.value == 0);
    assert_int_equal(row.ctx_voluntary.value, 3);
    assert_false(row.rss_bytes_peak.known);
}

static void a_high_floor_is_flagged_and_a_missing_one_is_unknown(void **state)
{
    (void)state;
    const struct worker_result result = {.elapsed_ns = 50000};
    struct measurements_row row = empty_row();
    row.operations = count_of(1000);
    figures_throughput(&row, &result, 20); /* exactly 40 % */
    assert_string_equal(row.flags, "");
    figures_throughput(&row, &result, 20.1);
    assert_string_equal(row.flags, "floor_high");
    row = empty_row();
    row.operations = count_of(1000);
    figures_throughput(&row, &result, NAN);
    assert_close(row.ns_per_op, 50);
    assert_true(isnan(row.ns_per_op_net) && isnan(row.floor_share));
    assert_string_equal(row.flags, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_by_hand),
        cmocka_unit_test(fragmentation_by_hand),
        cmocka_unit_test(what_was_held_before_the_first_event_is_the_allocators),
        cmocka_unit_test(the_heap_walk_gives_external_fragmentation),
        cmocka_unit_test(a_mark_that_lags_is_not_below_a_sample),
        cmocka_unit_test(memory_below_the_start_is_none_not_a_giant),
        cmocka_unit_test(without_usable_sizes_and_samples_figures_are_unknown),
        cmocka_unit_test(throughput_by_hand),
        cmocka_unit_test(a_high_floor_is_flagged_and_a_missing_one_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Timing single calls in the worker: buckets of histograms, which calls are timed, and the timers
 * against the clock. */
#include "harness/replay/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static struct latency_thread thread; /* some 78 KB */

static void every_duration_lies_in_its_bucket(void **state)
{
    (void)state;
    for (uint64_t units = 0; units < HISTOGRAM_UNITS_MOST; units += 1 + units / 997) {
        uint32_t bucket = histogram_bucket(units);
        uint64_t low = histogram_low(bucket);
        uint64_t high = histogram_low(bucket + 1);
        assert_true(bucket < HISTOGRAM_BUCKETS && low <= units && units < high);
        assert_true((high - low) * 128 <= low || high - low == 1);
        assert_int_equal(histogram_bucket(low), bucket);
        assert_int_equal(histogram_bucket(high - 1), bucket);
    }
    assert_int_equal(histogram_bucket(HISTOGRAM_UNITS_MOST), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void histograms_of_threads_add_up(void **state)
{
    (void)state;
    struct latency_thread *threads = calloc(3, sizeof *threads);
    assert_non_null(threads);
    for (unsigned i = 0; i < 3; i++) {
        histogram_add(&threads[i].histogram[LATENCY_FREE], 1000);
        histogram_add(&threads[i].histogram[LATENCY_MALLOC], (uint64_t)5000 * (3 - i));
    }
    latency_merge(threads, 3);
    assert_int_equal(threads[0].histogram[LATENCY_FREE].calls[histogram_bucket(1000)], 3);
    assert_int_equal(threads[0].histogram[LATENCY_MALLOC].most, 15000);
    free(threads);
}

/* Plays `calls` calls; marks those that are timed in `timed`. */
static size_t play(uint64_t calls, uint64_t seed, unsigned char *timed)
{
    static const struct timer timer = {.units_per_tick = UINT64_C(1) << 39};
    size_t count = 0;
    memset(&thread, 0, sizeof thread);
    latency_prepare(&thread, &timer, calls, seed);
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t before = latency_before(&thread);
        latency_after(&thread, LATENCY_MALLOC, before);
        timed[i] = before != 0;
        count += timed[i];
    }
    memset(&thread, 0, sizeof thread);
    return count;
}

static void a_small_stream_is_timed_whole(void **state)
{
    (void)state;
    unsigned char *timed = malloc(LATENCY_SAMPLES);
    assert_non_null(timed);
    assert_int_equal(play(1000, 1, timed), 1000);
    assert_int_equal(play(LATENCY_SAMPLES, 1, timed), LATENCY_SAMPLES);
    free(timed);
}

/* Of a workload that repeats itself every 2, 3, ... calls each phase is seen as often. */
static void no_rhythm_is_missed(void **state)
{
    (void)state;
    const uint64_t calls = (uint64_t)10 * LATENCY_SAMPLES;
    unsigned char *timed = malloc(calls);
    assert_non_null(timed);
    size_t count = play(calls, 5, timed);
    assert_in_range(count, LATENCY_SAMPLES * 98 / 100, LATENCY_SAMPLES * 102 / 100);
    for (size_t period = 2; period <= 40; period++) {
        size_t seen[40] = {0};
        for (uint64_t i = 0; i < calls; i++) {
            seen[i % period] += timed[i];
        }
        for (size_t phase = 0; phase < period; phase++) {
            assert_in_range(seen[phase], count / period * 9 / 10, count / period * 11 / 10);
        }
    }
    free(timed);
}

static void the_same_number_times_the_same_calls(void **state)
{
    (void)state;
    const uint64_t calls = (uint64_t)4 * LATENCY_SAMPLES;
    unsigned char *timed[3] = {malloc(calls), malloc(calls), malloc(calls)};
    for (unsigned i = 0; i < 3; i++) {
        assert_non_null(timed[i]);
        (void)play(calls, i < 2 ? 8 : 9, timed[i]);
    }
    assert_memory_equal(timed[0], timed[1], calls);
    assert_memory_not_equal(timed[0], timed[2], calls);
    for (unsigned i = 0; i < 3; i++) {
        free(timed[i]);
    }
}

/* A pause seen by the timer lies between what the clock sees inside and outside of the stamps. */
static void assert_tells_the_time(const struct timer *timer)
{
    const struct timespec pause = {0, 20000000};
    uint64_t outer_ns = timer_clock();
    uint64_t before = timer_before(timer);
    uint64_t inner_ns = timer_clock();
    (void)nanosleep(&pause, NULL);
    inner_ns = timer_clock() - inner_ns;
    uint64_t after = timer_after(timer);
    outer_ns = timer_clock() - outer_ns;
    double ns = (double)timer_units(timer, before, after) / LATENCY_UNITS_PER_NS;
    double cost_ns = timer_cost_ns(timer);
    assert_true(ns + cost_ns > (double)inner_ns * 0.999 && ns < (double)outer_ns * 1.001);
    assert_true(cost_ns >= 0 && cost_ns < 10000);
}

static void timers_tell_the_time(void **state)
{
    (void)state;
    struct timer timer;
    const struct timer clock = {.units_per_tick = (uint64_t)LATENCY_UNITS_PER_NS << 32};
    timer_open(&timer);
    assert_tells_the_time(&timer);
    assert_tells_the_time(&clock);
}

static void the_timers_cost_is_subtracted_and_nothing_is_negative(void **state)
{
    (void)state;
    const struct timer timer = {.units_per_tick = UINT64_C(3) << 32, .cost_ticks = 50};
    assert_int_equal(timer_units(&timer, 1000, 1170), 360);
    assert_int_equal(timer_units(&timer, 1000, 1050), 0);
    assert_int_equal(timer_units(&timer, 1000, 1049), 0);
    assert_int_equal(timer_units(&timer, 1000, 999), 0);
    /* An hour of a counter at 5 GHz. */
    const struct timer quick = {.units_per_tick = (UINT64_C(128) << 32) / 5};
    assert_in_range(timer_units(&quick, 1, 1 + UINT64_C(18000000000000)),
                    UINT64_C(460799990000000),
                    UINT64_C(460800000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_duration_lies_in_its_bucket),
        cmocka_unit_test(histograms_of_threads_add_up),
        cmocka_unit_test(a_small_stream_is_timed_whole),
        cmocka_unit_test(no_rhythm_is_missed),
        cmocka_unit_test(the_same_number_times_the_same_calls),
        cmocka_unit_test(timers_tell_the_time),
        cmocka_unit_test(the_timers_cost_is_subtracted_and_nothing_is_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

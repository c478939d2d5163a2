/* Each workload does what its definition says, and obeys its parameters. Of `sized`: test_sized.c. */
#include "tests/unit/history.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void requests_out_of_range_are_refused(void **state)
{
    (void)state;
    const struct workload *workload = workload_find("larson");
    struct workload_request bad[9];
    for (size_t i = 0; i < 9; i++) {
        workload_request_default(workload, &bad[i]);
    }
    bad[0].threads = 0;
    bad[1].threads = STREAM_THREADS_MAX + 1;
    bad[2].scale = 0.0;
    bad[3].scale = -1.0;
    bad[4].scale = (double)NAN;
    bad[5].scale = (double)INFINITY;
    bad[6].parameter[0] = workload->parameter[0].least - 1;
    bad[7].parameter[0] = workload->parameter[0].most + 1;
    bad[8].parameter[1] = bad[8].parameter[2] + 1; /* the smallest size above the largest */
    for (size_t i = 0; i < 9; i++) {
        struct stream stream;
        assert_non_null(workload_generate(workload, &bad[i], &stream));
        assert_null(stream.header);
        assert_int_equal(stream.fd, -1);
    }
}

static void larson_hands_slots_to_successors(void **state)
{
    (void)state;
    struct history history = RUN("larson",
                                 3,
                                 {"slots", 50},
                                 {"size_bytes_min", 100},
                                 {"size_bytes_max", 120},
                                 {"rounds", 20},
                                 {"generations", 4});
    assert_int_equal(history.threads, 1 + 3 * 4);
    assert_int_equal(history.objects, 3 * 50 + 50 * 20 * 4);
    assert_int_equal(objects_sized(&history, 100, 120), history.objects);
    assert_true(objects_sized(&history, 100, 100) > 0 && objects_sized(&history, 120, 120) > 0);
    assert_int_equal(history.blocks_most, 3 * 50);
    /* All that the main thread made, and what each of the first three generations left. */
    assert_in_range(freed_by_others(&history), 150 + 3 * 3 * 25, 150 + 3 * 3 * 50);
    history_forget(&history);
}

static void larson_lives_grow_longer_where_threads_run_out(void **state)
{
    (void)state;
    struct history history =
        RUN("larson", 500, {"slots", 4}, {"rounds", 10}, {"generations", 1000});
    assert_int_equal(history.threads, 1 + 500 * 2);
    assert_int_equal(history.objects, 500 * 4 + 4 * 10 * 1000);
    history_forget(&history);
}

static void xmalloc_blocks_all_cross(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 5; threads++) {
        struct history history =
            RUN("xmalloc", threads, {"batches", 41}, {"batch_blocks", 100}, {"queue_batches", 7});
        assert_int_equal(history.objects, 41 * 101);
        assert_int_equal(freed_by_others(&history), threads > 1 ? history.objects : 0);
        for (size_t i = 0; i < history.objects && threads > 1; i++) {
            assert_true(history.object[i].maker < threads - threads / 2);
            assert_true(history.object[i].freer >= threads - threads / 2);
        }
        history_forget(&history);
    }
}

static void xmalloc_queues_no_more_than_its_limit(void **state)
{
    (void)state;
    for (uint64_t limit = 1; limit <= 3; limit++) {
        struct history history =
            RUN("xmalloc", 4, {"batches", 60}, {"batch_blocks", 1000}, {"queue_batches", limit});
        assert_in_range(history.blocks_most, 1001, limit * 1001);
        history_forget(&history);
    }
}

static void xmalloc_has_seventeen_sizes(void **state)
{
    (void)state;
    static const uint64_t sizes[17] = {
        8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048};
    struct history history =
        RUN("xmalloc", 1, {"size_bytes", 0}, {"batches", 2}, {"batch_blocks", 1700});
    size_t known = objects_sized(&history, 13608, 13608); /* the arrays of batches */
    assert_int_equal(known, 2);
    for (size_t i = 0; i < 17; i++) {
        size_t count = objects_sized(&history, sizes[i], sizes[i]);
        assert_in_range(count, 130, 270);
        known += count;
    }
    assert_int_equal(known, history.objects);
    history_forget(&history);
}

static void sh8_frees_in_waves(void **state)
{
    (void)state;
    /* Worked out by hand: object 0 is the main thread's, 1 to 19 go through the buffer of ten. */
    static const size_t expected[20] = {10, 9,  8,  7,  6,  5,  4, 3,  1,  2,
                                        18, 17, 16, 15, 14, 13, 0, 19, 11, 12};
    struct history history =
        RUN("sh8", 1, {"main_blocks", 1}, {"buffer_blocks", 10}, {"blocks", 19});
    assert_int_equal(history.frees, 20);
    assert_memory_equal(history.freed, expected, sizeof expected);
    history_forget(&history);
}

static void sh8_follows_its_table(void **state)
{
    (void)state;
    struct history history =
        RUN("sh8", 4, {"main_blocks", 1000}, {"buffer_blocks", 500}, {"blocks", 58568});
    assert_int_equal(objects_sized(&history, 8, 8), 1000 + 8 * 1000);
    assert_int_equal(objects_sized(&history, 16, 16), 8 * 5000);
    assert_int_equal(objects_sized(&history, 520, 520), 8 * 10);
    assert_int_equal(objects_sized(&history, 168524, 168524), 8);
    assert_int_equal(freed_by_others(&history), 750); /* of the main thread's, three quarters */
    history_forget(&history);
}

static void alloc_test_prefers_small_sizes_and_few_places(void **state)
{
    (void)state;
    struct history history = RUN("alloc-test", 1, {"toggles", 800000});
    double objects = (double)history.objects;
    for (uint64_t size = 8; size <= 128; size *= 2) {
        double part = (double)objects_sized(&history, size / 2 + 1, size) / objects;
        assert_true(fabs(part * (double)size / 4.0 - 1.0) < 0.1);
    }
    assert_int_equal(objects_sized(&history, 5, 1024), history.objects);
    assert_in_range(history.blocks_most, 1 << 16, (1 << 17) + 2000);
    /* 26 % of the toggles fall on 16 slots, 39 % on 403: were they spread evenly, hardly any block
     * of 2^18 slots would live for less than 100 allocations. */
    size_t brief = 0;
    for (size_t i = 0; i < history.objects; i++) {
        brief += history.object[i].death - i < 100;
    }
    assert_in_range(brief, history.objects / 5, history.objects * 9 / 20);
    history_forget(&history);
}

static void alloc_test_manages_with_few_slots(void **state)
{
    (void)state;
    struct history history = RUN("alloc-test", 3, {"slots", 7}, {"toggles", 3000});
    assert_in_range(history.blocks_most, 1, 3 * 2);
    assert_in_range(history.objects, 1000, 2000);
    history_forget(&history);
}

static void threadtest_fills_and_empties(void **state)
{
    (void)state;
    struct history history =
        RUN("threadtest", 3, {"objects", 100}, {"size_bytes", 32}, {"rounds", 4});
    assert_int_equal(history.objects, 400);
    assert_int_equal(objects_sized(&history, 32, 32), 400);
    assert_int_equal(freed_by_others(&history), 0);
    assert_in_range(history.blocks_most, 34, 100);
    history_forget(&history);
}

static void fragmenter_leaves_holes_within_its_memory(void **state)
{
    (void)state;
    struct history history =
        RUN("fragmenter", 1, {"size_bytes_min", 1024}, {"memory_bytes", 1 << 20}, {"rounds", 1});
    uint64_t pairs =
        512; /* then a quarter as many at each doubling: half the bytes, twice the size */
    size_t first = 0;
    for (uint64_t size = 1024; pairs > 0; size *= 2, pairs /= 4) {
        assert_int_equal(objects_sized(&history, size, size), 2 * pairs);
        for (size_t i = first; i < first + 2 * pairs; i++) {
            bool doomed = (i - first) % 2 == 1;
            bool last = first + 2 * pairs == history.objects;
            assert_int_equal(history.object[i].death == first + 2 * pairs, doomed || last);
        }
        first += 2 * pairs;
    }
    assert_int_equal(first, history.objects);
    assert_int_equal(history.bytes_most, 1 << 20);
    history_forget(&history);
}

static void churn_phases_leave_stragglers(void **state)
{
    (void)state;
    struct history history = RUN("churn-phases",
                                 1,
                                 {"phases", 5},
                                 {"stragglers_percent", 10},
                                 {"live_bytes", 1 << 20},
                                 {"operations", 1});
    /* The first mix has a mean of 128 bytes, the second of 640. */
    assert_int_equal(history.phases, 5);
    assert_int_equal(history.live_at_phase[0], 0);
    assert_in_range(history.live_at_phase[1], 700, 940);
    assert_in_range(history.live_at_phase[2], 120, 210);
    assert_int_equal(history.idles, 0);
    history_forget(&history);

    history = RUN("churn-phases",
                  3,
                  {"stragglers_percent", 0},
                  {"phases", 8},
                  {"idle_ms", 1},
                  {"live_bytes", 1 << 20},
                  {"operations", 100000});
    assert_int_equal(history.phases, 8);
    assert_int_equal(history.idles, 3 * 7);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(history.live_at_phase[i], 0);
    }
    history_forget(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_out_of_range_are_refused),
        cmocka_unit_test(larson_hands_slots_to_successors),
        cmocka_unit_test(larson_lives_grow_longer_where_threads_run_out),
        cmocka_unit_test(xmalloc_blocks_all_cross),
        cmocka_unit_test(xmalloc_queues_no_more_than_its_limit),
        cmocka_unit_test(xmalloc_has_seventeen_sizes),
        cmocka_unit_test(sh8_frees_in_waves),
        cmocka_unit_test(sh8_follows_its_table),
        cmocka_unit_test(alloc_test_prefers_small_sizes_and_few_places),
        cmocka_unit_test(alloc_test_manages_with_few_slots),
        cmocka_unit_test(threadtest_fills_and_empties),
        cmocka_unit_test(fragmenter_leaves_holes_within_its_memory),
        cmocka_unit_test(churn_phases_leave_stragglers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

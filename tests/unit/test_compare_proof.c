/* What a comparison of runs may not call proven: counts, zeros, ties, failures, runs without the
 * baseline measured twice. */
#include "tests/unit/compare_lab.h"

static void counts_that_hardly_vary_need_no_blocks(void **state)
{
    (void)state;

    static const struct {
        uint64_t threads;
        double later;
        enum verdict verdict;
    } cases[] = {
        {1, 103, VERDICT_GREATER},
        {1, 101, VERDICT_EQUIVALENT},
        {1, 97, VERDICT_LESS},
        {1, 102.5, VERDICT_GREATER},
        {1, 102.4, VERDICT_UNRESOLVED}, /* 101.95 in one block */
        {2, 103, VERDICT_UNRESOLVED},   /* whose counts vary: two blocks are too few */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin("a.csv", "one");
        row.pass = "instructions";
        row.threads = count_of(cases[i].threads);
        row.instructions_source = "valgrind";
        row.instructions_per_op = 100;
        measured("glibc", 1, (double)NAN);
        measured("glibc", 2, (double)NAN);
        row.instructions_per_op = cases[i].later;
        measured("bin", 1, (double)NAN);
        row.instructions_per_op = cases[i].later - 0.45;
        measured("bin", 2, (double)NAN);
        end();
        ask("a.csv:glibc", "a.csv:bin");
        ask_for("instructions_per_op");
        const struct compare_entry *entry = only_entry();
        assert_int_equal(entry->method, i < 5 ? COMPARE_EXACT : COMPARE_PAIRED);
        assert_int_equal(entry->judged.verdict, cases[i].verdict);
        assert_int_equal(result.family, i < 5 ? 0 : 1);
        compare_free(&result);
    }
}

static void one_count_needs_a_second(void **state)
{
    (void)state;
    begin("a.csv", "one");
    row.pass = "instructions";
    row.instructions_source = "valgrind";
    row.instructions_per_op = 100;
    measured("glibc", 1, (double)NAN);
    row.instructions_per_op = 50;
    measured("bin", 1, (double)NAN);
    end();
    ask("a.csv:glibc", "a.csv:bin");
    ask_for("instructions_per_op");
    const struct compare_entry *entry = only_entry();
    assert_int_equal(entry->method, COMPARE_PAIRED);
    assert_int_equal(entry->judged.verdict, VERDICT_UNRESOLVED);
    compare_free(&result);
}

static bool has_note(const char *part)
{
    for (size_t i = 0; i < result.notes.count; i++) {
        if (strstr(result.notes.line[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

static void without_the_baseline_again_nothing_is_proven(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin("a.csv", "one");
        for (uint64_t block = 1; block <= 6; block++) {
            measured("glibc", block, 10);
            measured("bin", block, 20);
        }
        for (uint64_t block = 1; i == 1 && block <= 6; block++) {
            measured(ALLOCATOR_AGAIN, block, 10);
        }
        end();
        ask("a.csv:glibc", "a.csv:bin");
        const struct compare_entry *entry = only_entry();
        assert_int_equal(entry->judged.verdict, i == 0 ? VERDICT_UNRESOLVED : VERDICT_GREATER);
        assert_int_equal(isinf(entry->judged.delta) != 0, i == 0);
        assert_int_equal(has_note("nothing is proven without an A/A cell"), i == 0);
        compare_free(&result);
    }
}

static void memory_at_end(const char *allocator, uint64_t block, uint64_t bytes)
{
    row.rss_bytes_end = count_of(bytes);
    measured(allocator, block, (double)NAN);
}

/* 0 in most blocks, else more: not larger, whether the blocks pair or not. */
static void zeros_are_not_left_out(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv", "b.csv"};
    for (size_t f = 0; f < 2; f++) {
        begin(files[f], files[f]);
        row.pass = "memory";
        for (uint64_t block = 1; block <= 15; block++) {
            memory_at_end("glibc", block, 80000);
            memory_at_end(ALLOCATOR_AGAIN, block, 80000);
            memory_at_end("bin", block, block <= 9 ? 0 : 90000);
        }
        end();
    }
    for (size_t f = 0; f < 2; f++) {
        ask("a.csv:glibc", f == 0 ? "a.csv:bin" : "b.csv:bin");
        ask_for("rss_bytes_end");
        const struct compare_entry *entry = only_entry();
        assert_int_equal(entry->method, f == 0 ? COMPARE_PAIRED : COMPARE_UNPAIRED);
        assert_int_equal(entry->count[1], 15);
        assert_float_equal(entry->judged.low, 0, 0);
        assert_int_equal(entry->judged.verdict, VERDICT_UNRESOLVED);
        compare_free(&result);
    }
}

/* Three equal values against three others: the normal distribution says 0.047, no arrangement of six
 * values is rarer than 1 in 10. */
static void few_values_with_ties_prove_nothing(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv", "b.csv"};
    for (size_t f = 0; f < 2; f++) {
        begin(files[f], files[f]);
        row.pass = "memory";
        for (uint64_t block = 1; block <= 3; block++) {
            memory_at_end("bin", block, f == 0 ? 80000 : 160000);
        }
        end();
    }
    ask("a.csv:bin", "b.csv:bin");
    ask_for("rss_bytes_end");
    const struct compare_entry *entry = only_entry();
    assert_float_equal(entry->judged.p, 0.1, 1e-9);
    assert_true(isnan(entry->judged.low) && isnan(entry->judged.high));
    assert_true(isnan(entry->judged.confidence));
    assert_float_equal(entry->judged.ratio, 2, 1e-9);
    compare_free(&result);
}

static void what_failed_in_a_block_is_not_the_better_one(void **state)
{
    (void)state;
    begin("a.csv", "one");
    for (uint64_t block = 1; block <= 9; block++) {
        measured("glibc", block, 10);
        measured(ALLOCATOR_AGAIN, block, 10);
        measured("same", block, 10);
        row.status = block == 3 ? "timeout" : "ok";
        measured("bin", block, block == 3 ? (double)NAN : 5);
        row.status = "ok";
    }
    end();
    static const char *const pairs[][2] = {
        {"a.csv:glibc", "a.csv:bin"}, {"a.csv:bin", "a.csv:glibc"}, {"a.csv:glibc", "a.csv:same"}};
    for (size_t i = 0; i < 3; i++) {
        ask(pairs[i][0], pairs[i][1]);
        const struct compare_entry *entry = only_entry();
        assert_int_equal(entry->judged.verdict, i == 2 ? VERDICT_EQUIVALENT : VERDICT_UNRESOLVED);
        compare_free(&result);
    }
}

static void what_a_pass_does_not_support_has_not_failed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin("a.csv", "one");
        measured("glibc", 1, 10);
        row.workload = "perl";
        measured("glibc", 1, 10);
        measured("bin", 1, 10);
        row.workload = "larson";
        row.status = i == 0 ? "unsupported" : "crashed";
        measured("bin", 1, (double)NAN);
        end();
        ask("a.csv:glibc", "a.csv:bin");
        struct error error;
        assert_true(compare_make(&result, &request, &error));
        assert_int_equal(compare_count_done(&result), 1);
        assert_int_equal(compare_count_failed(&result), i);
        compare_free(&result);
    }
}

static void another_scale_is_not_comparable(void **state)
{
    (void)state;
    make_run("a.csv", 10, 2);
    begin("b.csv", "b.csv");
    row.scale = 0.5;
    measured("mine", 1, 10);
    end();
    ask("a.csv:mine", "b.csv");
    expect_refused("scale 1 and 0.5: 1 cell: mine on larson (1 thread, throughput)");
}

static void a_path_may_hold_colons(void **state)
{
    (void)state;
    make_run("with:colon.csv", 10, 2);
    ask("with:colon.csv:glibc", "with:colon.csv:mine");
    const struct compare_entry *entry = only_entry();
    assert_string_equal(entry->run[1]->allocator, "mine");
    assert_int_equal(entry->method, COMPARE_PAIRED);
    compare_free(&result);
    ask("with:colon.csv:", "with:colon.csv:mine");
    expect_refused("no allocator's name after the colon");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_that_hardly_vary_need_no_blocks),
        cmocka_unit_test(one_count_needs_a_second),
        cmocka_unit_test(without_the_baseline_again_nothing_is_proven),
        cmocka_unit_test(zeros_are_not_left_out),
        cmocka_unit_test(few_values_with_ties_prove_nothing),
        cmocka_unit_test(what_failed_in_a_block_is_not_the_better_one),
        cmocka_unit_test(what_a_pass_does_not_support_has_not_failed),
        cmocka_unit_test(another_scale_is_not_comparable),
        cmocka_unit_test(a_path_may_hold_colons),
    };
    return cmocka_run_group_tests(tests, make_lab, remove_lab);
}

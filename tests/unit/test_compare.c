/* Runs against each other: which rows meet, by which method, and the numbers that follow by hand. */
#include "tests/unit/compare_lab.h"

static void within_a_run_blocks_pair(void **state)
{
    (void)state;
    begin("a.csv", "one");
    for (uint64_t block = 6; block >= 1; block--) { /* as they may stand in a file */
        measured("bin", block, 11.0 * (double)block);
        measured("glibc", 7 - block, 10.0 * (double)(7 - block));
        measured(ALLOCATOR_AGAIN, block, 10.0 * (double)block);
    }
    measured("glibc", 9, 1); /* without a partner */
    end();
    ask("a.csv:glibc", "a.csv:bin");
    const struct compare_entry *entry = only_entry();
    assert_int_equal(entry->method, COMPARE_PAIRED);
    assert_int_equal(entry->count[0], 6);
    assert_float_equal(entry->judged.ratio, 1.1, 1e-9);
    assert_float_equal(entry->judged.low, 1.1, 1e-9);
    assert_float_equal(entry->judged.p, 0.03125, 1e-12); /* 2^-5 */
    assert_int_equal(entry->judged.verdict, VERDICT_GREATER);
    compare_free(&result);
}

static void warm_up_and_void_attempts_do_not_count(void **state)
{
    (void)state;
    begin("a.csv", "one");
    row.warm_up = count_of(1);
    measured("glibc", 0, 10);
    measured("bin", 0, 1000);
    row.warm_up = count_of(0);
    for (uint64_t block = 1; block <= 6; block++) {
        row.attempt = count_of(block == 3 ? 1 : 0);
        measured("glibc", block, 10);
        measured("bin", block, 11);
    }
    row.attempt = count_of(0); /* of block 3: void */
    measured("glibc", 3, 10);
    measured("bin", 3, 1000);
    end();
    ask("a.csv:glibc", "a.csv:bin");
    const struct compare_entry *entry = only_entry();
    assert_int_equal(entry->count[1], 6);
    assert_float_equal(entry->judged.high, 1.1, 1e-9);
    assert_float_equal(entry->median[1], 11, 1e-9);
    compare_free(&result);
}

static void ratios_to_the_same_baseline_cancel_drift(void **state)
{
    (void)state;
    make_run("a.csv", 10, 2.0);
    make_run("b.csv", 20, 2.2);
    ask("a.csv", "b.csv");
    const struct compare_entry *entry = only_entry(); /* glibc is what they relate to */
    assert_int_equal(entry->method, COMPARE_RATIOS);
    assert_string_equal(entry->control, "glibc");
    /* The median of the 36 differences of logarithms, within the spread of the thousandths. */
    assert_float_equal(entry->judged.ratio, 1.1, 0.0005);
    assert_float_equal(entry->judged.p, 2.0 / 924, 1e-12); /* 2 of (12 over 6) */
    assert_float_equal(entry->a12, 1, 1e-12);
    assert_int_equal(entry->judged.verdict, VERDICT_GREATER);
    compare_free(&result);
}

static void without_a_common_baseline_values_are_compared(void **state)
{
    (void)state;
    make_run("a.csv", 10, 2.0);
    make_run("b.csv", 10, 2.0);
    ask("a.csv", "b.csv");
    request.raw = true;
    request.allocators = "mine";
    const struct compare_entry *entry = only_entry();
    assert_int_equal(entry->method, COMPARE_UNPAIRED);
    assert_float_equal(entry->judged.ratio, 1, 1e-9);
    assert_float_equal(entry->judged.p, 1, 1e-9);
    assert_float_equal(entry->a12, 0.5, 1e-9);
    assert_int_equal(entry->judged.verdict, VERDICT_UNRESOLVED); /* 10 to 60 ns: too wide to say */
    compare_free(&result);
}

static void the_noise_of_the_baseline_widens_delta(void **state)
{
    (void)state;
    begin("a.csv", "one");
    for (uint64_t block = 1; block <= 6; block++) {
        measured("glibc", block, 10);
        measured(ALLOCATOR_AGAIN, block, block % 2 == 0 ? 10 : 10 * exp(0.08));
        measured("bin", block, 10.5);
    }
    end();
    ask("a.csv:glibc", "a.csv:bin");
    const struct compare_entry *entry = only_entry();
    /* The interval of the A/A cell reaches to ln e^0.08. */
    assert_float_equal(entry->judged.delta, expm1(0.08), 1e-9);
    assert_int_equal(entry->judged.verdict, VERDICT_EQUIVALENT);
    compare_free(&result);
}

static void what_is_judged_together_is_corrected_together(void **state)
{
    (void)state;
    begin("a.csv", "one");
    for (uint64_t block = 1; block <= 6; block++) {
        for (size_t i = 0; i < 2; i++) {
            row.workload = i == 0 ? "larson" : "perl";
            measured("glibc", block, 10);
            measured(ALLOCATOR_AGAIN, block, 10);
            measured("bin", block, 11);
        }
    }
    end();
    ask("a.csv:glibc", "a.csv:bin");
    struct error error;
    assert_true(compare_make(&result, &request, &error));
    assert_int_equal(result.family, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_float_equal(result.entries.items[i].judged.p, 0.03125, 1e-12);
        assert_float_equal(result.entries.items[i].judged.p_adjusted, 0.0625, 1e-12);
        assert_int_equal(result.entries.items[i].judged.verdict, VERDICT_UNRESOLVED);
    }
    compare_free(&result);
}

static void parts_of_one_run_pair_and_namesakes_do_not(void **state)
{
    (void)state;
    for (uint64_t apart = 0; apart < 2; apart++) {
        begin("a.csv", "one");
        row.started_unix_ns = count_of(100);
        measured("bin", 1, 10);
        row.started_unix_ns = count_of(300);
        measured("bin", 2, 10);
        end();
        begin("b.csv", "one");
        row.started_unix_ns = count_of(apart == 0 ? 200 : 400);
        measured("mine", 1, 10);
        end();
        ask("a.csv:bin", "b.csv:mine");
        const struct compare_entry *entry = only_entry();
        assert_int_equal(entry->method, apart == 0 ? COMPARE_PAIRED : COMPARE_UNPAIRED);
        compare_free(&result);
    }
}

static void counts_of_two_counters_never_meet(void **state)
{
    (void)state;
    begin("a.csv", "one");
    row.pass = "instructions";
    for (uint64_t block = 1; block <= 6; block++) {
        row.instructions_per_op = 100;
        row.instructions_source = "hardware";
        measured("glibc", block, (double)NAN);
        row.instructions_source = "valgrind";
        measured("bin", block, (double)NAN);
    }
    end();
    ask("a.csv:glibc", "a.csv:bin");
    ask_for("instructions_per_op");
    expect_refused("instructions of hardware and valgrind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_a_run_blocks_pair),
        cmocka_unit_test(warm_up_and_void_attempts_do_not_count),
        cmocka_unit_test(ratios_to_the_same_baseline_cancel_drift),
        cmocka_unit_test(without_a_common_baseline_values_are_compared),
        cmocka_unit_test(the_noise_of_the_baseline_widens_delta),
        cmocka_unit_test(what_is_judged_together_is_corrected_together),
        cmocka_unit_test(parts_of_one_run_pair_and_namesakes_do_not),
        cmocka_unit_test(counts_of_two_counters_never_meet),
    };
    return cmocka_run_group_tests(tests, make_lab, remove_lab);
}

/* Verdicts on counted instructions: two sources that never meet, counts that hardly vary. */
#include "tests/unit/judging_lab.h"

static void counted(const char *allocator, uint64_t block, double count, const char *source)
{
    struct measurements_row *row = run_fixture_add(&run, "instructions", "first", allocator, block);
    row->instructions_per_op = count;
    row->instructions_source = source;
}

static void instructions_of_two_sources_are_not_compared(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= BLOCKS; block++) {
        counted("base", block, 100, "hardware");
        counted("fast", block, 50, "valgrind");
        counted("slow", block, 150, "hardware");
        counted("same", block, 100, block == 3 ? "valgrind" : "hardware");
    }
    run.measurements.rows[2].status = "crashed"; /* slow: no source, no mixture */
    run.measurements.rows[2].instructions_source = "";
    summarise();
    const struct summary_row *fast = find("first", "fast", "instructions_per_op");
    assert_close(fast->median, 50);
    assert_true(isnan(fast->ratio));
    assert_int_equal(fast->pairs.value, 0);
    assert_string_equal(fast->verdict, "");
    const struct summary_row *slow = find("first", "slow", "instructions_per_op");
    assert_close(slow->ratio, 1.5);
    assert_int_equal(slow->pairs.value, BLOCKS - 1);
    assert_string_equal(slow->verdict, "larger");
    assert_null(find("first", "same", "instructions_per_op"));
}

static void counts_that_hardly_vary_are_judged_by_their_extremes(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= 2; block++) {
        double first = block == 1 ? 1 : 0;
        counted("base", block, 100, "valgrind");
        counted("fast", block, 97 + 0.5 * first, "valgrind");
        counted("same", block, 101 + 0.5 * first, "valgrind");
        counted("torn", block, 102.4 - 0.45 * first, "valgrind");
        counted("slow", block, 150 + 2 * first, "valgrind");
    }
    summarise();
    const struct summary_row *fast = find("first", "fast", "instructions_per_op");
    assert_string_equal(fast->verdict, "smaller");
    assert_close(fast->ratio_low, 0.97);
    assert_close(fast->ratio_high, 0.975);
    assert_true(isnan(fast->p) && !fast->comparisons.known);
    assert_string_equal(find("first", "same", "instructions_per_op")->verdict, "equivalent");
    /* 2.4 % in one block, 1.95 % in the other */
    assert_string_equal(find("first", "torn", "instructions_per_op")->verdict, "unresolved");
    assert_false(find("first", "torn", "instructions_per_op")->comparisons.known);
    /* this one varies by more than 1 %: two blocks prove nothing */
    const struct summary_row *slow = find("first", "slow", "instructions_per_op");
    assert_string_equal(slow->verdict, "unresolved");
    assert_int_equal(slow->comparisons.value, 1);
    const struct summary_row *mean = find(SUMMARY_GEOMEAN, "fast", "instructions_per_op");
    assert_string_equal(mean->verdict, "smaller");
    assert_close(mean->ratio_low, 0.97);
    assert_close(mean->ratio_high, 0.975);
}

static void one_count_cannot_show_that_it_hardly_varies(void **state)
{
    (void)state;
    counted("base", 1, 100, "valgrind");
    counted("fast", 1, 50, "valgrind");
    summarise();
    assert_string_equal(find("first", "fast", "instructions_per_op")->verdict, "unresolved");
    assert_string_equal(find(SUMMARY_GEOMEAN, "fast", "instructions_per_op")->verdict,
                        "unresolved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(instructions_of_two_sources_are_not_compared),
        TEST(counts_that_hardly_vary_are_judged_by_their_extremes),
        TEST(one_count_cannot_show_that_it_hardly_varies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

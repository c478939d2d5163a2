/* Verdicts in a summary: who is judged against what, families, the baseline's second cell, what has no
 * ratio, void attempts. The statistics themselves have tests of their own. */
#include "tests/unit/judging_lab.h"

static void contestants_are_judged_as_one_family(void **state)
{
    (void)state;
    static const char *const verdicts[][2] = {
        {"fast", "faster"}, {"slow", "slower"}, {"same", "equivalent"}, {"torn", "unresolved"}};
    add_blocks(BLOCKS);
    summarise();
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(expect("first", verdicts[i][0])->verdict, verdicts[i][1]);
        assert_string_equal(expect("second", verdicts[i][0])->verdict, verdicts[i][1]);
    }
    const struct summary_row *fast = expect("second", "fast");
    assert_int_equal(fast->comparisons.value, 8); /* two workloads, four contestants */
    assert_int_equal(fast->pairs.value, BLOCKS);
    assert_close(fast->p, ldexp(1, 1 - BLOCKS));
    assert_true(fast->p_adjusted > fast->p && fast->p_adjusted <= 8 * fast->p);
    assert_close(fast->ratio, 0.5);
    assert_close(fast->a12, 0);
    assert_close(expect("first", "slow")->a12, 1);
}

static void baseline_and_floor_are_not_judged(void **state)
{
    (void)state;
    static const char *const others[] = {"base", ALLOCATOR_FLOOR, ALLOCATOR_AGAIN};
    add_blocks(BLOCKS);
    summarise();
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(expect("first", others[i])->verdict, "");
        assert_false(expect("first", others[i])->comparisons.known);
        assert_true(isnan(expect("first", others[i])->p_adjusted));
    }
    assert_close(expect("first", ALLOCATOR_FLOOR)->ratio, 0.1);
    assert_true(isnan(expect("first", "base")->p));
}

static void delta_comes_from_the_second_cell_of_the_baseline(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    for (size_t i = 0; i < run.measurements.count; i++) {
        struct measurements_row *row = &run.measurements.rows[i];
        bool again = strcmp(row->allocator, ALLOCATOR_AGAIN) == 0;
        if (again && strcmp(row->workload, "second") == 0) {
            row->ns_per_op *= row->block.value % 2 == 0 ? 1.2 : 0.9;
        }
    }
    summarise();
    assert_close(expect("first", "same")->delta, 0.02);
    const struct summary_row *again = expect("second", ALLOCATOR_AGAIN);
    double reach = fmax(again->ratio_high, 1 / again->ratio_low) - 1;
    assert_true(reach > 0.1);
    assert_close(expect("second", "same")->delta, reach);
    assert_close(again->delta, reach);
    assert_true(again->p >= 0);
    /* noise that hides so much tells of no equivalence */
    assert_string_equal(expect("second", "same")->verdict, "unresolved");
    assert_string_equal(expect("first", "same")->verdict, "equivalent");
}

static void nothing_is_decided_without_that_cell(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= BLOCKS; block++) {
        time_cell("first", "base", block, 10);
        time_cell("first", "fast", block, 5);
    }
    summarise();
    assert_string_equal(expect("first", "fast")->verdict, "unresolved");
    assert_true(isnan(expect("first", "fast")->delta));
    assert_close(expect("first", "fast")->p_adjusted, ldexp(1, 1 - BLOCKS));
}

static void geometric_means_are_a_family_of_their_own(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    summarise();
    const struct summary_row *fast = expect(SUMMARY_GEOMEAN, "fast");
    assert_string_equal(fast->verdict, "faster");
    assert_int_equal(fast->comparisons.value, 4);
    assert_close(fast->ratio, 0.5);
    assert_close(fast->confidence, 0.95);
    assert_close(fast->delta, 0.02);
    const struct summary_row *slow = expect(SUMMARY_GEOMEAN, "slow");
    assert_string_equal(slow->verdict, "slower");
    assert_true(slow->ratio_low >= 1.51 && slow->ratio_low < slow->ratio);
    assert_true(slow->ratio_high <= 1.62 && slow->ratio_high > slow->ratio);
    assert_string_equal(expect(SUMMARY_GEOMEAN, "same")->verdict, "equivalent");
    assert_string_equal(expect(SUMMARY_GEOMEAN, "torn")->verdict, "unresolved");
    assert_string_equal(expect(SUMMARY_GEOMEAN, "base")->verdict, "");
    assert_true(expect(SUMMARY_GEOMEAN, ALLOCATOR_AGAIN)->p >= 0);
}

static void six_blocks_are_too_few_for_eight_comparisons(void **state)
{
    (void)state;
    add_blocks(6);
    summarise();
    assert_string_equal(expect("first", "fast")->verdict, "unresolved");
    assert_true(expect("first", "fast")->p_adjusted > 0.05);
    assert_string_equal(expect("first", "same")->verdict, "equivalent"); /* needs no test */
}

static void memory_at_end(const char *allocator, uint64_t block, uint64_t bytes)
{
    run_fixture_add(&run, "memory", "first", allocator, block)->rss_bytes_end = count_of(bytes);
}

static const struct summary_row *at_end(const char *allocator)
{
    const struct summary_row *row = find("first", allocator, "rss_bytes_end");
    assert_non_null(row);
    return row;
}

/* Left out, the zeros of what gives back all in most blocks would make it larger. */
static void a_zero_is_less_than_any_value(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= BLOCKS; block++) {
        memory_at_end("base", block, 80000);
        memory_at_end(ALLOCATOR_AGAIN, block, 80000);
        memory_at_end("fast", block, 0);
        memory_at_end("torn", block, block <= 7 ? 0 : 90000);
    }
    summarise();
    assert_int_equal(at_end("torn")->pairs.value, BLOCKS);
    assert_close(at_end("torn")->ratio, 0);
    assert_close(at_end("torn")->ratio_high, 90000. / 80000);
    assert_string_equal(at_end("torn")->verdict, "unresolved");
    assert_close(at_end("fast")->ratio_high, 0);
    assert_close(at_end("fast")->p, ldexp(1, 1 - BLOCKS));
    assert_string_equal(at_end("fast")->verdict, "smaller");
    /* no mean has a factor of 0 */
    assert_null(find(SUMMARY_GEOMEAN, "fast", "rss_bytes_end"));
    assert_non_null(find(SUMMARY_GEOMEAN, ALLOCATOR_AGAIN, "rss_bytes_end"));
}

static void against_a_zero_all_is_more_and_zero_is_equal(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= BLOCKS; block++) {
        memory_at_end("base", block, 0);
        memory_at_end(ALLOCATOR_AGAIN, block, 0);
        memory_at_end("same", block, 0);
        memory_at_end("slow", block, 4096);
    }
    summarise();
    assert_close(at_end("same")->ratio, 1);
    assert_string_equal(at_end("same")->verdict, "equivalent");
    assert_true(isinf(at_end("slow")->ratio)); /* no number for a file */
    assert_string_equal(at_end("slow")->verdict, "larger");
}

static void what_failed_in_a_block_is_never_good(void **state)
{
    (void)state;
    static const char *const failing[] = {"fast", "same", "slow"};
    add_blocks(BLOCKS);
    for (size_t i = 0; i < run.measurements.count; i++) {
        struct measurements_row *row = &run.measurements.rows[i];
        for (size_t k = 0; k < 3; k++) {
            bool fails = row->block.value == 3 && strcmp(row->workload, "first") == 0 &&
                         strcmp(row->allocator, failing[k]) == 0;
            row->status = fails ? "timeout" : row->status;
        }
    }
    summarise();
    assert_string_equal(expect("first", "fast")->verdict, "unresolved");
    assert_string_equal(expect("first", "same")->verdict, "unresolved");
    assert_string_equal(expect("first", "slow")->verdict, "slower");
    assert_string_equal(expect("second", "fast")->verdict, "faster");
    for (size_t k = 0; k < 3; k++) {
        assert_null(find(SUMMARY_GEOMEAN, failing[k], "ns_per_op"));
    }
    assert_non_null(find(SUMMARY_GEOMEAN, "torn", "ns_per_op"));
}

static void against_a_baseline_that_failed_nothing_is_proven(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    for (size_t i = 0; i < run.measurements.count; i++) {
        struct measurements_row *row = &run.measurements.rows[i];
        bool fails = row->block.value == 3 && strcmp(row->allocator, "base") == 0;
        row->status = fails ? "timeout" : row->status;
    }
    summarise();
    assert_string_equal(expect("first", "slow")->verdict, "unresolved");
    assert_string_equal(expect("first", "fast")->verdict, "unresolved");
    assert_null(find(SUMMARY_GEOMEAN, "slow", "ns_per_op"));
}

static void void_attempts_are_left_out(void **state)
{
    (void)state;
    for (uint64_t block = 1; block <= 3; block++) {
        time_cell("first", "base", block, 10);
        time_cell("first", "fast", block, block == 2 ? 999 : 5);
    }
    run_fixture_add(&run, "memory", "first", "base", 2)->rss_bytes_peak = count_of(4096);
    size_t first_attempts = run.measurements.count;
    for (uint64_t attempt = 2; attempt >= 1; attempt--) { /* whatever their order in the file */
        time_cell("first", "base", 2, 10);
        time_cell("first", "fast", 2, attempt == 2 ? 6 : 888);
        for (size_t i = run.measurements.count - 2; i < run.measurements.count; i++) {
            run.measurements.rows[i].attempt = count_of(attempt);
        }
    }
    summarise();
    assert_int_equal(run.measurements.count, first_attempts);
    const struct summary_row *fast = expect("first", "fast");
    assert_int_equal(fast->blocks.value, 3);
    assert_close(fast->median, 5);
    assert_close(fast->ratio, 0.5);
    /* the memory pass of that block had one attempt only */
    assert_int_equal(find("first", "base", "rss_bytes_peak")->blocks.value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(contestants_are_judged_as_one_family),
        TEST(baseline_and_floor_are_not_judged),
        TEST(delta_comes_from_the_second_cell_of_the_baseline),
        TEST(nothing_is_decided_without_that_cell),
        TEST(geometric_means_are_a_family_of_their_own),
        TEST(six_blocks_are_too_few_for_eight_comparisons),
        TEST(a_zero_is_less_than_any_value),
        TEST(against_a_zero_all_is_more_and_zero_is_equal),
        TEST(what_failed_in_a_block_is_never_good),
        TEST(against_a_baseline_that_failed_nothing_is_proven),
        TEST(void_attempts_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

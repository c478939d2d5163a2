/* Runs against each other: which rows meet, by which method, and the numbers that follow by hand. */
#include "harness/compare/compare.h"
#include "harness/report/summary.h"

#include <linux/limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char lab[64];
static struct table_writer writer;
static struct measurements_row row; /* what the next row is like */

static int make_lab(void **state)
{
    (void)state;
    (void)snprintf(lab, sizeof lab, "/tmp/heaplab-compare-XXXXXX");
    return mkdtemp(lab) == NULL ? 1 : 0;
}

static int remove_lab(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv", "b.csv", "with:colon.csv"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)unlink(run_path(path, lab, files[i]));
    }
    return rmdir(lab); /* fails if anything else was left */
}

/* ---- Making files ---- */

static void begin(const char *file, const char *run)
{
    char path[PATH_MAX];
    struct error error;
    (void)unlink(run_path(path, lab, file));
    assert_true(table_create(&writer, path, &measurements_layout, &error));
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = run;
    row.pass = "throughput";
    row.workload = "larson";
    row.threads = count_of(1);
    row.scale = 1;
    row.status = "ok";
}

static void end(void)
{
    struct error error;
    assert_true(table_close(&writer, &error));
}

static void measured(const char *allocator, uint64_t block, double ns_per_op)
{
    struct error error;
    row.allocator = allocator;
    row.library_sha256 = allocator;
    row.block = count_of(block);
    row.ns_per_op = ns_per_op;
    assert_true(table_write(&writer, &row, &error));
}

/* A run in which mine takes `factor` times as long as glibc, plus 0, 1, ... 5 thousandths: the ratios
 * are all different. glibc takes `level`, 2 * level, ... 6 * level. */
static void make_run(const char *file, double level, double factor)
{
    begin(file, file);
    for (uint64_t block = 1; block <= 6; block++) {
        double glibc = level * (double)block;
        measured("glibc", block, glibc);
        measured(ALLOCATOR_AGAIN, block, glibc);
        measured("mine", block, glibc * (factor + 0.001 * (double)(block - 1)));
    }
    end();
}

/* ---- Comparing them ---- */

static struct compare_request request;
static struct compare_result result;
static char words[2][PATH_MAX];

static void ask_for(const char *figure)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        request.figure[i] = strcmp(judged_figures[i].figure, figure) == 0;
    }
}

static void ask(const char *first, const char *later)
{
    request = (struct compare_request){.operand_count = 2};
    (void)snprintf(words[0], PATH_MAX, "%s/%s", lab, first);
    (void)snprintf(words[1], PATH_MAX, "%s/%s", lab, later);
    request.operands[0] = words[0];
    request.operands[1] = words[1];
    ask_for("ns_per_op");
}

static const struct compare_entry *only_entry(void)
{
    struct error error = {""};
    if (!compare_make(&result, &request, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(result.entries.count, 1);
    return &result.entries.items[0];
}

static void expect_refused(const char *part)
{
    struct error error = {""};
    assert_false(compare_make(&result, &request, &error));
    if (strstr(error.text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, error.text);
    }
    compare_free(&result);
}

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
            if (i == 1) {
                measured(ALLOCATOR_AGAIN, block, 10);
            }
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
        cmocka_unit_test(within_a_run_blocks_pair),
        cmocka_unit_test(warm_up_and_void_attempts_do_not_count),
        cmocka_unit_test(ratios_to_the_same_baseline_cancel_drift),
        cmocka_unit_test(without_a_common_baseline_values_are_compared),
        cmocka_unit_test(the_noise_of_the_baseline_widens_delta),
        cmocka_unit_test(what_is_judged_together_is_corrected_together),
        cmocka_unit_test(parts_of_one_run_pair_and_namesakes_do_not),
        cmocka_unit_test(counts_of_two_counters_never_meet),
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

/* The gate and the accounts of a night, from rows made by hand. */
#include "harness/nightly/accounts.h"
#include "harness/nightly/findings.h"
#include "harness/nightly/gate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* ---- Outcomes ---- */

static struct summary_row
summary_of(const char *workload, const char *verdict, double low, double high)
{
    struct summary_row row;
    table_clear_row(&summary_layout, &row);
    row.run = "run";
    row.workload = workload;
    row.threads = count_of(1);
    row.allocator = "bin";
    row.baseline = "glibc";
    row.figure = "ns_per_op";
    row.blocks = count_of(9);
    row.ratio = isnan(low) ? 1.02 : (low + high) / 2;
    row.ratio_low = low;
    row.ratio_high = high;
    row.delta = 0.02;
    row.verdict = verdict;
    return row;
}

static void cells_are_open_acknowledged_or_none(void **state)
{
    (void)state;
    struct gate gate;
    struct acknowledgement known[4];
    struct summary_row rows[] = {
        summary_of("a", "slower", 1.1, 1.2),
        summary_of("b", "unresolved", 0.98, 1.08),
        summary_of("c", "unresolved", NAN, NAN),
        summary_of("d", "equivalent", 0.99, 1.01),
        summary_of("e", "unresolved", 0.98, 1.08),
        summary_of("f", "slower", 1.1, 1.2),
        summary_of("g", "slower", NAN, NAN),
        summary_of("h", "", NAN, NAN),
    };

    static const enum outcome expected[] = {
        OUTCOME_ACKNOWLEDGED,
        OUTCOME_ACKNOWLEDGED,
        OUTCOME_ACKNOWLEDGED,
        OUTCOME_NONE,      /* fine: nothing needs to be excused */
        OUTCOME_UNDECIDED, /* unknown */
        OUTCOME_OPEN,
        OUTCOME_OPEN, /* its ratio is infinite */
    };

    static const char *const names[] = {
        "bin/a/1/ns_per_op", "bin/b/1/ns_per_op", "bin/c/1/ns_per_op", "bin/d/1/ns_per_op"};
    for (size_t i = 0; i < 4; i++) {
        known[i] = (struct acknowledgement){names[i], false, "2027-01-01", "meant", "w"};
    }
    const struct acknowledgements list = {.items = known, .count = 4};
    const struct summary_table summary = {.rows = rows, .count = sizeof rows / sizeof rows[0]};
    rows[6].ratio = NAN;
    rows[7].ratio = NAN; /* not compared */
    assert_true(gate_fill(&gate, &summary, &list, "2026-11-22", 1));
    assert_int_equal(gate.count, summary.count - 1);
    assert_int_equal(gate.pending, 3);
    for (size_t i = 0; i < gate.count; i++) {
        assert_string_equal(gate.rows[i].outcome, outcome_word(expected[i]));
    }
    gate_free(&gate);
}

/* ---- The second campaign ---- */

static void the_second_campaign_has_what_is_left_of_the_budget(void **state)
{
    (void)state;
    assert_int_equal(gate_again_budget(0, 100), 0);
    assert_int_equal(gate_again_budget(1000, 300), 700);
    assert_int_equal(gate_again_budget(1000, 900), 250);
    assert_int_equal(gate_again_budget(1000, 5000), 250);
}

/* The word behind an option, NULL when it is not there or there twice. */
static const char *word_behind(const struct words *words, const char *option)
{
    const char *found = NULL;
    size_t times = 0;
    for (size_t i = 0; i + 1 < words->count; i++) {
        bool is_it = strcmp(words->items[i], option) == 0;
        found = is_it ? words->items[i + 1] : found;
        times += is_it ? 1 : 0;
    }
    return times == 1 ? found : NULL;
}

static void the_second_campaign_holds_the_suspects_and_its_budget(void **state)
{
    (void)state;
    struct gate gate;
    struct words words = {0};
    struct options night;
    struct error error;
    char *argv[] = {(char[]){"run"},
                    (char[]){"--allocators=glibc,bin"},
                    (char[]){"--baseline=glibc"},
                    (char[]){"--workloads=larson,sized"},
                    (char[]){"--threads=1,2"},
                    (char[]){"--budget"},
                    (char[]){"20m"},
                    (char[]){"--precision=1%"},
                    (char[]){"--scale"},
                    (char[]){"0.1"},
                    NULL};
    struct summary_row rows[] = {summary_of("larson", "slower", 1.1, 1.2),
                                 summary_of("sized", "equivalent", 0.99, 1.01)};
    const struct summary_table summary = {.rows = rows, .count = 2};
    const struct acknowledgements none = {0};
    assert_true(options_parse(&night, 10, argv, &error));
    assert_true(gate_fill(&gate, &summary, &none, "2026-11-22", 1));
    const struct gate_time enough = {UINT64_C(299500000000), 1000000000};
    assert_true(gate_again_words(&gate, &night, "out", &enough, &words));
    assert_string_equal(word_behind(&words, "--budget"), "300s");
    assert_string_equal(word_behind(&words, "--blocks"), "32");
    assert_string_equal(word_behind(&words, "--workloads"), "larson");
    assert_string_equal(word_behind(&words, "--threads"), "1");
    assert_string_equal(word_behind(&words, "--passes"), "throughput");
    assert_string_equal(word_behind(&words, "--scale"), "0.1");
    assert_null(word_behind(&words, "--precision"));
    words_free(&words);
    assert_true(gate_again_words(&gate, &night, "out", &(struct gate_time){0}, &words));
    assert_null(word_behind(&words, "--budget"));
    words_free(&words);
    gate_free(&gate);
    options_free(&night);
}

/* sized is suspect; in larson a regression cannot be excluded. */
static void without_the_time_for_all_the_suspects_are_run_again(void **state)
{
    (void)state;
    struct gate gate;
    struct words words = {0};
    struct options night;
    struct error error;
    char *argv[] = {(char[]){"run"},
                    (char[]){"--allocators=glibc,bin"},
                    (char[]){"--workloads=larson,sized"},
                    (char[]){"--threads=1"},
                    NULL};
    struct summary_row rows[] = {summary_of("larson", "unresolved", 0.98, 1.08),
                                 summary_of("sized", "slower", 1.1, 1.2)};
    const struct summary_table summary = {.rows = rows, .count = 2};
    const struct acknowledgements none = {0};
    const struct gate_time times[] = {{0, 1000}, {32000, 1000}, {31999, 1000}};
    assert_true(options_parse(&night, 4, argv, &error));
    assert_true(gate_fill(&gate, &summary, &none, "2026-11-22", 1));
    assert_int_equal(gate.pending, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_true(gate_again_words(&gate, &night, "out", &times[i], &words));
        assert_string_equal(word_behind(&words, "--workloads"), i < 2 ? "larson,sized" : "sized");
        words_free(&words);
    }
    const struct summary_table alone = {.rows = rows, .count = 1};
    gate_free(&gate);
    assert_true(gate_fill(&gate, &alone, &none, "2026-11-22", 1));
    assert_true(gate_again_words(&gate, &night, "out", &times[2], &words));
    assert_string_equal(word_behind(&words, "--workloads"), "larson");
    words_free(&words);
    gate_free(&gate);
    options_free(&night);
}

/* Suspects are confirmed or not, undecided cells are confirmed or repeated. */
static void fresh_blocks_decide(void **state)
{
    (void)state;
    struct gate gate;
    struct summary_row first[] = {
        summary_of("a", "slower", 1.1, 1.2),
        summary_of("b", "unresolved", 1.001, 1.06), /* its middle is above 1 + delta */
        summary_of("c", "unresolved", 0.98, 1.06),
        summary_of("d", "unresolved", 0.98, 1.06),
        summary_of("e", "unresolved", 0.98, 1.06),
        summary_of("f", "unresolved", 1.001, 1.02), /* its middle is not */
        summary_of("g", "unresolved", NAN, NAN),
    };
    struct summary_row again[] = {
        summary_of("a", "slower", 1.1, 1.2),
        summary_of("b", "equivalent", 0.99, 1.01),
        summary_of("c", "slower", 1.03, 1.06),
        summary_of("d", "unresolved", 0.99, 1.03),
        summary_of("f", "slower", 1.1, 1.2), /* runs beside, and does not count */
        summary_of("g", "slower", 1.1, 1.2),
    };

    static const enum outcome expected[] = {OUTCOME_CONFIRMED,
                                            OUTCOME_UNCONFIRMED,
                                            OUTCOME_CONFIRMED,
                                            OUTCOME_REPEATED,
                                            OUTCOME_UNDECIDED, /* not run again */
                                            OUTCOME_NONE,
                                            OUTCOME_UNDECIDED};
    const struct acknowledgements none = {0};
    const struct summary_table summary = {.rows = first, .count = 7};
    const struct summary_table fresh = {.rows = again, .count = 6};
    assert_true(gate_fill(&gate, &summary, &none, "2026-11-22", 1));
    assert_int_equal(gate.pending, 5);
    gate_decide(&gate, &fresh);
    for (size_t i = 0; i < gate.count; i++) {
        assert_string_equal(gate.rows[i].outcome, outcome_word(expected[i]));
    }
    gate_free(&gate);
}

/* ---- Failures ---- */

static struct measurements_row measured(const char *workload, uint64_t attempt, const char *status)
{
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    row.pass = "throughput";
    row.workload = workload;
    row.threads = count_of(1);
    row.allocator = "bin";
    row.block = count_of(1);
    row.attempt = count_of(attempt);
    row.started_unix_ns = count_of(7);
    row.status = status;
    return row;
}

/* The nth value of a key, NULL when there is none. */
static const char *value_of(const struct accounts *accounts, const char *key, size_t nth)
{
    for (size_t i = 0; i < accounts->count; i++) {
        if (strcmp(accounts->rows[i].key, key) == 0 && nth-- == 0) {
            return accounts->rows[i].value;
        }
    }
    return NULL;
}

static void void_attempts_fail_by_a_crash_alone(void **state)
{
    (void)state;
    struct accounts accounts;
    struct allocator glibc = {.name = "glibc"};
    const struct options options = {.allocators = {.items = &glibc, .count = 1},
                                    .baseline = "glibc"};
    struct measurements_row rows[] = {
        measured("a", 0, "timeout"),
        measured("b", 0, "crashed"),
        measured("c", 0, "out_of_memory"),
        measured("a", 1, "ok"),
        measured("b", 1, "ok"),
        measured("c", 1, "timeout"),
    };
    const struct measurements_table measurements = {.rows = rows,
                                                    .count = sizeof rows / sizeof rows[0]};
    const struct summary_table summary = {0};
    assert_true(accounts_make(&accounts, &options, &measurements, &summary));
    assert_string_equal(value_of(&accounts, "nightly.voided_blocks", 0), "3");
    assert_non_null(value_of(&accounts, "nightly.failed", 1));
    assert_memory_equal(
        value_of(&accounts, "nightly.failed", 0), "bin/b/1 (throughput): crashed", 29);
    assert_memory_equal(
        value_of(&accounts, "nightly.failed", 1), "bin/c/1 (throughput): timeout", 29);
    assert_null(value_of(&accounts, "nightly.failed", 2));
    accounts_free(&accounts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_open_acknowledged_or_none),
        cmocka_unit_test(the_second_campaign_has_what_is_left_of_the_budget),
        cmocka_unit_test(the_second_campaign_holds_the_suspects_and_its_budget),
        cmocka_unit_test(without_the_time_for_all_the_suspects_are_run_again),
        cmocka_unit_test(fresh_blocks_decide),
        cmocka_unit_test(void_attempts_fail_by_a_crash_alone),
    };
    return cmocka_run_group_tests_name("nightly gate", tests, NULL, NULL);
}

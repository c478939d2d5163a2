/* The morning page and the drift of synthetic histories: 60 nights, 25 cells, 2 % noise, a step. */
#include "harness/commands.h"
#include "harness/nightly/morning.h"
#include "harness/nightly/sheet.h"
#include "harness/nightly/sparkline.h"
#include "harness/report/summary.h"
#include "tests/unit/nightly_history.h"

#include <linux/limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define LAST 59

static const struct synthetic sixty = {
    .nights = 60,
    .cells = 25,
    .memory = true,
    .noise = 0.02,
    .step_night = 40,
    .step = 0.05,
    .epoch_night = 30,
    .missing_night = 50,
};

static char folder[64];

static int make_history(void **state)
{
    (void)state;
    char path[PATH_MAX];
    (void)synthetic_folder(folder);
    synthetic_write(folder, &sixty, 0, sixty.nights);
    FILE *out = fopen(run_path(path, folder, "verdicts.csv"), "ae");
    assert_non_null(out);
    assert_true(fputs("2,night-060,17985", out) >= 0); /* torn */
    return fclose(out);
}

static int remove_history(void **state)
{
    (void)state;
    synthetic_remove(folder);
    return 0;
}

struct page {
    struct nights nights;
    struct findings findings;
    struct drift drift;
    struct acknowledgements acknowledgements;
    char *told;
    char *text;
    int code;
};

static void make_page(struct page *page, size_t place, bool markdown)
{
    struct error error;
    size_t bytes = 0;
    *page = (struct page){0};
    FILE *told = open_memstream(&page->told, &bytes);
    if (!nights_read(folder, &page->nights, told, &error) ||
        !acknowledgements_read(folder, &page->acknowledgements, told, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(fclose(told), 0);
    assert_true(findings_make(&page->findings, &page->nights, place));
    assert_true(drift_find(&page->nights, NULL, &page->drift, &error));
    const struct morning morning = {
        &page->nights, place, &page->findings, &page->drift, &page->acknowledgements, page->told};
    FILE *out = open_memstream(&page->text, &bytes);
    assert_true(morning_print(&morning, markdown, out, &error));
    assert_int_equal(fclose(out), 0);
    page->code = findings_code(&page->findings);
}

static void free_page(struct page *page)
{
    acknowledgements_free(&page->acknowledgements);
    drift_free(&page->drift);
    findings_free(&page->findings);
    nights_free(&page->nights);
    free(page->told);
    free(page->text);
}

static void holds(const struct page *page, const char *part)
{
    if (strstr(page->text, part) == NULL) {
        fail_msg("the page lacks \"%s\":\n%s", part, page->text);
    }
}

static void fits_a_screen(const struct page *page)
{
    size_t lines = 0;
    for (const char *line = page->text; *line != '\0'; line = strchr(line, '\n') + 1, lines++) {
        assert_true(sheet_fitting(line, SHEET_COLUMNS) >= strcspn(line, "\n"));
    }
    assert_in_range(lines, 10, MORNING_LINES_MOST);
}

static void the_page_tells_of_the_regression_on_one_screen(void **state)
{
    (void)state;
    struct page page;
    make_page(&page, LAST - 1, false);
    if (getenv("HEAPLAB_SHOW") != NULL) {
        (void)fputs(page.text, stderr);
    }
    fits_a_screen(&page);
    assert_int_equal(page.code, EXIT_REGRESSION);
    holds(&page,
          "heaplab nightly, 2026-11-22 03:00 UTC, run night-059\nREGRESSION: worse than "
          "glibc in 1 of 50 comparisons (0 new), confirmed by fresh blocks.\n");
    holds(&page, "bin/w00/1/ns_per_op  +");
    holds(&page, "since 2026-11-0"); /* night 40 is the 3rd; the split may lie beside it */
    holds(&page, "faults +5.0 %");
    holds(&page, "RSS +0.0 %");
    holds(&page, "verdicts.csv: 1 line is no row and passed over: 4427 (torn: it has no end)");
    holds(&page, "--workloads w00 --threads 1 --passes throughput");
    free_page(&page);
}

static void the_step_is_the_only_change_of_level(void **state)
{
    (void)state;
    struct page page;
    make_page(&page, LAST - 1, false);
    assert_int_equal(page.drift.count, 1);
    const struct drift_change *change = &page.drift.changes[0];
    assert_string_equal(page.nights.series[change->series].name, "bin/w00/1/ns_per_op");
    assert_true(change->night >= 37 && change->night <= 43);
    assert_true(change->after / change->before > 1.03 && change->after / change->before < 1.07);
    assert_true(change->p <= 0.05);
    free_page(&page);
}

static void an_epoch_and_a_missing_night_are_named_on_their_day(void **state)
{
    (void)state;
    struct page page;
    make_page(&page, 30, false);
    holds(&page, "a new epoch: kernel 6.1.0-28 -> 6.1.0-29");
    free_page(&page);
    make_page(&page, 50, false);
    holds(&page, "run night-051");
    holds(&page, "1 night before this one is missing");
    free_page(&page);
    make_page(&page, 40, false);
    holds(&page, "allocator.bin.version: heaplab 77d0b31 -> heaplab 9e1c2aa");
    free_page(&page);
}

static void markdown_has_the_same_as_headings_and_lists(void **state)
{
    (void)state;
    struct page page;
    make_page(&page, LAST - 1, true);
    holds(&page, "# heaplab nightly, 2026-11-22");
    holds(&page, "\n\n## Regressions, by size");
    holds(&page, "- `bin/w00/1/ns_per_op`  +");
    holds(&page, "```sh\n./run.sh run --allocator");
    free_page(&page);
}

/* ---- Crowded nights ---- */

#define CROWD 200

static const enum outcome crowd_outcomes[] = {
    OUTCOME_NONE, OUTCOME_CONFIRMED, OUTCOME_UNCONFIRMED, OUTCOME_OPEN, OUTCOME_ACKNOWLEDGED};

/* Every kind of finding many times, with long names, and many cells that failed. */
static void crowd(struct nights *nights, struct night *night)
{
    static struct night_series series[CROWD];
    static struct night_point points[CROWD];
    static struct night_fact facts[CROWD];
    static char names[CROWD][CELL_BYTES];

    static const enum verdict verdicts[] = {VERDICT_LESS, VERDICT_UNRESOLVED};

    for (size_t i = 0; i < CROWD; i++) {
        enum outcome outcome = crowd_outcomes[i % 5];
        enum verdict verdict = outcome == OUTCOME_NONE ? verdicts[i % 2] : VERDICT_GREATER;
        points[i] = (struct night_point){
            .all = {15, 1.2, 1.1, 1.3, verdict}, .delta = 0.02, .outcome = outcome};
        facts[i] = (struct night_fact){
            "nightly.failed",
            "bin/a-workload-with-a-long-name/32 (throughput): crashed: signal 11"};
        series[i] = (struct night_series){
            .cell = {"bin", "sized", "live_blocks=200000:blocks=3000000:sizes=4", i, "ns_per_op"},
            .figure = judged_find("ns_per_op"),
            .points = &points[i],
            .count = 1};
        series[i].name = cell_name(names[i], &series[i].cell);
    }
    *night = (struct night){.run = "20261122T030000Z-a-host", .facts = facts, .fact_count = CROWD};
    *nights = (struct nights){.nights = night, .count = 1, .series = series, .series_count = CROWD};
}

static void a_crowded_night_fits_a_screen_too(void **state)
{
    (void)state;
    struct error error;
    struct night night;
    struct page page = {0};
    size_t bytes = 0;
    crowd(&page.nights, &night);
    assert_true(findings_make(&page.findings, &page.nights, 0));
    const struct morning morning = {
        &page.nights,
        0,
        &page.findings,
        &page.drift,
        &page.acknowledgements,
        "verdicts.csv: 9 lines are no rows and passed over: 1 (empty)\n"};
    FILE *out = open_memstream(&page.text, &bytes);
    assert_true(morning_print(&morning, false, out, &error));
    assert_int_equal(fclose(out), 0);
    fits_a_screen(&page);
    holds(&page, "Regressions, by size (40)");
    holds(&page, "Failed or missing\n");
    holds(&page, "... and 199 more");
    holds(&page, "Better (20)");
    holds(&page, "The worst one again\n");
    findings_free(&page.findings);
    free(page.text);
}

/* ---- Kinds and codes ---- */

static struct night_point point_of(enum verdict all, double high, enum outcome outcome)
{
    return (struct night_point){.all = {12, 1.01, 0.99, high, all},
                                .fresh = {0, NAN, NAN, NAN, VERDICT_NONE},
                                .delta = 0.02,
                                .outcome = outcome};
}

/* The code of a night whose only cell has that point. */
static int code_of(struct night_point point, const char *failed)
{
    struct night_fact fact = {"nightly.failed", failed};
    struct night night = {.run = "run", .facts = &fact, .fact_count = failed != NULL ? 1 : 0};
    struct night_series series = {.cell = {"bin", "w", "", 1, "ns_per_op"},
                                  .name = "bin/w/1/ns_per_op",
                                  .figure = judged_find("ns_per_op"),
                                  .points = &point,
                                  .count = 1};
    const struct nights nights = {
        .nights = &night, .count = 1, .series = &series, .series_count = 1};
    struct findings findings;
    assert_true(findings_make(&findings, &nights, 0));
    int code = findings_code(&findings);
    findings_free(&findings);
    return code;
}

static void the_exit_code_follows_the_gravest_finding(void **state)
{
    (void)state;
    struct night_point again = point_of(VERDICT_GREATER, 1.08, OUTCOME_UNCONFIRMED);
    assert_int_equal(code_of(point_of(VERDICT_EQUIVALENT, 1.01, OUTCOME_NONE), NULL), 0);
    assert_int_equal(code_of(point_of(VERDICT_LESS, 0.9, OUTCOME_NONE), NULL), 0);
    assert_int_equal(code_of(point_of(VERDICT_UNRESOLVED, 1.015, OUTCOME_NONE), NULL), 0);
    assert_int_equal(code_of(point_of(VERDICT_UNRESOLVED, 1.05, OUTCOME_NONE), NULL), 0);
    assert_int_equal(code_of(point_of(VERDICT_UNRESOLVED, 1.051, OUTCOME_NONE), NULL),
                     EXIT_UNRESOLVED);
    assert_int_equal(code_of(point_of(VERDICT_UNRESOLVED, NAN, OUTCOME_NONE), NULL),
                     EXIT_UNRESOLVED);
    assert_int_equal(code_of(point_of(VERDICT_GREATER, 1.08, OUTCOME_ACKNOWLEDGED), NULL), 0);
    assert_int_equal(code_of(point_of(VERDICT_GREATER, 1.08, OUTCOME_OPEN), NULL), EXIT_UNRESOLVED);
    struct night_point noisy = point_of(VERDICT_EQUIVALENT, 1.08, OUTCOME_NONE);
    noisy.delta = 0.1;
    assert_int_equal(code_of(noisy, NULL), EXIT_UNRESOLVED);
    again.fresh = (struct night_ratio){12, 1.0, 0.99, 1.01, VERDICT_EQUIVALENT};
    assert_int_equal(code_of(again, NULL), 0);
    again.fresh = (struct night_ratio){12, 1.03, 0.99, 1.06, VERDICT_UNRESOLVED};
    assert_int_equal(code_of(again, NULL), EXIT_UNRESOLVED);
    assert_int_equal(code_of(again, "bin/w/1 (memory): crashed"), EXIT_FAILED_CELLS);
    struct night_point undecided = point_of(VERDICT_UNRESOLVED, 1.08, OUTCOME_UNDECIDED);
    assert_int_equal(code_of(undecided, NULL), EXIT_UNRESOLVED);
    undecided.outcome = OUTCOME_REPEATED;
    undecided.fresh = (struct night_ratio){32, 1.0, 0.97, 1.03, VERDICT_UNRESOLVED};
    assert_int_equal(code_of(undecided, NULL), 0);
    undecided.fresh = (struct night_ratio){32, 1.0, 0.95, 1.06, VERDICT_UNRESOLVED};
    assert_int_equal(code_of(undecided, NULL), EXIT_UNRESOLVED);
    assert_int_equal(code_of(point_of(VERDICT_GREATER, 1.08, OUTCOME_CONFIRMED), "x: crashed"),
                     EXIT_REGRESSION);
}

/* Rows without a verdict only, as when the candidate counts no instructions. */
static void a_night_that_compared_nothing_is_not_fine(void **state)
{
    (void)state;
    struct error error;
    struct page page = {0};
    size_t bytes = 0;
    struct night night = {.run = "run"};
    struct night_point point = point_of(VERDICT_NONE, NAN, OUTCOME_NONE);
    struct night_series series = {.cell = {"bin", "w", "", 1, "minor_faults"},
                                  .name = "bin/w/1/minor_faults",
                                  .points = &point,
                                  .count = 1};
    page.nights =
        (struct nights){.nights = &night, .count = 1, .series = &series, .series_count = 1};
    assert_true(findings_make(&page.findings, &page.nights, 0));
    assert_int_equal(findings_code(&page.findings), EXIT_UNRESOLVED);
    const struct morning morning = {
        &page.nights, 0, &page.findings, &page.drift, &page.acknowledgements, ""};
    FILE *out = open_memstream(&page.text, &bytes);
    assert_true(morning_print(&morning, false, out, &error));
    assert_int_equal(fclose(out), 0);
    holds(&page, "NOTHING COMPARED: ");
    assert_null(strstr(page.text, "FINE"));
    findings_free(&page.findings);
    free(page.text);
}

/* ---- Sparklines ---- */

static void sparklines_show_the_range_and_the_gaps(void **state)
{
    (void)state;
    char line[SPARKLINE_BYTES];
    const double rise[] = {1.0, NAN, 1.5, 2.0};
    sparkline_draw(rise, 4, 0.04, line);
    assert_string_equal(line, "▁·▅█");
    const double flat[] = {1.0, 1.001};
    sparkline_draw(flat, 2, 0.04, line);
    assert_string_equal(line, "▄▅");
    sparkline_draw(flat, 0, 0.04, line);
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_tells_of_the_regression_on_one_screen),
        cmocka_unit_test(the_step_is_the_only_change_of_level),
        cmocka_unit_test(an_epoch_and_a_missing_night_are_named_on_their_day),
        cmocka_unit_test(markdown_has_the_same_as_headings_and_lists),
        cmocka_unit_test(a_crowded_night_fits_a_screen_too),
        cmocka_unit_test(the_exit_code_follows_the_gravest_finding),
        cmocka_unit_test(a_night_that_compared_nothing_is_not_fine),
        cmocka_unit_test(sparklines_show_the_range_and_the_gaps),
    };
    return cmocka_run_group_tests_name("nightly page", tests, make_history, remove_history);
}

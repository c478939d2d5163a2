/* What the morning page says, whole: its lines are wrapped, its counts are counts, its nights are those
 * that there were. */
#include "harness/nightly/morning.h"
#include "harness/nightly/sheet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define NIGHTS 4

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("lacks \"%s\":\n%s", part, text);
    }
}

static void fits(const char *text)
{
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_true(sheet_fitting(line, SHEET_COLUMNS) >= strcspn(line, "\n"));
    }
}

/* ---- Sheets ---- */

static char *sheet_of(bool is_short, void (*print)(struct sheet *, const char *), const char *text)
{
    char *page = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&page, &bytes);
    assert_non_null(out);
    struct sheet sheet = {.out = out, .is_short = is_short};
    print(&sheet, text);
    assert_int_equal(fclose(out), 0);
    size_t lines = 0;
    for (const char *c = page; *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    assert_int_equal(lines, sheet.lines);
    fits(page);
    return page;
}

static void print_item(struct sheet *sheet, const char *text)
{
    sheet_item(sheet, "bin/w/1/ns_per_op", text);
}

/* Drops line ends and the blanks around them. */
static void join(char *page, const char *between)
{
    char joined[2048] = "";
    char *rest = NULL;
    for (char *line = strtok_r(page, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " ");
        size_t used = strlen(joined);
        (void)snprintf(joined + used, sizeof joined - used, "%s%s", used > 0 ? between : "", line);
    }
    memcpy(page, joined, strlen(joined) + 1);
}

static void long_texts_go_on_in_further_lines(void **state)
{
    (void)state;
    char words[500] = "a";
    for (size_t i = 0; i < 90; i++) {
        size_t used = strlen(words);
        (void)snprintf(words + used, sizeof words - used, "%s", i % 3 == 0 ? " über" : " be");
    }
    char *page = sheet_of(false, sheet_paragraph, words);
    join(page, " ");
    assert_string_equal(page, words);
    free(page);

    page = sheet_of(false, print_item, words);
    holds(page, "\n      "); /* indented */
    join(page, " ");
    assert_string_equal(page + strlen("bin/w/1/ns_per_op  "), words);
    free(page);

    char word[300];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    page = sheet_of(false, sheet_more, word);
    join(page, "");
    assert_string_equal(page, word);
    free(page);
}

static void short_entries_show_that_they_are_cut(void **state)
{
    (void)state;
    char word[300];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    char *page = sheet_of(true, print_item, word);
    assert_int_equal(strlen(page), SHEET_COLUMNS + 1);
    holds(page, "xxx...\n");
    free(page);
    page = sheet_of(true, print_item, "brief");
    assert_string_equal(page, "  bin/w/1/ns_per_op  brief\n");
    free(page);
}

/* ---- Pages ---- */

/* Nights of one cell each, equal on all of them. */
struct history {
    struct night_fact facts[NIGHTS][4];
    struct night nights[NIGHTS];
    struct night_point points[NIGHTS];
    struct night_series series;
    struct nights all;
};

static void make(struct history *history, const char *figure, enum outcome outcome)
{
    static char *const blocks[NIGHTS] = {"2", "1", "0", "7"};
    static char *const versions[NIGHTS] = {"1.0", "1.0", "1.0", "1.1"};
    *history = (struct history){0};
    for (uint32_t i = 0; i < NIGHTS; i++) {
        history->facts[i][0] = (struct night_fact){"baseline", "glibc"};
        history->facts[i][1] = (struct night_fact){"nightly.voided_blocks", blocks[i]};
        history->facts[i][2] = (struct night_fact){"workloads", "one,w,other"};
        history->facts[i][3] = (struct night_fact){"allocator.bin.version", versions[i]};
        history->nights[i] = (struct night){.run = "run",
                                            .started_unix_ns = UINT64_C(86400000000000) * (i + 1),
                                            .facts = history->facts[i],
                                            .fact_count = 4};
        bool greater = outcome == OUTCOME_CONFIRMED && i == NIGHTS - 1;
        history->points[i] = (struct night_point){
            .all = {15, 1.0, 0.99, 1.01, greater ? VERDICT_GREATER : VERDICT_EQUIVALENT},
            .delta = 0.02,
            .night = i,
            .outcome = greater ? outcome : OUTCOME_NONE};
    }
    history->series = (struct night_series){.cell = {"bin", "w", "", 1, figure},
                                            .name = "bin/w/1/figure",
                                            .figure = judged_find(figure),
                                            .points = history->points,
                                            .count = NIGHTS};
    history->all = (struct nights){
        .nights = history->nights, .count = NIGHTS, .series = &history->series, .series_count = 1};
}

static char *page_of(const struct history *history, size_t night)
{
    struct error error;
    struct findings findings;
    const struct drift drift = {0};
    const struct acknowledgements acknowledgements = {0};
    char *page = NULL;
    size_t bytes = 0;
    assert_true(findings_make(&findings, &history->all, night));
    const struct morning morning = {&history->all, night, &findings, &drift, &acknowledgements, ""};
    FILE *out = open_memstream(&page, &bytes);
    assert_true(morning_print(&morning, false, out, &error));
    assert_int_equal(fclose(out), 0);
    findings_free(&findings);
    fits(page);
    return page;
}

static void night_holds(const struct history *history, size_t night, const char *part)
{
    char *page = page_of(history, night);
    holds(page, part);
    free(page);
}

static void counts_are_whole_and_nights_those_that_there_were(void **state)
{
    (void)state;
    struct history history;
    make(&history, "ns_per_op", OUTCOME_NONE);
    night_holds(&history, 0, "blocks of a workload run again: 2\n");
    night_holds(&history, 1, "run again: 1; in the night before 2.00\n");
    night_holds(&history, 3, "run again: 7; in the 3 nights before 1.00\n");
    night_holds(&history, 3, "FINE: of 1 comparison with glibc none");
    night_holds(&history, 3, "miss 1, % (expected: below 5): unknown\n");
    history.facts[1][1].key = "other";
    night_holds(&history, 3, "run again: 7; in the 2 nights before 1.00\n");
}

static void the_first_sentence_is_whole(void **state)
{
    (void)state;
    struct history history;
    make(&history, "minor_faults", OUTCOME_NONE);
    char *page = page_of(&history, 3);
    holds(page, "NOTHING COMPARED: ");
    holds(page, "(see --passes).\n");
    free(page);
}

static void versions_alone_end_without_a_separator(void **state)
{
    (void)state;
    struct history history;
    make(&history, "ns_per_op", OUTCOME_CONFIRMED);
    night_holds(&history, 3, "      bin 1.0 -> 1.1\n");
}

static void a_workload_that_is_left_out_is_not_missing(void **state)
{
    (void)state;
    struct history history;
    make(&history, "ns_per_op", OUTCOME_NONE);
    struct night_series both[2] = {history.series, history.series};
    struct night_point points[NIGHTS];
    memcpy(points, history.points, sizeof points);
    points[3].night = 2; /* of the other series, only the third night */
    both[1].points = &points[3];
    both[1].count = 1;
    both[1].cell.workload = "other";
    history.all.series = both;
    history.all.series_count = 2;
    assert_true(findings_is_missing(&history.all, 1, 3));
    history.facts[3][2].value = "w,others,another";
    assert_false(findings_is_missing(&history.all, 1, 3));
    history.facts[3][2].value = "";
    assert_true(findings_is_missing(&history.all, 1, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_texts_go_on_in_further_lines),
        cmocka_unit_test(short_entries_show_that_they_are_cut),
        cmocka_unit_test(counts_are_whole_and_nights_those_that_there_were),
        cmocka_unit_test(the_first_sentence_is_whole),
        cmocka_unit_test(versions_alone_end_without_a_separator),
        cmocka_unit_test(a_workload_that_is_left_out_is_not_missing),
    };
    return cmocka_run_group_tests_name("nightly sheet", tests, NULL, NULL);
}

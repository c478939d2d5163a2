#include "harness/nightly/morning.h"

#include "harness/nightly/morning_parts.h"
#include "harness/nightly/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK_NIGHTS 30
#define ITEMS_MOST       8

/* ---- The head ---- */

/* Regressions that the night before had not confirmed. */
static size_t count_new(const struct morning *morning)
{
    const struct finding *items = findings_of(morning->findings, FINDING_REGRESSION);
    size_t count = 0;
    for (size_t i = 0; i < morning->findings->of_kind[FINDING_REGRESSION]; i++) {
        const struct night_series *series = &morning->nights->series[items[i].series];
        const struct night_point *before =
            morning->night > 0 ? night_point_of(series, morning->night - 1) : NULL;
        count += before == NULL || before->outcome != OUTCOME_CONFIRMED ? 1 : 0;
    }
    return count;
}

static void print_sentence(struct morning_page *page)
{
    const struct morning *morning = page->morning;
    const struct findings *findings = morning->findings;
    const struct night *night = &morning->nights->nights[morning->night];
    size_t worse = findings->of_kind[FINDING_REGRESSION];
    size_t better = findings->of_kind[FINDING_IMPROVEMENT];
    const char *plural = findings->count == 1 ? "" : "s";
    char text[MORNING_TEXT_BYTES];
    if (worse > 0) {
        (void)snprintf(
            text,
            sizeof text,
            "REGRESSION: worse than %s in %zu of %zu comparison%s (%zu new), confirmed by "
            "fresh blocks.",
            night_fact(night, "baseline", 0),
            worse,
            findings->count,
            plural,
            count_new(morning));
    } else if (findings->failed > 0) {
        (void)snprintf(text,
                       sizeof text,
                       "FAILED: %zu cell%s without figures; no regression in the %zu comparison%s "
                       "that there %s.",
                       findings->failed,
                       findings->failed == 1 ? " is" : "s are",
                       findings->count,
                       plural,
                       findings->count == 1 ? "is" : "are");
    } else if (findings->count == 0) {
        (void)snprintf(
            text,
            sizeof text,
            "NOTHING COMPARED: no candidate has a time, a size or a count of instructions "
            "beside that of %s; a regression cannot be excluded (see --passes).",
            night_fact(night, "baseline", 0));
    } else if (findings->undecided > 0) {
        (void)snprintf(text,
                       sizeof text,
                       "UNRESOLVED: no regression is confirmed, but in %zu of %zu comparison%s one "
                       "of 5 %% cannot be excluded.",
                       findings->undecided,
                       findings->count,
                       plural);
    } else {
        (void)snprintf(
            text,
            sizeof text,
            "FINE: of %zu comparison%s with %s none is worse by 5 %%, %zu acknowledged ones apart; "
            "%zu %s better.",
            findings->count,
            plural,
            night_fact(night, "baseline", 0),
            findings->of_kind[FINDING_ACKNOWLEDGED],
            better,
            better == 1 ? "is" : "are");
    }
    sheet_paragraph(&page->sheet, text);
}

/* A fact of the nights' accounts as a number, NAN where a night does not have it. */
static double account(const struct night *night, const char *key)
{
    const char *text = night_fact(night, key, 0);
    return text[0] == '\0' ? NAN : strtod(text, NULL);
}

/* The mean over the nights before this one that have the fact, LOOK_BACK_NIGHTS at most; `*count` of
 * them, NAN where there is none. */
static double mean_before(const struct morning *morning, const char *key, size_t *count)
{
    double sum = 0;
    *count = 0;
    for (size_t i = morning->night; i-- > 0 && i + LOOK_BACK_NIGHTS >= morning->night;) {
        double value = account(&morning->nights->nights[i], key);
        if (!isnan(value)) {
            sum += value;
            ++*count;
        }
    }
    return *count > 0 ? sum / (double)*count : NAN;
}

/* A figure of this night, and its mean over the nights before. */
struct account {
    const char *what;
    double tonight;
    double before;
    size_t nights; /* before, that have it */
    int decimals;  /* of tonight's */
};

static void print_value(char text[32], double value, int decimals)
{
    (void)snprintf(text, 32, isnan(value) ? "unknown" : "%.*f", decimals, value);
}

/* "... 0.81; in the 30 nights before 0.79", unknown values as "unknown". */
static void print_account(struct morning_page *page, const struct account *account)
{
    char text[MORNING_TEXT_BYTES];
    char tonight[32];
    char before[32];
    char nights[32] = "night";
    print_value(tonight, account->tonight, account->decimals);
    print_value(before, account->before, 2);
    if (account->nights > 1) {
        (void)snprintf(nights, sizeof nights, "%zu nights", account->nights);
    }
    (void)snprintf(text,
                   sizeof text,
                   isnan(account->before) ? "%s %s" : "%s %s; in the %s before %s",
                   account->what,
                   tonight,
                   nights,
                   before);
    sheet_item(&page->sheet, "", text);
}

static void print_noise(struct morning_page *page)
{
    const struct morning *morning = page->morning;
    const struct night *night = &morning->nights->nights[morning->night];
    struct account outside = {.what = "A/A intervals that miss 1, % (expected: below 5):",
                              .decimals = 2};
    struct account half_width = {.what = "median half-width of the intervals, %:", .decimals = 2};
    struct account voided = {.what = "blocks of a workload run again:"};
    outside.tonight =
        100 * account(night, "nightly.again_outside") / account(night, "nightly.again_cells");
    outside.before = 100 * mean_before(morning, "nightly.again_outside", &outside.nights) /
                     mean_before(morning, "nightly.again_cells", &outside.nights);
    half_width.tonight = 100 * account(night, "nightly.half_width");
    half_width.before = 100 * mean_before(morning, "nightly.half_width", &half_width.nights);
    voided.tonight = account(night, "nightly.voided_blocks");
    voided.before = mean_before(morning, "nightly.voided_blocks", &voided.nights);
    sheet_heading(&page->sheet, "Noise");
    print_account(page, &outside);
    print_account(page, &half_width);
    print_account(page, &voided);
}

/* ---- Lists of cells ---- */

void morning_print_rest(struct morning_page *page, size_t count)
{
    if (count > page->items_most) {
        char text[64];
        (void)snprintf(text, sizeof text, "... and %zu more", count - page->items_most);
        sheet_item(&page->sheet, "", text);
    }
}

/* "until 2027-01-31: why" of an acknowledged finding. */
static void
note_of(const struct morning *morning, const struct finding *finding, char text[MORNING_TEXT_BYTES])
{
    char date[NIGHT_DATE_BYTES];
    night_date(&morning->nights->nights[morning->night], date);
    date[ACKNOWLEDGE_DATE_BYTES - 1] = '\0';
    const struct acknowledgement *known = acknowledgements_find(
        morning->acknowledgements, morning->nights->series[finding->series].name, date);
    (void)snprintf(text,
                   MORNING_TEXT_BYTES,
                   known != NULL ? "until %s: %s" : "withdrawn since%s%s",
                   known != NULL ? known->until : "",
                   known != NULL ? known->note : "");
}

/* What is told of a finding beside its ratio. */
static void describe(const struct morning *morning,
                     const struct finding *finding,
                     char text[MORNING_TEXT_BYTES])
{
    text[0] = '\0';
    switch (finding->kind) {
    case FINDING_REGRESSION:
    case FINDING_IMPROVEMENT: morning_course(morning, finding, text); break;
    case FINDING_ACKNOWLEDGED: note_of(morning, finding, text); break;
    case FINDING_UNCONFIRMED:
        (void)snprintf(text,
                       MORNING_TEXT_BYTES,
                       finding->point->outcome == OUTCOME_OPEN ? "no fresh figures"
                       : finding->undecided                    ? "when run again: still undecided"
                                                               : "when run again: not worse");
        break;
    case FINDING_UNRESOLVED:
        (void)snprintf(text,
                       MORNING_TEXT_BYTES,
                       "%s",
                       finding->point->fresh.blocks > 0 ? "also when run again" : "");
        break;
    case FINDING_FINE: break;
    }
}

static void print_finding(struct morning_page *page, const struct finding *finding)
{
    const struct morning *morning = page->morning;
    const char *name = morning->nights->series[finding->series].name;
    char ratio[MORNING_TEXT_BYTES];
    char more[MORNING_TEXT_BYTES];
    char line[2 * MORNING_TEXT_BYTES + 2];
    morning_ratio(finding_ratio(finding), ratio);
    describe(morning, finding, more);
    (void)snprintf(line, sizeof line, "%s%s%s", ratio, more[0] != '\0' ? "  " : "", more);
    if (sheet_fits(name, line)) {
        sheet_item(&page->sheet, name, line);
    } else {
        sheet_item(&page->sheet, name, ratio);
        sheet_more(&page->sheet, more);
    }
    if (finding->kind == FINDING_REGRESSION) {
        morning_company(morning, finding, more);
        sheet_more(&page->sheet, more);
    }
}

static void print_kind(struct morning_page *page, enum finding_kind kind, const char *heading)
{
    const struct findings *findings = page->morning->findings;
    const struct finding *items = findings_of(findings, kind);
    char text[128];
    if (findings->of_kind[kind] == 0) {
        return;
    }
    (void)snprintf(text, sizeof text, "%s (%zu)", heading, findings->of_kind[kind]);
    sheet_heading(&page->sheet, text);
    for (size_t i = 0; i < findings->of_kind[kind] && i < page->items_most; i++) {
        print_finding(page, &items[i]);
    }
    morning_print_rest(page, findings->of_kind[kind]);
}

static void print_failed(struct morning_page *page)
{
    const struct morning *morning = page->morning;
    const struct findings *findings = morning->findings;
    const struct night *night = &morning->nights->nights[morning->night];
    size_t shown = 0;
    if (findings->failed + findings->missing == 0) {
        return;
    }
    sheet_heading(&page->sheet, "Failed or missing");
    for (size_t i = 0; i < findings->failed && shown < page->items_most; i++, shown++) {
        sheet_item(&page->sheet, "", night_fact(night, "nightly.failed", i));
    }
    for (size_t i = 0; i < morning->nights->series_count && shown < page->items_most; i++) {
        if (findings_is_missing(morning->nights, i, morning->night)) {
            sheet_item(
                &page->sheet, morning->nights->series[i].name, "had a figure the night before");
            shown++;
        }
    }
    morning_print_rest(page, findings->failed + findings->missing);
}

static void print_command(struct morning_page *page)
{
    const struct finding *worst = findings_of(page->morning->findings, FINDING_REGRESSION);
    char command[2 * MORNING_TEXT_BYTES];
    if (page->morning->findings->of_kind[FINDING_REGRESSION] == 0) {
        return;
    }
    sheet_heading(&page->sheet, "The worst one again");
    morning_command(page->morning, worst, command);
    sheet_command(&page->sheet, command);
}

/* ---- The page ---- */

static void print_page(struct morning_page *page)
{
    const struct morning *morning = page->morning;
    const struct night *night = &morning->nights->nights[morning->night];
    char date[NIGHT_DATE_BYTES];
    char text[MORNING_TEXT_BYTES];
    night_date(night, date);
    (void)snprintf(text, sizeof text, "heaplab nightly, %s UTC, run %s", date, night->run);
    sheet_title(&page->sheet, text);
    print_sentence(page);
    print_kind(page, FINDING_REGRESSION, "Regressions, by size");
    print_failed(page);
    print_kind(page, FINDING_UNCONFIRMED, "Worse at first, not confirmed");
    print_kind(page, FINDING_UNRESOLVED, "Unresolved: a regression is neither seen nor excluded");
    print_kind(page, FINDING_ACKNOWLEDGED, "Known to be worse");
    print_kind(page, FINDING_IMPROVEMENT, "Better");
    print_noise(page);
    morning_print_drift(page);
    morning_print_changes(page);
    print_command(page);
}

/* Prints with lists as long as the screen allows: from long ones to those of one entry, and of one line at
 * last. */
bool morning_print(const struct morning *morning, bool markdown, FILE *out, struct error *error)
{
    for (size_t tries = ITEMS_MOST + 1; tries > 0; tries--) {
        size_t most = tries > 1 ? tries - 1 : 1;
        char *text = NULL;
        size_t bytes = 0;
        FILE *memory = open_memstream(&text, &bytes);
        if (memory == NULL) {
            break;
        }
        struct morning_page page = {
            .morning = morning,
            .sheet = {.out = memory, .markdown = markdown, .is_short = tries == 1},
            .items_most = most};
        print_page(&page);
        bool ok = fclose(memory) == 0;
        bool fits = markdown || page.sheet.lines <= MORNING_LINES_MOST || tries == 1;
        ok = ok && (!fits || fwrite(text, 1, bytes, out) == bytes);
        free(text);
        if (ok && fits) {
            return true;
        }
    }
    return error_set(error, "cannot print the morning page: out of memory");
}

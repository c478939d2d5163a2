/* The sections of the morning page that are not on single cells of tonight: drift, and what changed. */
#include "harness/nightly/morning_parts.h"

#include <stdio.h>
#include <string.h>

#define DRIFT_NIGHTS 30

static bool is_recent(const struct morning *morning, const struct drift_change *change)
{
    return change->night <= morning->night && change->night + DRIFT_NIGHTS > morning->night;
}

static bool is_above(const struct drift_change *one, const struct drift_change *other)
{
    double sizes[2] = {one->after / one->before, other->after / other->before};
    for (size_t i = 0; i < 2; i++) {
        sizes[i] = sizes[i] < 1 ? 1 / sizes[i] : sizes[i];
    }
    return sizes[0] > sizes[1];
}

/* The largest recent change that is smaller than `than`; ties by their place. */
static const struct drift_change *next_change(const struct morning *morning,
                                              const struct drift_change *than)
{
    const struct drift_change *next = NULL;
    for (size_t i = 0; i < morning->drift->count; i++) {
        const struct drift_change *change = &morning->drift->changes[i];
        bool later =
            than == NULL || is_above(than, change) || (!is_above(change, than) && change > than);
        if (is_recent(morning, change) && later && (next == NULL || is_above(change, next))) {
            next = change;
        }
    }
    return next;
}

void morning_print_drift(struct morning_page *page)
{
    const struct morning *morning = page->morning;
    const struct nights *nights = morning->nights;
    char text[MORNING_TEXT_BYTES];
    char date[NIGHT_DATE_BYTES];
    char what[NIGHT_CHANGE_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < morning->drift->count; i++) {
        count += is_recent(morning, &morning->drift->changes[i]) ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    (void)snprintf(text, sizeof text, "Changes of level in the last %d nights", DRIFT_NIGHTS);
    sheet_heading(&page->sheet, text);
    const struct drift_change *change = NULL;
    for (size_t i = 0; i < count && i < page->items_most; i++) {
        change = next_change(morning, change);
        night_date(&nights->nights[change->night], date);
        bool at_epoch = night_is_new_epoch(nights, change->night, what);
        (void)snprintf(text,
                       sizeof text,
                       "%.3f -> %.3f from %.10s (p %.2g)%s%s",
                       change->before,
                       change->after,
                       date,
                       change->p,
                       at_epoch ? ", with " : "",
                       at_epoch ? what : "");
        sheet_item(&page->sheet, nights->series[change->series].name, text);
    }
    morning_print_rest(page, count);
}

/* ---- What changed ---- */

/* The allocators' versions and files, and heaplab itself, against the night before. */
static void gather_versions(const struct morning *morning, FILE *out)
{
    const struct night *night = &morning->nights->nights[morning->night];
    for (size_t i = 0; morning->night > 0 && i < night->fact_count; i++) {
        const struct night_fact *fact = &night->facts[i];
        const char *before = night_fact(night - 1, fact->key, 0);
        size_t length = strlen(fact->key);
        bool version = strncmp(fact->key, "allocator.", 10) == 0 && length > 18 &&
                       strcmp(fact->key + length - 8, ".version") == 0;
        bool other = strcmp(fact->key, "heaplab") == 0 || strcmp(fact->key, "compiler") == 0;
        if ((version || other) && before[0] != '\0' && strcmp(before, fact->value) != 0) {
            (void)fprintf(out, "%s: %s -> %s\n", fact->key, before, fact->value);
        }
    }
}

/* Facts, a line each. */
static void gather_changes(const struct morning *morning, FILE *out)
{
    const struct nights *nights = morning->nights;
    char what[NIGHT_CHANGE_BYTES];
    size_t missing = nights_missing_before(nights, morning->night);
    if (night_is_new_epoch(nights, morning->night, what)) {
        (void)fprintf(out, "a new epoch: %s\n", what);
    }
    gather_versions(morning, out);
    if (missing > 0) {
        (void)fprintf(out,
                      "%zu night%s before this one %s missing\n",
                      missing,
                      missing == 1 ? "" : "s",
                      missing == 1 ? "is" : "are");
    }
    if (nights->backwards > 0) {
        (void)fprintf(
            out,
            "the clock went backwards before %s (%zu time%s): nights are ordered by their "
            "start\n",
            nights->backwards_run,
            nights->backwards,
            nights->backwards == 1 ? "" : "s");
    }
    if (nights->repeated > 0) {
        (void)fprintf(
            out, "%zu verdicts are in the history twice and count once\n", nights->repeated);
    }
    (void)fputs(morning->told, out);
}

void morning_print_changes(struct morning_page *page)
{
    char lines[8192] = "";
    FILE *out = fmemopen(lines, sizeof lines, "w");
    if (out == NULL) {
        return;
    }
    gather_changes(page->morning, out);
    (void)fclose(out);
    lines[sizeof lines - 1] = '\0';
    if (lines[0] == '\0') {
        return;
    }
    size_t count = 0;
    sheet_heading(&page->sheet, "What changed");
    char *rest = NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (count++ < page->items_most) {
            sheet_item(&page->sheet, "", line);
        }
    }
    morning_print_rest(page, count);
}

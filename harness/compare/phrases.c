#include "harness/compare/phrases.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Order ---- */

static int rank_of(const struct compare_entry *entry)
{
    switch (entry->judged.verdict) {
    case VERDICT_GREATER: return 0;
    case VERDICT_UNRESOLVED: return 1;
    case VERDICT_LESS: return 2;
    case VERDICT_EQUIVALENT: return 3;
    case VERDICT_NONE: return 4;
    }
    return 4;
}

static int order_numbers(double one, double other)
{
    return (one > other) - (one < other);
}

static int order_sections(const struct compare_entry *a, const struct compare_entry *b)
{
    int order = (a->run[1] > b->run[1]) - (a->run[1] < b->run[1]);
    order = order != 0 ? order : (a->figure > b->figure) - (a->figure < b->figure);
    return order != 0 ? order : (int)a->method - (int)b->method;
}

static int order_entries(const void *one, const void *other)
{
    const struct compare_entry *a = *(const struct compare_entry *const *)one;
    const struct compare_entry *b = *(const struct compare_entry *const *)other;
    int order = order_sections(a, b);
    order = order != 0 ? order : rank_of(a) - rank_of(b);
    order =
        order != 0 ? order : order_numbers(fabs(log(b->judged.ratio)), fabs(log(a->judged.ratio)));
    return order != 0 ? order : (a > b) - (a < b); /* as the run had them */
}

const struct compare_entry **phrases_order(const struct compare_result *result)
{
    const struct compare_entries *entries = &result->entries;
    const struct compare_entry **order =
        reallocarray(NULL, entries->count + 1, sizeof(struct compare_entry *));
    size_t count = 0;
    for (size_t i = 0; order != NULL && i < entries->count; i++) {
        if (entries->items[i].status == COMPARE_DONE) {
            order[count++] = &entries->items[i];
        }
    }
    if (order != NULL) {
        qsort(order, count, sizeof(struct compare_entry *), order_entries);
        order[count] = NULL;
    }
    return order;
}

bool phrases_same_section(const struct compare_entry *one, const struct compare_entry *other)
{
    return order_sections(one, other) == 0;
}

/* ---- Sentences ---- */

const char *phrases_method(const struct compare_entry *entry, char text[PHRASE_BYTES])
{
    switch (entry->method) {
    case COMPARE_PAIRED: return "paired by block (sign test)";
    case COMPARE_RATIOS:
        (void)snprintf(text,
                       PHRASE_BYTES,
                       "%c/A is of their ratios to %s in the same block, unpaired across the runs "
                       "(Mann-Whitney)",
                       compare_entry_mark(entry),
                       entry->control);
        return text;
    case COMPARE_UNPAIRED: return "unpaired across the runs (Mann-Whitney)";
    case COMPARE_EXACT: return "exact counts, between their extremes: nothing to test";
    }
    return "";
}

void phrases_section(const struct compare_entry *entry, char text[PHRASE_BYTES])
{
    char method[PHRASE_BYTES];
    const char *unit = phrases_unit(entry);
    (void)snprintf(text,
                   PHRASE_BYTES,
                   "%c against A, %s%s%s%s: %s",
                   compare_entry_mark(entry),
                   entry->figure->figure,
                   unit[0] != '\0' ? " [" : "",
                   unit,
                   unit[0] != '\0' ? "]" : "",
                   phrases_method(entry, method));
}

void phrases_run(const struct compare_run *run, char text[PHRASE_BYTES])
{
    const char *revision = compare_run_fact(run, "heaplab");
    const char *date = compare_run_fact(run, "date_utc");
    (void)snprintf(text,
                   PHRASE_BYTES,
                   "%s (%zu block%s%s%s%s%s)",
                   run->words,
                   run->set.longest,
                   run->set.longest == 1 ? "" : "s",
                   revision[0] != '\0' ? ", heaplab " : "",
                   revision,
                   date[0] != '\0' ? ", " : "",
                   date);
}

static void append_count(char text[PHRASE_BYTES], size_t count, const char *word)
{
    size_t used = strlen(text);
    if (count > 0) {
        (void)snprintf(
            text + used, PHRASE_BYTES - used, "%s%zu %s", used > 0 ? ", " : "", count, word);
    }
}

/* Entries with a verdict whose word is this one: of times and of other figures they differ. */
static size_t count_word(const struct compare_result *result, const char *word)
{
    size_t count = 0;
    for (size_t i = 0; i < result->entries.count; i++) {
        const struct compare_entry *entry = &result->entries.items[i];
        count += entry->status == COMPARE_DONE &&
                         strcmp(judged_word(entry->figure, entry->judged.verdict), word) == 0
                     ? 1
                     : 0;
    }
    return count;
}

void phrases_sum(const struct compare_result *result, char text[PHRASE_BYTES])
{
    static const char *const words[] = {
        "slower", "larger", "unresolved", "faster", "smaller", "equivalent"};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        append_count(text, count_word(result, words[i]), words[i]);
    }
    size_t used = strlen(text);
    size_t done = compare_count_done(result);
    char tested[64] = "";
    if (result->family < done) { /* the others are exact counts */
        (void)snprintf(tested, sizeof tested, ", %zu of them", result->family);
    }
    (void)snprintf(text + used,
                   PHRASE_BYTES - used,
                   "%s%zu comparison%s%s tested together (Holm, %g)",
                   used > 0 ? " of " : "",
                   done,
                   done == 1 ? "" : "s",
                   tested,
                   VERDICT_ALPHA);
    size_t failed = compare_count_failed(result);
    append_count(text, failed, failed == 1 ? "cell failed" : "cells failed");
}

/* ---- Numbers ---- */

static bool is_bytes(const struct compare_entry *entry)
{
    return strcmp(table_column(&measurements_layout, entry->figure->figure)->unit, "bytes") == 0;
}

const char *phrases_unit(const struct compare_entry *entry)
{
    return is_bytes(entry) ? "MiB"
                           : table_column(&measurements_layout, entry->figure->figure)->unit;
}

void phrases_value(const struct compare_entry *entry, double value, char text[NUMBER_BYTES])
{
    double shown = is_bytes(entry) ? value / 1048576 : value;
    (void)snprintf(text,
                   NUMBER_BYTES,
                   "%.*f",
                   shown < 10     ? 3
                   : shown < 1000 ? 2
                   : shown < 1e5  ? 1
                                  : 0,
                   shown);
}

void phrases_p(double p, char text[NUMBER_BYTES])
{
    if (isnan(p)) {
        (void)snprintf(text, NUMBER_BYTES, "-");
    } else if (p < 0.0001) {
        (void)snprintf(text, NUMBER_BYTES, "<0.0001");
    } else {
        (void)snprintf(text, NUMBER_BYTES, "%.4f", p);
    }
}

void phrases_ratio(double ratio, char text[NUMBER_BYTES])
{
    (void)snprintf(text, NUMBER_BYTES, "%.*f", ratio < 10 ? 3 : ratio < 100 ? 2 : 1, ratio);
}

void phrases_interval(const struct comparison *judged, char text[NUMBER_BYTES])
{
    char low[NUMBER_BYTES];
    char high[NUMBER_BYTES];
    if (isnan(judged->low)) {
        (void)snprintf(text, NUMBER_BYTES, "-");
        return;
    }
    phrases_ratio(judged->low, low);
    phrases_ratio(judged->high, high);
    (void)snprintf(text, NUMBER_BYTES, "%.20s..%.20s", low, high);
}

void phrases_delta(double delta, char text[NUMBER_BYTES])
{
    if (isfinite(delta)) {
        (void)snprintf(text, NUMBER_BYTES, "%.1f%%", delta * 100);
    } else {
        (void)snprintf(text, NUMBER_BYTES, "-");
    }
}

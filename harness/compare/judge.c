#include "harness/compare/judge.h"

#include "harness/report/delta.h"
#include "harness/statistics/adjust.h"
#include "harness/statistics/effect.h"
#include "harness/statistics/mann_whitney.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the values of both sides. */
struct samples {
    double *of[2];
    size_t count[2];
};

/* Delta of one run in the entry's cell. */
static double delta_of_run(const struct compare_entry *entry, size_t side, double *room)
{
    const struct measurements_row *row = compare_entry_row(entry);
    const struct compare_run *run = entry->run[side];
    const struct series *base = compare_run_find(run, row, compare_run_baseline(run));
    const struct series *again = compare_run_find(run, row, ALLOCATOR_AGAIN);
    return delta_of_cell(again, base, entry->figure, room);
}

/* Across runs the noisier one's; of one run, whose rows may stand in two files, either's will do. */
static double delta_of(const struct compare_entry *entry, double *room)
{
    double first = delta_of_run(entry, 0, room);
    double later = delta_of_run(entry, 1, room);
    return entry->method == COMPARE_PAIRED ? fmin(first, later) : fmax(first, later);
}

/* A logarithm of 0 is -infinity, which ranks below all others. */
static size_t take_logs(const struct series *series, const struct column *column, double *logs)
{
    size_t count = series_values(series, column, logs);
    for (size_t i = 0; i < count; i++) {
        logs[i] = log(logs[i]);
    }
    return count;
}

/* The ratios to the control in the same block; false when a side has none. */
static bool
take_ratios(const struct compare_entry *entry, const struct column *column, struct samples *samples)
{
    for (size_t side = 0; side < 2; side++) {
        const struct series *control =
            compare_run_find(entry->run[side], compare_entry_row(entry), entry->control);
        samples->count[side] =
            control == NULL
                ? 0
                : series_log_ratios(entry->series[side], control, column, samples->of[side], NULL);
        if (samples->count[side] == 0) {
            return false;
        }
    }
    return true;
}

static bool is_time(const struct judged_figure *figure)
{
    return strcmp(table_column(&measurements_layout, figure->figure)->unit, "ns") == 0;
}

/* Whether the entry's values are to be related to the control. Only times drift with the machine: of
 * other figures the ratio would but add the control's own noise. Nor is the control related to itself. */
static bool has_control(const struct compare_entry *entry)
{
    return entry->control != NULL && is_time(entry->figure) &&
           strcmp(entry->series[0]->row[0]->allocator, entry->control) != 0 &&
           strcmp(entry->series[1]->row[0]->allocator, entry->control) != 0;
}

/* Medians and A12 of the values as they are. */
static void
describe(struct compare_entry *entry, const struct column *column, struct samples *samples)
{
    for (size_t side = 0; side < 2; side++) {
        samples->count[side] = series_values(entry->series[side], column, samples->of[side]);
    }
    entry->a12 = effect_a12(samples->of[1], samples->count[1], samples->of[0], samples->count[0]);
    for (size_t side = 0; side < 2; side++) {
        entry->median[side] = estimate_median(samples->of[side], samples->count[side]).median;
    }
}

static bool
judge_paired(struct compare_entry *entry, const struct column *column, struct samples *samples)
{
    struct comparison *judged = &entry->judged;
    size_t count =
        series_log_ratios(entry->series[1], entry->series[0], column, samples->of[0], NULL);
    judged->log_ratios = samples->of[0];
    judged->count = count;
    entry->count[0] = count;
    entry->count[1] = count;
    bool ok = verdict_judge(judged, 1, VERDICT_ALPHA);
    judged->log_ratios = NULL;
    return ok;
}

/* Two samples wholly apart: 2 of the ways to choose one of them. */
static double least_p(enum compare_method method, size_t first, size_t later)
{
    double n = (double)first;
    double m = (double)later;
    return method == COMPARE_PAIRED
               ? ldexp(1, 1 - (int)first)
               : fmin(1, 2 * exp(lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1)));
}

static bool
judge_unpaired(struct compare_entry *entry, const struct column *column, struct samples *samples)
{
    struct shift shift;
    struct comparison *judged = &entry->judged;
    entry->method = COMPARE_RATIOS;
    if (!has_control(entry) || !take_ratios(entry, column, samples)) {
        entry->method = COMPARE_UNPAIRED;
        for (size_t side = 0; side < 2; side++) {
            samples->count[side] = take_logs(entry->series[side], column, samples->of[side]);
        }
    }
    if (!mann_whitney(
            samples->of[1], samples->count[1], samples->of[0], samples->count[0], &shift)) {
        return false;
    }
    entry->count[0] = samples->count[0];
    entry->count[1] = samples->count[1];
    judged->count = samples->count[0] < samples->count[1] ? samples->count[0] : samples->count[1];
    entry->a12 = shift.w / ((double)samples->count[0] * (double)samples->count[1]);
    /* With ties p is of the normal distribution, which knows no least. */
    double least = least_p(entry->method, samples->count[0], samples->count[1]);
    bool bounded = least <= 1 - CONFIDENCE && !isnan(shift.low);
    judged->ratio = exp(shift.shift);
    judged->low = bounded ? exp(shift.low) : NAN;
    judged->high = bounded ? exp(shift.high) : NAN;
    judged->confidence = bounded ? CONFIDENCE : NAN;
    judged->p = fmax(shift.p, least);
    return true;
}

/* Nothing to test where nothing varies by chance: the size of the difference decides, at its least
 * and at its most. False when the entry is not of that kind. */
static bool
judge_exact(struct compare_entry *entry, const struct column *column, const struct samples *samples)
{
    double first[2];
    double later[2];
    if (!series_count_bounds(entry->series[0], column, first) ||
        !series_count_bounds(entry->series[1], column, later)) {
        return false;
    }
    entry->method = COMPARE_EXACT;
    entry->count[0] = samples->count[0];
    entry->count[1] = samples->count[1];
    entry->judged.count = 1;
    entry->judged.ratio = entry->median[1] / entry->median[0];
    entry->judged.low = later[0] / first[1];
    entry->judged.high = later[1] / first[0];
    entry->judged.confidence = NAN;
    entry->judged.delta = VERDICT_DELTA_LEAST;
    entry->judged.p = NAN;
    return true;
}

static bool measure(struct compare_entry *entry, struct samples *samples)
{
    const struct column *column = table_column(&measurements_layout, entry->figure->figure);
    bool paired = entry->method == COMPARE_PAIRED;
    describe(entry, column, samples);
    if (judge_exact(entry, column, samples)) {
        return true;
    }
    entry->judged.delta = delta_of(entry, samples->of[0]);
    if (!(paired ? judge_paired : judge_unpaired)(entry, column, samples)) {
        return false;
    }
    if (entry->judged.count == 0) {
        entry->status = COMPARE_UNLIKE;
        (void)snprintf(entry->detail,
                       sizeof entry->detail,
                       "%.40s: %s",
                       entry->figure->figure,
                       paired ? "no block that both have" : "a side has none");
    }
    return true;
}

static bool measure_all(struct compare_entries *entries, struct samples *samples)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->items[i].status == COMPARE_DONE && !measure(&entries->items[i], samples)) {
            return false;
        }
    }
    return true;
}

/* A side of which blocks failed is never called the better or as good. */
static enum verdict conclusion(const struct compare_entry *entry)
{
    if (entry->status != COMPARE_DONE) {
        return VERDICT_NONE;
    }
    enum verdict verdict = verdict_of(&entry->judged, VERDICT_ALPHA);
    bool first_failed = compare_entry_failures(entry, 0) > 0;
    bool not_less = verdict == VERDICT_GREATER || verdict == VERDICT_EQUIVALENT;
    verdict = first_failed && not_less ? VERDICT_UNRESOLVED : verdict;
    return judged_of_survivors(verdict, compare_entry_failures(entry, 1));
}

static bool conclude(struct compare_entries *entries, size_t *family)
{
    double *p = reallocarray(NULL, entries->count + 1, sizeof *p);
    if (p == NULL) {
        return false;
    }
    *family = 0;
    for (size_t i = 0; i < entries->count; i++) {
        bool done = entries->items[i].status == COMPARE_DONE;
        p[i] = done ? entries->items[i].judged.p : NAN;
        *family += isnan(p[i]) ? 0 : 1;
    }
    bool ok = adjust_holm(p, entries->count);
    for (size_t i = 0; i < entries->count && ok; i++) {
        struct comparison *judged = &entries->items[i].judged;
        judged->p_adjusted = isnan(p[i]) ? 0 : p[i]; /* what needs no test is certain */
        judged->verdict = conclusion(&entries->items[i]);
        judged->p_adjusted = p[i];
    }
    free(p);
    return ok;
}

bool compare_judge(struct compare_entries *entries, size_t *family)
{
    size_t room = 1;
    for (size_t i = 0; i < entries->count; i++) {
        for (size_t side = 0; side < 2; side++) {
            size_t longest = entries->items[i].run[side]->set.longest;
            room = longest > room ? longest : room;
        }
    }
    struct samples samples = {
        {reallocarray(NULL, room, sizeof(double)), reallocarray(NULL, room, sizeof(double))},
        {0, 0}};
    bool ok = samples.of[0] != NULL && samples.of[1] != NULL && measure_all(entries, &samples) &&
              conclude(entries, family);
    free(samples.of[0]);
    free(samples.of[1]);
    return ok;
}

/* ---- What numbers of values can tell ---- */

double compare_least_p(const struct compare_entry *entry)
{
    return least_p(entry->method, entry->count[0], entry->count[1]);
}

size_t compare_blocks_needed(const struct compare_entry *entry, size_t family)
{
    if (entry->method == COMPARE_PAIRED) {
        return verdict_blocks_needed(family, VERDICT_ALPHA);
    }
    size_t blocks = 2;
    while (least_p(entry->method, blocks, blocks) * (double)family > VERDICT_ALPHA) {
        blocks++;
    }
    return blocks;
}

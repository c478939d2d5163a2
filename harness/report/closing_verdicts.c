/* The end of the closing table in words: verdicts on the geometric means, how much of it all is noise,
 * and what became of the blocks. */
#include "harness/allocators.h"
#include "harness/report/closing_parts.h"
#include "harness/report/noise_floor.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VERDICT_WIDTH 38 /* "equivalent   1.00 x (0.99 to 1.01)" */

/* The geometric mean of an allocator, NULL when it has none. */
static const struct summary_row *
find_mean(const struct closing *closing, size_t section, const char *allocator)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (closing_shows(row, &closing_sections[section]) &&
            strcmp(row->workload, SUMMARY_GEOMEAN) == 0 && strcmp(row->allocator, allocator) == 0) {
            return row;
        }
    }
    return NULL;
}

static double mean_ratio(const struct closing *closing, size_t section, const char *allocator)
{
    const struct summary_row *row = find_mean(closing, section, allocator);
    return row != NULL ? row->ratio : INFINITY;
}

/* Contestants by their mean of the first section that has any; those without one last. */
static void sort_allocators(const struct closing *closing, size_t section, const char **sorted)
{
    for (size_t i = 0; i < closing->allocators; i++) {
        size_t place = i;
        double ratio = mean_ratio(closing, section, closing->allocator[i]);
        while (place > 0 && mean_ratio(closing, section, sorted[place - 1]) > ratio) {
            sorted[place] = sorted[place - 1];
            place--;
        }
        sorted[place] = closing->allocator[i];
    }
}

static void print_mean(const struct closing *closing, const struct summary_row *row)
{
    char text[96] = "cells failed";
    if (row != NULL && strcmp(row->allocator, closing->baseline) == 0) {
        (void)snprintf(text, sizeof text, "baseline     1");
    } else if (row != NULL && isnan(row->ratio_low)) {
        (void)snprintf(text, sizeof text, "%-12s %.3f x", row->verdict, row->ratio);
    } else if (row != NULL) {
        (void)snprintf(text,
                       sizeof text,
                       "%-12s %.3f x (%.3f to %.3f)",
                       row->verdict,
                       row->ratio,
                       row->ratio_low,
                       row->ratio_high);
    }
    (void)fprintf(closing->out, "  %-*s", VERDICT_WIDTH, text);
}

static bool has_means(const struct closing *closing, size_t section)
{
    return !isinf(mean_ratio(closing, section, closing->baseline));
}

void closing_print_verdicts(const struct closing *closing)
{
    const char *sorted[CLOSING_ALLOCATORS_MAX] = {0};
    size_t first = has_means(closing, 0) ? 0 : 1;
    if (closing->allocators < 2 || !has_means(closing, first)) {
        return;
    }
    int width = 10;
    for (size_t i = 0; i < closing->allocators; i++) {
        int length = (int)strlen(closing->allocator[i]);
        width = length > width ? length : width;
    }
    sort_allocators(closing, first, sorted);
    (void)fprintf(closing->out,
                  "\nverdicts by geometric mean, relative to %s (%.0f %% intervals)\n\n  %-*s",
                  closing->baseline,
                  100 * CONFIDENCE,
                  width,
                  "");
    for (size_t s = 0; s < CLOSING_SECTIONS; s++) {
        (void)fprintf(closing->out, "  %-*s", VERDICT_WIDTH, closing_sections[s].quantity);
    }
    (void)fputc('\n', closing->out);
    for (size_t i = 0; i < closing->allocators; i++) {
        (void)fprintf(closing->out, "  %-*s", width, sorted[i]);
        for (size_t s = 0; s < CLOSING_SECTIONS; s++) {
            print_mean(closing, find_mean(closing, s, sorted[i]));
        }
        (void)fputc('\n', closing->out);
    }
}

static void print_floor(const struct closing *closing, const struct closing_section *section)
{
    struct noise_floor floor = noise_floor_of(&closing->summary, section->figure);
    if (floor.cells == 0) {
        return;
    }
    char range[64] = "2 %";
    if (floor.delta_most > VERDICT_DELTA_LEAST) {
        (void)snprintf(range, sizeof range, "2 to %.1f %%, by cell,", 100 * floor.delta_most);
    }
    (void)fprintf(closing->out,
                  "  %s: widest interval ±%.1f %%, %zu of %zu exclude%s 1 (1 in 20 by chance); "
                  "differences below %s are none\n",
                  section->quantity,
                  100 * floor.widest,
                  floor.excluding,
                  floor.cells,
                  floor.excluding == 1 ? "s" : "",
                  range);
}

static bool has_again(const struct closing *closing)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        if (strcmp(closing->summary.rows[i].allocator, ALLOCATOR_AGAIN) == 0) {
            return true;
        }
    }
    return false;
}

/* Why a run could not prove anything, whatever the allocators do. */
static void print_shortage(const struct closing *closing)
{
    struct verdict_reach reach = verdict_reach_of(&closing->summary);
    if (reach.comparisons > 0 && !has_again(closing)) {
        (void)fprintf(closing->out,
                      "  nothing is proven without an A/A cell: the run has no %s\n",
                      ALLOCATOR_AGAIN);
    }
    if (reach.comparisons > 0 && reach.pairs < reach.needed) {
        (void)fprintf(closing->out,
                      "  %zu block%s cannot prove a difference among %zu comparisons; %zu can: "
                      "--blocks %zu\n",
                      reach.pairs,
                      reach.pairs == 1 ? "" : "s",
                      reach.comparisons,
                      reach.needed,
                      reach.needed);
    }
}

void closing_print_noise(const struct closing *closing)
{
    const char *stopped = environment_value(&closing->environment, "stopped_by");
    const char *voided = environment_value(&closing->environment, "voided_blocks");
    (void)fprintf(closing->out, "\nnoise (A/A: %s measured against itself)\n", closing->baseline);
    for (size_t i = 0; i < CLOSING_SECTIONS; i++) {
        print_floor(closing, &closing_sections[i]);
    }
    print_shortage(closing);
    if (voided[0] != '\0') {
        (void)fprintf(closing->out,
                      "  %s block%s void for noise and run again\n",
                      voided,
                      strcmp(voided, "1") == 0 ? "" : "s");
    }
    if (stopped[0] != '\0') {
        (void)fprintf(closing->out, "  stopped by: %s\n", stopped);
    }
}

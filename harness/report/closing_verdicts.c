/* The end of the closing table in words: verdicts on the geometric means, how much of it all is noise,
 * and what became of the blocks. */
#include "harness/allocators.h"
#include "harness/report/closing_parts.h"
#include "harness/report/judged.h"
#include "harness/report/noise_floor.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VERDICT_WIDTH   33 /* "equivalent 1.000 (0.999 to 1.001)" */
#define SECTIONS_A_LINE 3

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

enum closing_end closing_end_of(const struct closing *closing,
                                const struct closing_section *section,
                                const char *allocator,
                                const struct summary_row *one)
{
    const char *pass = judged_find(section->figure)->pass;
    enum closing_end end = CLOSING_OK;
    for (size_t i = 0; i < closing->measurements.count && end != CLOSING_FAILED; i++) {
        const struct measurements_row *row = &closing->measurements.rows[i];
        bool is_meant = row->warm_up.value == 0 && strcmp(row->pass, pass) == 0 &&
                        strcmp(row->allocator, allocator) == 0 &&
                        (one == NULL || (strcmp(row->workload, one->workload) == 0 &&
                                         strcmp(row->parameters, one->parameters) == 0 &&
                                         row->threads.value == one->threads.value));
        if (is_meant && strcmp(row->status, "ok") != 0) {
            end = strcmp(row->status, "unsupported") == 0 ? CLOSING_UNSUPPORTED : CLOSING_FAILED;
        }
    }
    return end;
}

/* Why an allocator has no mean. */
static const char *
reason(const struct closing *closing, const struct closing_section *section, const char *allocator)
{
    switch (closing_end_of(closing, section, allocator, NULL)) {
    case CLOSING_UNSUPPORTED: return "unsupported";
    case CLOSING_FAILED: return "cells failed";
    case CLOSING_OK: break;
    }
    return "no mean";
}

static void print_mean(const struct closing *closing, size_t section, const char *allocator)
{
    char text[96];
    const struct summary_row *row = find_mean(closing, section, allocator);
    if (row == NULL) {
        (void)snprintf(
            text, sizeof text, "%s", reason(closing, &closing_sections[section], allocator));
    } else if (strcmp(row->allocator, closing->baseline) == 0) {
        (void)snprintf(text, sizeof text, "baseline   1");
    } else if (closing->too_few) {
        (void)snprintf(text, sizeof text, "%-10s %.3f", "", row->ratio);
    } else if (isnan(row->ratio_low)) {
        (void)snprintf(text, sizeof text, "%-10s %.3f", row->verdict, row->ratio);
    } else {
        (void)snprintf(text,
                       sizeof text,
                       "%-10s %.3f (%.3f to %.3f)",
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

static int name_width(const struct closing *closing)
{
    int width = 10;
    for (size_t i = 0; i < closing->allocators; i++) {
        int length = (int)strlen(closing->allocator[i]);
        width = length > width ? length : width;
    }
    return width;
}

/* A table of some of the sections, its rows in the order of the first one's ratios. */
static void print_means(const struct closing *closing, const size_t *section, size_t count)
{
    const char *sorted[CLOSING_ALLOCATORS_MAX] = {0};
    sort_allocators(closing, section[0], sorted);
    (void)fprintf(closing->out, "\n  %-*s", name_width(closing), "");
    for (size_t s = 0; s < count; s++) {
        (void)fprintf(closing->out, "  %-*s", VERDICT_WIDTH, closing_sections[section[s]].quantity);
    }
    (void)fputc('\n', closing->out);
    for (size_t i = 0; i < closing->allocators; i++) {
        (void)fprintf(closing->out, "  %-*s", name_width(closing), sorted[i]);
        for (size_t s = 0; s < count; s++) {
            print_mean(closing, section[s], sorted[i]);
        }
        (void)fputc('\n', closing->out);
    }
}

static bool has_interval(const struct closing *closing)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (strcmp(row->workload, SUMMARY_GEOMEAN) == 0 && !isnan(row->ratio_low) &&
            strcmp(row->allocator, closing->baseline) != 0) {
            return true;
        }
    }
    return false;
}

void closing_print_verdicts(struct closing *closing)
{
    size_t section[CLOSING_SECTIONS];
    size_t count = 0;
    for (size_t s = 0; s < CLOSING_SECTIONS; s++) {
        if (has_means(closing, s)) {
            section[count++] = s;
        }
    }
    if (closing->allocators < 2 || count == 0) {
        return;
    }
    closing->too_few = !has_interval(closing);
    (void)fprintf(closing->out,
                  closing->too_few
                      ? "\ngeometric means, ratios to %s: too few blocks for %.0f %% intervals and "
                        "verdicts\n"
                      : "\nverdicts by geometric mean, ratios to %s (%.0f %% intervals)\n",
                  closing->baseline,
                  100 * CONFIDENCE);
    for (size_t first = 0; first < count; first += SECTIONS_A_LINE) {
        size_t left = count - first;
        print_means(closing, section + first, left < SECTIONS_A_LINE ? left : SECTIONS_A_LINE);
    }
}

static void print_floor(const struct closing *closing, const struct closing_section *section)
{
    struct noise_floor floor = noise_floor_of(&closing->summary, section->figure);
    if (floor.cells == 0) {
        return;
    }
    char range[96] = "2 %";
    if (floor.delta_most > VERDICT_DELTA_LEAST) {
        (void)snprintf(range,
                       sizeof range,
                       "2 to %.1f %%, by cell%s",
                       100 * floor.delta_most,
                       floor.delta_most > VERDICT_DELTA_MOST ? " (none equivalent above 10 %)"
                                                             : "");
    }
    (void)fprintf(closing->out,
                  "  %s: widest interval ±%.1f %%, %zu of %zu exclude%s 1 (1 in 20 by chance); "
                  "δ %s\n",
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
    if (reach.lacks_delta && !has_again(closing)) {
        (void)fprintf(closing->out,
                      "  nothing is proven without an A/A cell: the run has no %s\n",
                      ALLOCATOR_AGAIN);
    }
    if (reach.comparisons > 0 && reach.pairs < reach.needed) {
        (void)fprintf(closing->out,
                      "  %zu block%s cannot prove a difference among %zu comparison%s%s; %zu can: "
                      "--blocks %zu\n",
                      reach.pairs,
                      reach.pairs == 1 ? "" : "s",
                      reach.comparisons,
                      reach.comparisons == 1 ? "" : "s",
                      reach.of,
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
    if (strcmp(voided, "0") == 0) {
        (void)fprintf(closing->out, "  nothing was void\n");
    } else if (voided[0] != '\0') {
        (void)fprintf(closing->out,
                      "  %s group%s of blocks void for noise and run again\n",
                      voided,
                      strcmp(voided, "1") == 0 ? "" : "s");
    }
    if (stopped[0] != '\0') {
        (void)fprintf(closing->out, "  stopped by: %s\n", stopped);
    }
}

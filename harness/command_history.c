/* `heaplab history`: the cells of a machine's history, or one cell's nights
 * with its changes. */
#include "harness/commands.h"
#include "harness/nightly/chart.h"
#include "harness/nightly/drift.h"
#include "harness/nightly/sparkline.h"
#include "harness/nightly/store.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_NIGHTS 30

static const char help_text[] =
    "heaplab history: what the nights of this machine have found\n"
    "\n"
    "  heaplab history [OPTION...]         the cells that there are\n"
    "  heaplab history [OPTION...] CELL    a cell's nights, with its changes "
    "of level\n"
    "\n"
    "A CELL is ALLOCATOR/WORKLOAD/THREADS/FIGURE. Parts may be left out at the "
    "end or be empty,\n"
    "begin a longer name, or hold * and ?; where several cells match they are "
    "listed.\n"
    "\n"
    "  --history DIR     where the history is (default: history beside the "
    "runs in results/)\n"
    "  --machine KEY     another machine's, a folder in DIR\n"
    "  --chart FOLDER    draw the one CELL: series.csv and history.svg, .png and "
    ".pdf in FOLDER\n"
    "\n"
    "Examples\n"
    "  heaplab history bin/larson/2/ns_per_op\n"
    "  heaplab history bin/lar/2/ns\n"
    "  heaplab history '//1/rss*'\n"
    "  heaplab history bin/larson/2/ns_per_op --chart /tmp/larson\n";

static int fail(const struct error *error)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return EXIT_FAILED;
}

/* ---- One cell ---- */

static void print_number(const char *format, double value, int width)
{
    if (isnan(value)) {
        (void)printf("%*s", width + 1, "");
    } else {
        (void)printf(format, width, value);
    }
}

static void print_night(const struct night *night,
                        const struct night_series *series,
                        const struct night_point *point)
{
    char date[NIGHT_DATE_BYTES];
    night_date(night, date);
    (void)printf("%-16s  %-32s", date, night->run);
    if (point == NULL) {
        (void)puts("  (no value)");
        return;
    }
    print_number(" %*.3f", point->all.ratio, 7);
    print_number(" %*.3f", point->all.low, 7);
    print_number(" %*.3f", point->all.high, 7);
    const char *outcome = outcome_word(point->outcome);
    (void)printf(" %7" PRIu64 "  %s%s%s",
                 point->all.blocks,
                 series->figure != NULL ? judged_word(series->figure, point->all.verdict) : "",
                 outcome[0] != '\0' ? ", " : "",
                 outcome);
    if (point->fresh.blocks > 0) {
        (void)printf(" by %" PRIu64 " fresh:", point->fresh.blocks);
        print_number(" %*.3f", point->fresh.ratio, 1);
        print_number(" %*.3f", point->fresh.low, 1);
        print_number(" %*.3f", point->fresh.high, 1);
    }
    (void)putchar('\n');
}

/* What lies between a night and the one before. */
static void print_marks(const struct nights *nights, size_t night, const struct drift *drift)
{
    char what[NIGHT_CHANGE_BYTES];
    size_t missing = nights_missing_before(nights, night);
    if (missing > 0) {
        (void)printf("    ... %zu night%s missing\n", missing, missing == 1 ? "" : "s");
    }
    if (night_is_new_epoch(nights, night, what)) {
        (void)printf("    === new epoch: %s\n", what);
    }
    for (size_t i = 0; i < drift->count; i++) {
        const struct drift_change *change = &drift->changes[i];
        if (change->night == night) {
            (void)printf("    >>> change: %.3f -> %.3f (%+.1f %%), p = %.3g\n",
                         change->before,
                         change->after,
                         (change->after / change->before - 1) * 100,
                         change->p);
        }
    }
}

static bool print_cell(const struct nights *nights,
                       const struct night_series *series,
                       const char *chart,
                       struct error *error)
{
    struct drift drift;
    char line[SPARKLINE_BYTES];
    if (!drift_find(nights, series, &drift, error)) {
        drift_free(&drift);
        return false;
    }
    (void)sparkline_of(nights, series, nights->count - 1, SPARKLINE_NIGHTS_MOST, line);
    (void)printf("%s, ratio to the pinned baseline\n%s\n\n", series->name, line);
    (void)printf("%-16s  %-32s %7s %7s %7s %7s  %s\n",
                 "night (UTC)",
                 "run",
                 "ratio",
                 "low",
                 "high",
                 "blocks",
                 "verdict");
    for (size_t i = series->points[0].night; i < nights->count; i++) {
        print_marks(nights, i, &drift);
        print_night(&nights->nights[i], series, night_point_of(series, i));
    }
    if (drift.count == 0) {
        (void)puts("\nNo change of level is found.");
    }
    bool ok = chart == NULL || chart_write(nights, series, &drift, chart, error);
    if (ok && chart != NULL) {
        (void)printf("\nchart: %s/history.svg\n", chart);
    }
    drift_free(&drift);
    return ok;
}

/* ---- All cells ---- */

static void print_list(const struct nights *nights, const size_t *number, size_t count)
{
    char line[SPARKLINE_BYTES];
    size_t width = 4;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(nights->series[number[i]].name);
        width = length > width ? length : width;
    }
    (void)printf("%-*s %6s %7s  last nights\n", (int)width, "cell", "nights", "ratio");
    for (size_t i = 0; i < count; i++) {
        const struct night_series *series = &nights->series[number[i]];
        (void)sparkline_of(nights, series, nights->count - 1, LISTED_NIGHTS, line);
        (void)printf("%-*s %6zu", (int)width, series->name, series->count);
        print_number(" %*.3f", series->points[series->count - 1].all.ratio, 7);
        (void)printf("  %s\n", line);
    }
}

/* `chart` is the folder of a chart, NULL when none is asked for. */
static int show(const struct nights *nights,
                const char *folder,
                const char *pattern,
                const char *chart,
                struct error *error)
{
    size_t *found = malloc((nights->series_count + 1) * sizeof *found);
    if (found == NULL) {
        return fail((error_set(error, "cannot list the cells: out of memory"), error));
    }
    int code = EXIT_SUCCESS;
    size_t count = nights_match(nights, pattern, found);
    if (count == 0) {
        error_set(error,
                  "no cell \"%s\" in \"%s\"; `heaplab history` lists those there are",
                  pattern,
                  folder);
        code = fail(error);
    } else if (count > 1 || pattern[0] == '\0') {
        print_list(nights, found, count);
        if (chart != NULL) {
            error_set(error, "no chart: it shows one cell, and %zu match; name one", count);
            code = fail(error);
        }
    } else if (!print_cell(nights, &nights->series[found[0]], chart, error)) {
        code = fail(error);
    }
    free(found);
    return code;
}

static int
show_history(const char *history, const char *machine, const char *pattern, const char *chart)
{
    struct error error;
    struct nights nights = {0};
    char folder[PATH_MAX];
    int code = EXIT_FAILED;
    if (!store_find(history, machine, folder, &error) ||
        !nights_read(folder, &nights, stderr, &error)) {
        code = fail(&error);
    } else if (nights.series_count == 0) {
        error_set(&error, "the history \"%s\" has no night; `heaplab nightly` adds one", folder);
        code = fail(&error);
    } else {
        code = show(&nights, folder, pattern, chart, &error);
    }
    if (nights.backwards > 0) {
        (void)fprintf(stderr,
                      "heaplab: the clock went backwards: \"%s\" began before "
                      "nights that were "
                      "added earlier; nights are ordered by their start\n",
                      nights.backwards_run);
    }
    nights_free(&nights);
    return code;
}

int command_history(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"history", required_argument, NULL, 'd'},
        {"machine", required_argument, NULL, 'm'},
        {"chart", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    char history[PATH_MAX];
    const char *machine = NULL;
    const char *chart = NULL;
    store_default(history);
    optind = 0;
    opterr = 0;
    int at = 1;
    for (int key; (key = getopt_long(argc, argv, ":", long_options, NULL)) != -1; at = optind) {
        switch (key) {
        case 'd': (void)snprintf(history, sizeof history, "%s", optarg); break;
        case 'm': machine = optarg; break;
        case 'c': chart = optarg; break;
        case 'h': (void)fputs(help_text, stdout); return EXIT_SUCCESS;
        default:
            (void)fprintf(stderr,
                          "heaplab: %s \"%s\"; see `heaplab history --help`\n",
                          key == ':' ? "a value is missing after" : "unknown option",
                          argv[at]);
            return EXIT_USAGE;
        }
    }
    if (optind + 1 < argc) {
        (void)fprintf(stderr,
                      "heaplab: unknown word \"%s\": name one CELL; see `heaplab "
                      "history --help`\n",
                      argv[optind + 1]);
        return EXIT_USAGE;
    }
    return show_history(history, machine, optind < argc ? argv[optind] : "", chart);
}

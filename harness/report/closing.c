#include "harness/report/closing.h"

#include "harness/allocators.h"
#include "harness/report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX  64
#define COLUMN_WIDTH 10
#define BOLD         "\033[1m"
#define PLAIN        "\033[0m"

struct closing {
    struct summary_table summary;
    struct environment_table environment;
    const char *allocator[COLUMNS_MAX]; /* contestants, in the order of summary.csv */
    size_t allocators;
    bool bold; /* the output is a terminal */
    FILE *out;
};

/* One table: a figure, how it is printed, what the geometric mean of its ratios is called. */
struct section {
    const char *pass;
    const char *figure;
    const char *title;
    double divisor;
};

static const struct section sections[] = {
    {"throughput", "ns_per_op", "time per operation [ns], median over blocks", 1},
    {"memory", "rss_bytes_peak", "peak resident memory [MiB], median over blocks", 1048576},
};

static bool same_row(const struct summary_row *a, const struct summary_row *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           a->threads.value == b->threads.value;
}

static bool in_section(const struct summary_row *row, const struct section *section)
{
    return strcmp(row->pass, section->pass) == 0 && strcmp(row->figure, section->figure) == 0;
}

static void find_allocators(struct closing *closing)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        const char *name = closing->summary.rows[i].allocator;
        bool known = strcmp(name, ALLOCATOR_FLOOR) == 0 || closing->allocators == COLUMNS_MAX;
        for (size_t a = 0; a < closing->allocators && !known; a++) {
            known = strcmp(closing->allocator[a], name) == 0;
        }
        if (!known) {
            closing->allocator[closing->allocators++] = name;
        }
    }
}

/* The cell of a row like `like` under an allocator, NULL when there is none. */
static const struct summary_row *find_cell(const struct closing *closing,
                                           const struct section *section,
                                           const struct summary_row *like,
                                           const char *allocator)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (in_section(row, section) && same_row(row, like) &&
            strcmp(row->allocator, allocator) == 0) {
            return row;
        }
    }
    return NULL;
}

static double cell_value(const struct summary_row *cell, const struct section *section)
{
    if (cell == NULL || cell->failures.value > 0) {
        return NAN;
    }
    return strcmp(cell->workload, SUMMARY_GEOMEAN) == 0 ? cell->ratio
                                                        : cell->median / section->divisor;
}

static double best_value(const struct closing *closing,
                         const struct section *section,
                         const struct summary_row *like)
{
    double best = NAN;
    for (size_t a = 0; a < closing->allocators; a++) {
        double value =
            cell_value(find_cell(closing, section, like, closing->allocator[a]), section);
        if (!isnan(value) && !(value >= best)) {
            best = value;
        }
    }
    return best;
}

/* A column is as wide as its allocator's name. */
static int column_width(const struct closing *closing, size_t column)
{
    int length = (int)strlen(closing->allocator[column]);
    return length > COLUMN_WIDTH ? length : COLUMN_WIDTH;
}

static void print_value(const struct closing *closing, double value, bool best, int width)
{
    int decimals = value < 10 ? 2 : value < 1000 ? 1 : 0;
    (void)fprintf(closing->out,
                  "%s%*.*f%s",
                  best && closing->bold ? BOLD : "",
                  width,
                  decimals,
                  value,
                  best ? (closing->bold ? PLAIN " " : "*") : " ");
}

static void print_row(const struct closing *closing,
                      const struct section *section,
                      const struct summary_row *like)
{
    char name[64];
    bool ratio = strcmp(like->workload, SUMMARY_GEOMEAN) == 0;
    double best = best_value(closing, section, like);
    if (ratio) {
        (void)snprintf(name, sizeof name, "x %s (geomean)", like->baseline);
    } else if (like->parameters[0] != '\0') {
        (void)snprintf(name, sizeof name, "%s:%s", like->workload, like->parameters);
    } else {
        (void)snprintf(name, sizeof name, "%s", like->workload);
    }
    (void)fprintf(closing->out, "  %-20.20s ", name);
    if (like->threads.known) {
        (void)fprintf(closing->out, "%3" PRIu64 " ", like->threads.value);
    } else {
        (void)fputs("    ", closing->out);
    }
    for (size_t a = 0; a < closing->allocators; a++) {
        const struct summary_row *cell = find_cell(closing, section, like, closing->allocator[a]);
        double value = cell_value(cell, section);
        if (!isnan(value)) {
            print_value(closing, value, value <= best, column_width(closing, a));
        } else {
            (void)fprintf(
                closing->out, "%*s ", column_width(closing, a), cell != NULL ? "failed" : "-");
        }
    }
    (void)fputc('\n', closing->out);
}

/* Whether a row of the section like this one stands earlier. */
static bool
printed_before(const struct closing *closing, const struct section *section, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (in_section(row, section) && same_row(row, &closing->summary.rows[index])) {
            return true;
        }
    }
    return false;
}

static void print_head(const struct closing *closing, const struct section *section)
{
    (void)fprintf(closing->out,
                  "\n%s%s\n  %-20s thr",
                  section->title,
                  closing->bold ? "; best in bold" : "; * = best",
                  "workload");
    for (size_t a = 0; a < closing->allocators; a++) {
        (void)fprintf(closing->out, " %*s", column_width(closing, a), closing->allocator[a]);
    }
    (void)fputs("\n", closing->out);
}

static void print_section(const struct closing *closing, const struct section *section)
{
    bool headed = false;
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (!in_section(row, section) || printed_before(closing, section, i)) {
            continue;
        }
        if (!headed) {
            print_head(closing, section);
            headed = true;
        }
        print_row(closing, section, row);
    }
}

static void
print_finding(const struct closing *closing, const struct section *section, const char *word)
{
    const struct summary_row *winner = NULL;
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        if (in_section(row, section) && strcmp(row->workload, SUMMARY_GEOMEAN) == 0 &&
            strcmp(row->allocator, ALLOCATOR_FLOOR) != 0 &&
            (winner == NULL || row->ratio < winner->ratio)) {
            winner = row;
        }
    }
    if (winner == NULL) {
        return;
    }
    (void)fprintf(closing->out,
                  "%s by geometric mean: %s, %.2f x %s",
                  word,
                  winner->allocator,
                  winner->ratio,
                  winner->baseline);
    if (!isnan(winner->ratio_low)) {
        (void)fprintf(closing->out,
                      " (%.0f %% interval %.2f to %.2f, %" PRIu64 " blocks)",
                      winner->confidence * 100,
                      winner->ratio_low,
                      winner->ratio_high,
                      winner->blocks.value);
    }
    (void)fputc('\n', closing->out);
}

static void print_files(const struct closing *closing, const char *folder)
{
    char path[PATH_MAX];
    static const char *const files[] = {"report.html", "summary.csv", "measurements.csv", "plots"};
    const char *before = "\nfiles:";
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (access(run_path(path, folder, files[i]), F_OK) == 0) {
            (void)fprintf(closing->out, "%s %s\n", before, path);
            before = "      ";
        }
    }
}

bool closing_print(const char *run_folder, FILE *out, struct error *error)
{
    struct closing closing = {.out = out, .bold = isatty(fileno(out)) == 1};
    char path[PATH_MAX];
    bool ok =
        summary_read(run_path(path, run_folder, summary_layout.file), &closing.summary, error) &&
        environment_read(
            run_path(path, run_folder, environment_layout.file), &closing.environment, error);
    if (ok) {
        find_allocators(&closing);
        for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
            print_section(&closing, &sections[i]);
        }
        (void)fputc('\n', out);
        print_finding(&closing, &sections[0], "fastest");
        print_finding(&closing, &sections[1], "smallest");
        print_files(&closing, run_folder);
    }
    summary_free(&closing.summary);
    environment_free(&closing.environment);
    return ok;
}

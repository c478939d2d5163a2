#include "harness/report/closing.h"

#include "harness/allocators.h"
#include "harness/report/attempts.h"
#include "harness/report/closing_parts.h"
#include "harness/report/judged.h"
#include "harness/report/leaders.h"
#include "harness/report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMN_WIDTH 10  /* with the star before and the sign behind a value */
#define NAME_WIDTH   26  /* what stands before the first column */
#define LINE_WIDTH   120 /* more columns go into a table of their own */
#define BOLD         "\033[1m"
#define PLAIN        "\033[0m"

const struct closing_section closing_sections[CLOSING_SECTIONS] = {
    {"ns_per_op", "time per operation [ns]", "time", 1},
    {"rss_bytes_peak", "peak resident memory [MiB]", "peak memory", 1048576},
    {"instructions_per_op", "instructions per operation", "instructions", 1},
    {"malloc_latency_ns_p99", "99th percentile of the calls of malloc [ns]", "malloc p99", 1},
    {"free_latency_ns_p99", "99th percentile of the calls of free [ns]", "free p99", 1},
};

/* The rows of one case under the contestants, NULL where there is none. */
struct line {
    const struct summary_row *like;
    const struct summary_row *row[CLOSING_ALLOCATORS_MAX];
    bool leads[CLOSING_ALLOCATORS_MAX];
};

/* The columns of one table. */
struct band {
    size_t first, end;
};

static bool same_case(const struct summary_row *a, const struct summary_row *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           a->threads.value == b->threads.value;
}

bool closing_shows(const struct summary_row *row, const struct closing_section *section)
{
    return strcmp(row->figure, section->figure) == 0 &&
           strcmp(row->allocator, ALLOCATOR_FLOOR) != 0 &&
           strcmp(row->allocator, ALLOCATOR_AGAIN) != 0;
}

static size_t find_allocator(const struct closing *closing, const char *name)
{
    size_t at = 0;
    while (at < closing->allocators && strcmp(closing->allocator[at], name) != 0) {
        at++;
    }
    return at;
}

static void find_allocators(struct closing *closing)
{
    for (size_t i = 0; i < closing->summary.count; i++) {
        const struct summary_row *row = &closing->summary.rows[i];
        bool is_shown = false;
        for (size_t s = 0; s < CLOSING_SECTIONS; s++) {
            is_shown = is_shown || closing_shows(row, &closing_sections[s]);
        }
        if (is_shown && closing->allocators < CLOSING_ALLOCATORS_MAX &&
            find_allocator(closing, row->allocator) == closing->allocators) {
            closing->allocator[closing->allocators++] = row->allocator;
        }
    }
}

/* A column is as wide as its allocator's name. */
static int column_width(const struct closing *closing, size_t column)
{
    int length = (int)strlen(closing->allocator[column]);
    return length > COLUMN_WIDTH ? length : COLUMN_WIDTH;
}

/* As many columns from `first` on as a line holds, at least one. */
static struct band band_from(const struct closing *closing, size_t first)
{
    struct band band = {first, first};
    int width = NAME_WIDTH;
    do {
        width += 1 + column_width(closing, band.end++);
    } while (band.end < closing->allocators &&
             width + 1 + column_width(closing, band.end) <= LINE_WIDTH);
    return band;
}

static char sign_of(const struct summary_row *row)
{
    switch (judged_verdict(row->verdict)) {
    case VERDICT_LESS: return '+';
    case VERDICT_GREATER: return '-';
    case VERDICT_EQUIVALENT: return '=';
    case VERDICT_NONE:
    case VERDICT_UNRESOLVED: break;
    }
    return ' ';
}

/* What is printed of a row, or NAN. */
static double value_of(const struct summary_row *row, const struct closing_section *section)
{
    if (row == NULL || row->failures.value > 0) {
        return NAN;
    }
    return strcmp(row->workload, SUMMARY_GEOMEAN) == 0 ? row->ratio
                                                       : row->median / section->divisor;
}

static const char *empty_word(const struct closing *closing,
                              const struct closing_section *section,
                              const struct summary_row *row)
{
    if (row == NULL) {
        return "-";
    }
    enum closing_end end = closing_end_of(closing, section, row->allocator, row);
    return end == CLOSING_UNSUPPORTED ? "unsupp." : "failed";
}

static void print_cell(const struct closing *closing,
                       const struct closing_section *section,
                       const struct line *line,
                       size_t column)
{
    const struct summary_row *row = line->row[column];
    int width = column_width(closing, column);
    double value = value_of(row, section);
    if (row == NULL || isnan(value)) {
        (void)fprintf(closing->out, " %*s ", width - 1, empty_word(closing, section, row));
        return;
    }
    char text[64];
    bool is_bold = line->leads[column] && closing->bold;
    (void)snprintf(text,
                   sizeof text,
                   "%s%.*f%c",
                   line->leads[column] && !is_bold ? "*" : "",
                   value < 10     ? 2
                   : value < 1000 ? 1
                                  : 0,
                   value,
                   sign_of(row));
    (void)fprintf(closing->out, " %s%*s%s", is_bold ? BOLD : "", width, text, is_bold ? PLAIN : "");
}

static void print_line(const struct closing *closing,
                       const struct closing_section *section,
                       const struct line *line,
                       struct band band)
{
    char name[64];
    const struct summary_row *like = line->like;
    if (strcmp(like->workload, SUMMARY_GEOMEAN) == 0) {
        (void)snprintf(name, sizeof name, "x %s (geomean)", like->baseline);
    } else {
        bool is_plain = like->parameters[0] == '\0';
        (void)snprintf(
            name, sizeof name, "%s%s%s", like->workload, is_plain ? "" : ":", like->parameters);
    }
    (void)fprintf(closing->out, "  %-20.20s", name);
    if (like->threads.known) {
        (void)fprintf(closing->out, " %3" PRIu64, like->threads.value);
    } else {
        (void)fputs("    ", closing->out);
    }
    for (size_t i = band.first; i < band.end; i++) {
        print_cell(closing, section, line, i);
    }
    (void)fputc('\n', closing->out);
}

static void print_names(const struct closing *closing, struct band band)
{
    (void)fprintf(closing->out, "\n  %-20s thr", "workload");
    for (size_t i = band.first; i < band.end; i++) {
        (void)fprintf(closing->out, " %*s ", column_width(closing, i) - 1, closing->allocator[i]);
    }
    (void)fputc('\n', closing->out);
}

/* Reads the rows of the case that begins at `index`; returns the index behind them. Rows of one case
 * stand together, but for those of other figures. */
static size_t read_line(const struct closing *closing,
                        const struct closing_section *section,
                        size_t index,
                        struct line *line)
{
    const struct summary_row *rows = closing->summary.rows;
    *line = (struct line){.like = &rows[index]};
    for (; index < closing->summary.count; index++) {
        if (!closing_shows(&rows[index], section)) {
            continue;
        }
        if (!same_case(&rows[index], line->like)) {
            break;
        }
        size_t column = find_allocator(closing, rows[index].allocator);
        if (column < closing->allocators) {
            line->row[column] = &rows[index];
        }
    }
    (void)leaders_find(line->row, closing->allocators, line->leads);
    return index;
}

static void
print_band(const struct closing *closing, const struct closing_section *section, struct band band)
{
    print_names(closing, band);
    for (size_t i = 0; i < closing->summary.count;) {
        if (!closing_shows(&closing->summary.rows[i], section)) {
            i++;
            continue;
        }
        struct line line;
        i = read_line(closing, section, i, &line);
        print_line(closing, section, &line, band);
    }
}

bool closing_has(const struct closing *closing, const struct closing_section *section)
{
    size_t i = 0;
    while (i < closing->summary.count && !closing_shows(&closing->summary.rows[i], section)) {
        i++;
    }
    return i < closing->summary.count;
}

static void print_section(const struct closing *closing, const struct closing_section *section)
{
    const struct judged_figure *judged = judged_find(section->figure);
    if (!closing_has(closing, section)) {
        return;
    }
    (void)fprintf(closing->out,
                  "\n%s, median over blocks\n"
                  "  %s = least, with all whose intervals reach its own; against %s: + %s, - %s, "
                  "= equivalent, else unresolved\n",
                  section->title,
                  closing->bold ? "bold" : "*",
                  closing->baseline,
                  judged->less,
                  judged->more);
    for (struct band band = {0, 0}; band.end < closing->allocators;) {
        band = band_from(closing, band.end);
        print_band(closing, section, band);
    }
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
    ok = ok && measurements_read(run_path(path, run_folder, measurements_layout.file),
                                 &closing.measurements,
                                 error);
    if (ok && !attempts_drop_void(&closing.measurements)) {
        ok = error_set(error, "cannot print the table of \"%s\": out of memory", run_folder);
    }
    if (ok) {
        closing.baseline = environment_value(&closing.environment, "baseline");
        find_allocators(&closing);
        for (size_t i = 0; i < CLOSING_SECTIONS; i++) {
            print_section(&closing, &closing_sections[i]);
        }
        closing_print_check(&closing);
        closing_print_verdicts(&closing);
        closing_print_noise(&closing);
        print_files(&closing, run_folder);
    }
    measurements_free(&closing.measurements);
    summary_free(&closing.summary);
    environment_free(&closing.environment);
    return ok;
}

/* The tables of a run's page. */
#include "harness/allocators.h"
#include "harness/report/html.h"
#include "harness/report/page_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One table: which figure it shows, in which unit. */
struct page_table {
    const char *figure;
    const char *id; /* of its heading */
    const char *heading;
    const char *unit;
    double divisor;   /* what one shown unit is, in the figure's own */
    const char *note; /* what a reader must know */
};

static const struct page_table tables[] = {
    {FIGURE_TIME, "time", "Time per operation", "ns", 1, ""},
    {FIGURE_MEMORY, "memory", "Peak resident memory", "MiB", 1048576, ""},
    {"instructions_per_op",
     "instructions",
     "Instructions per operation",
     "a count",
     1,
     "Of the stream alone. All but free of noise, and blind to contention, caches and page "
     "faults."},
    {"malloc_latency_ns_p99",
     "latency",
     "Time of a call: malloc, 99th percentile",
     "ns",
     1,
     "One of a hundred sampled calls took longer. Other percentiles are in summary.csv."},
    {"free_latency_ns_p99",
     "latency-free",
     "Time of a call: free, 99th percentile",
     "ns",
     1,
     "One of a hundred sampled calls took longer. Other percentiles are in summary.csv."},
};

/* The floor has a time only. */
static bool shows_floor(const struct page_data *data, const struct page_table *table)
{
    return data->floor && strcmp(table->figure, FIGURE_TIME) == 0;
}

/* Three significant digits, no exponent. */
static void write_number(FILE *out, double value)
{
    int digits = fabs(value) >= 99.95 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
    (void)fprintf(out, "%.*f", digits, value);
}

/* "out of memory" of "out_of_memory". */
static void write_status(FILE *out, const char *status)
{
    for (const char *c = status; *c != '\0'; c++) {
        (void)fputc(*c == '_' ? ' ' : *c, out);
    }
}

static void write_ratio(FILE *out, const struct summary_row *row)
{
    if (isnan(row->ratio)) {
        return;
    }
    (void)fprintf(out, "<small>%.2f×", row->ratio);
    if (row->verdict[0] != '\0') {
        (void)fprintf(out, " %s", row->verdict);
    }
    (void)fputs("</small>", out);
}

static void write_missing(FILE *out,
                          const struct page_data *data,
                          const struct page_table *table,
                          const struct page_case *one,
                          const char *allocator)
{
    const struct measurements_row *failure = page_failure(data, one, allocator, table->figure);
    (void)fputs("<td class=\"failed\">", out);
    if (failure != NULL) {
        write_status(out, failure->status);
    } else {
        (void)fputs("–", out);
    }
    (void)fputs("</td>", out);
}

static void write_cell(FILE *out,
                       const struct page_table *table,
                       const struct summary_row *row,
                       const char *class)
{
    (void)fprintf(out, "<td%s>", class);
    write_number(out, row->median / table->divisor);
    (void)fputs(row->failures.value > 0 ? "*" : "", out);
    write_ratio(out, row);
    (void)fputs("</td>", out);
}

static void write_case(FILE *out,
                       const struct page_data *data,
                       const struct page_table *table,
                       const struct page_case *one,
                       bool *leads)
{
    char name[CASE_NAME_BYTES];
    (void)page_leaders(data, one, table->figure, leads);
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, page_case_name(data, one, name));
    (void)fputs("</th>", out);
    for (size_t i = 0; i < data->allocator_count; i++) {
        const char *allocator = data->allocators[i];
        const struct summary_row *row = page_row(data, one, allocator, table->figure);
        if (row == NULL || isnan(row->median)) {
            write_missing(out, data, table, one, allocator);
        } else {
            write_cell(out, table, row, leads[i] ? " class=\"best\"" : "");
        }
    }
    const struct summary_row *floor =
        shows_floor(data, table) ? page_row(data, one, ALLOCATOR_FLOOR, table->figure) : NULL;
    if (floor != NULL && !isnan(floor->median)) {
        write_cell(out, table, floor, " class=\"floor\"");
    } else if (shows_floor(data, table)) {
        (void)fputs("<td class=\"floor\">–</td>", out);
    }
    (void)fputs("</tr>\n", out);
}

static void
write_means(FILE *out, const struct page_data *data, const struct page_table *table, bool *leads)
{
    (void)page_leaders(data, &data->means, table->figure, leads);
    (void)fputs("</tbody>\n<tfoot><tr><th scope=\"row\">geometric mean</th>", out);
    for (size_t i = 0; i < data->allocator_count; i++) {
        const char *allocator = data->allocators[i];
        const struct summary_row *row = page_row(data, &data->means, allocator, table->figure);
        if (row == NULL) {
            (void)fputs("<td class=\"failed\">–</td>", out);
        } else {
            (void)fprintf(out,
                          "<td%s>%.2f×<small>%s</small></td>",
                          leads[i] ? " class=\"best\"" : "",
                          row->ratio,
                          row->verdict);
        }
    }
    (void)fputs(shows_floor(data, table) ? "<td class=\"floor\"></td></tr></tfoot>\n"
                                         : "</tr></tfoot>\n",
                out);
}

static void write_table(FILE *out, const struct page_data *data, const struct page_table *table)
{
    bool *leads = calloc(data->allocator_count + 1, sizeof *leads);
    if (leads == NULL) {
        return;
    }
    (void)fprintf(
        out, "<p class=\"muted\">Median over the blocks, %s; below it the ratio to ", table->unit);
    html_text(out, data->baseline);
    (void)fputs(" and the verdict. Bold: the least, with all whose intervals overlap with its. *: "
                "failed in some blocks.</p>\n",
                out);
    html_box_begin(out, table->heading);
    (void)fputs("<table>\n<thead><tr><th scope=\"col\">workload</th>", out);
    for (size_t i = 0; i < data->allocator_count; i++) {
        (void)fputs("<th scope=\"col\">", out);
        html_text(out, data->allocators[i]);
        (void)fputs("</th>", out);
    }
    (void)fputs(shows_floor(data, table) ? "<th scope=\"col\" class=\"floor\">floor</th>" : "",
                out);
    (void)fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < data->case_count; i++) {
        write_case(out, data, table, &data->cases[i], leads);
    }
    write_means(out, data, table, leads);
    (void)fputs("</table>\n", out);
    html_box_end(out);
    free(leads);
}

void page_write_tables(FILE *out, const struct page_data *data)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (!page_has(data, tables[i].figure)) {
            continue;
        }
        (void)fprintf(out, "<h2 id=\"%s\">%s</h2>\n", tables[i].id, tables[i].heading);
        if (tables[i].note[0] != '\0') {
            (void)fprintf(out, "<p>%s</p>\n", tables[i].note);
        }
        if (shows_floor(data, &tables[i])) {
            (void)fputs("<p>The floor is the harness with an allocator that does nothing: what "
                        "replaying and touching cost. It is part of every figure here and no "
                        "contestant.</p>\n",
                        out);
        }
        write_table(out, data, &tables[i]);
    }
}

/* ---- Failures ---- */

static bool same_failure(const struct measurements_row *a, const struct measurements_row *b)
{
    const struct page_case one = {
        .workload = b->workload, .parameters = b->parameters, .threads = b->threads};
    return strcmp(a->allocator, b->allocator) == 0 && strcmp(a->pass, b->pass) == 0 &&
           strcmp(a->status, b->status) == 0 && page_is_of(a, &one);
}

/* Whether a measurement counts and did not end well. */
static bool is_failed(const struct page_data *data, size_t index)
{
    return !data->is_void[index] && strcmp(data->measurements.rows[index].status, "ok") != 0;
}

/* How many measurements from `index` on failed in the same way; 0 if an earlier one did. */
static size_t count_failures(const struct page_data *data, size_t index)
{
    const struct measurements_row *rows = data->measurements.rows;
    size_t times = 0;
    for (size_t i = 0; i < index; i++) {
        if (is_failed(data, i) && same_failure(&rows[i], &rows[index])) {
            return 0;
        }
    }
    for (size_t i = index; i < data->measurements.count; i++) {
        times += is_failed(data, i) && same_failure(&rows[i], &rows[index]);
    }
    return times;
}

/* One line for all blocks in which a cell failed in the same way; the first one's detail. */
static void write_failure(FILE *out, const struct page_data *data, size_t index)
{
    char name[CASE_NAME_BYTES];
    const struct measurements_row *row = &data->measurements.rows[index];
    const struct page_case one = {
        .workload = row->workload, .parameters = row->parameters, .threads = row->threads};
    size_t times = count_failures(data, index);
    if (times == 0) {
        return;
    }
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, page_case_name(data, &one, name));
    (void)fputs("</th><td>", out);
    html_text(out, row->allocator);
    (void)fputs("</td><td>", out);
    html_text(out, row->pass);
    (void)fputs("</td><td>", out);
    write_status(out, row->status);
    (void)fprintf(out, "</td><td>%zu</td><td>", times);
    html_text(out, row->status_detail);
    (void)fputs("</td></tr>\n", out);
}

void page_write_failures(FILE *out, const struct page_data *data)
{
    size_t failed = 0;
    for (size_t i = 0; i < data->measurements.count; i++) {
        failed += is_failed(data, i);
    }
    (void)fputs("<h2 id=\"failures\">Cells that failed</h2>\n", out);
    if (failed == 0) {
        (void)fputs("<p>None: every cell of every block ended well.</p>\n", out);
        return;
    }
    html_box_begin(out, "cells that failed");
    (void)fputs("<table class=\"words\">\n<thead><tr><th scope=\"col\">workload</th><th "
                "scope=\"col\">allocator</th><th scope=\"col\">pass</th><th scope=\"col\">status"
                "</th><th scope=\"col\">blocks</th><th scope=\"col\">reason</th></tr></thead>\n"
                "<tbody>\n",
                out);
    for (size_t i = 0; i < data->measurements.count; i++) {
        if (is_failed(data, i)) {
            write_failure(out, data, i);
        }
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
}

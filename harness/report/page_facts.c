/* What a run's page says about what was measured, where, and what the figures mean. */
#include "harness/report/html.h"
#include "harness/report/page_parts.h"
#include "harness/report/summary.h"

#include <string.h>

#define ALLOCATOR_KEY "allocator."

/* The figures of measurements.csv stand between these two columns. */
#define FIGURES_FROM "elapsed_ns"
#define FIGURES_TO   "free_latency_ns_max"

/* Facts that this page shows elsewhere. */
static bool is_shown_elsewhere(const char *key)
{
    return strncmp(key, ALLOCATOR_KEY, strlen(ALLOCATOR_KEY)) == 0 ||
           strcmp(key, "argument") == 0 || strcmp(key, "command") == 0;
}

static void write_fact(FILE *out, const char *key, const char *value)
{
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, key);
    (void)fputs("</th><td>", out);
    html_text(out, value[0] != '\0' ? value : "unknown");
    (void)fputs("</td></tr>\n", out);
}

void page_write_environment(FILE *out, const struct page_data *data)
{
    (void)fputs("<h2 id=\"environment\">Environment</h2>\n", out);
    html_box_begin(out, "environment");
    (void)fputs("<table class=\"words\">\n<thead><tr><th scope=\"col\">fact</th><th "
                "scope=\"col\">value</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < data->environment.count; i++) {
        const struct environment_row *row = &data->environment.rows[i];
        if (!is_shown_elsewhere(row->key)) {
            write_fact(out, row->key, row->value);
        }
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
}

/* The name in "allocator.NAME.file"; its length, 0 for other keys. */
static int allocator_of_key(const char *key, const char **name)
{
    const char *end = strstr(key, ".file");
    if (strncmp(key, ALLOCATOR_KEY, strlen(ALLOCATOR_KEY)) != 0 || end == NULL ||
        strcmp(end, ".file") != 0) {
        return 0;
    }
    *name = key + strlen(ALLOCATOR_KEY);
    return (int)(end - *name);
}

static const char *allocator_fact(const struct page_data *data, const char *name, const char *fact)
{
    char key[512];
    (void)snprintf(key, sizeof key, ALLOCATOR_KEY "%s.%s", name, fact);
    const char *value = environment_value(&data->environment, key);
    return value[0] != '\0' ? value : "unknown";
}

static void write_allocator(FILE *out, const struct page_data *data, const char *name)
{
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, name);
    (void)fputs("</th><td>", out);
    html_text(out, allocator_fact(data, name, "version"));
    (void)fputs("</td><td>", out);
    html_text(out, allocator_fact(data, name, "file"));
    (void)fputs("</td><td><code>", out);
    html_text(out, allocator_fact(data, name, "sha256"));
    (void)fputs("</code></td></tr>\n", out);
}

void page_write_allocators(FILE *out, const struct page_data *data)
{
    (void)fputs("<h2 id=\"allocators\">Allocators</h2>\n", out);
    html_box_begin(out, "allocators");
    (void)fputs(
        "<table class=\"words\">\n<thead><tr><th scope=\"col\">allocator</th><th "
        "scope=\"col\">version</th><th scope=\"col\">file</th><th scope=\"col\">SHA-256</th>"
        "</tr></thead>\n<tbody>\n",
        out);
    for (size_t i = 0; i < data->environment.count; i++) {
        const char *start = NULL;
        int length = allocator_of_key(data->environment.rows[i].key, &start);
        if (length > 0) {
            char name[256];
            (void)snprintf(name, sizeof name, "%.*s", length, start);
            write_allocator(out, data, name);
        }
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
}

void page_write_definitions(FILE *out)
{
    (void)fputs(
        "<h2 id=\"figures\">What the figures mean</h2>\n"
        "<p>A ratio is the median over the blocks of an allocator's figure divided by the "
        "baseline's in the same block (of its logarithm); its interval is the exact sign interval "
        "of "
        "that median. The geometric mean is taken over all cells of a pass; its interval is "
        "resampled block by block.</p>\n"
        "<p>A verdict says <em>faster</em>, <em>slower</em>, <em>smaller</em> or <em>larger</em> "
        "when the sign test, corrected for all comparisons of the figure (Holm), leaves at most "
        "5&nbsp;% of chance and the interval lies wholly outside 1 ± δ; <em>equivalent</em> when "
        "it lies wholly within and δ is at most 10&nbsp;%; else <em>unresolved</em>. δ is 2&nbsp;% "
        "or, where that is more, how far from 1 the baseline's interval against itself "
        "reaches.</p>\n"
        "<details><summary>All figures of measurements.csv and summary.csv</summary>\n<dl>\n",
        out);
    const struct column *last = table_column(&measurements_layout, FIGURES_TO);
    for (const struct column *column = table_column(&measurements_layout, FIGURES_FROM);
         column <= last;
         column++) {
        (void)fprintf(out, "<dt><code>%s</code>", column->name);
        if (column->unit[0] != '\0') {
            (void)fputs(" (", out);
            html_text(out, column->unit);
            (void)fputc(')', out);
        }
        (void)fputs("</dt><dd>", out);
        html_text(out, column->description);
        (void)fputs("</dd>\n", out);
    }
    (void)fputs("</dl></details>\n", out);
}

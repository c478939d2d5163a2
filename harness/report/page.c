#include "harness/report/page.h"

#include "harness/report/html.h"
#include "harness/report/page_parts.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIB 1073741824.0

/* Workloads, whatever their parameters and threads. */
static size_t count_workloads(const struct page_data *data)
{
    size_t count = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        size_t earlier = 0;
        while (strcmp(data->cases[earlier].workload, data->cases[i].workload) != 0) {
            earlier++;
        }
        count += earlier == i;
    }
    return count;
}

/* The most counted blocks that any figure has: an interrupted run has fewer than it was asked for. */
static uint64_t count_blocks(const struct page_data *data)
{
    uint64_t most = 0;
    for (size_t i = 0; i < data->summary.count; i++) {
        uint64_t blocks = data->summary.rows[i].blocks.value;
        most = blocks > most ? blocks : most;
    }
    return most;
}

/* "before VALUE after", nothing when the value is unknown. */
static void write_fact(FILE *out, const char *before, const char *value, const char *after)
{
    if (value[0] != '\0') {
        (void)fputs(before, out);
        html_text(out, value);
        (void)fputs(after, out);
    }
}

static void write_machine(FILE *out, const struct environment_table *facts)
{
    char memory[32] = "";
    double memory_bytes = strtod(environment_value(facts, "memory_bytes"), NULL);
    if (memory_bytes > 0) {
        (void)snprintf(memory, sizeof memory, "%.1f", memory_bytes / GIB);
    }
    (void)fputs("<p class=\"muted\">", out);
    write_fact(out, "", environment_value(facts, "date_utc"), "");
    write_fact(out, " · ", environment_value(facts, "cpu_name"), "");
    write_fact(out, " · ", environment_value(facts, "processors"), " processors");
    write_fact(out, " · ", memory, " GiB");
    write_fact(out, " · kernel ", environment_value(facts, "kernel"), "");
    write_fact(out, " · glibc ", environment_value(facts, "glibc"), "");
    (void)fputs("</p>\n", out);
}

/* Links to the sections that there are. */
static void write_links(FILE *out, const struct page_data *data)
{
    static const struct {
        const char *id;
        const char *figure; /* without it there is no such section; NULL: always */
    } links[] = {
        {"time", FIGURE_TIME},
        {"memory", FIGURE_MEMORY},
        {"instructions", "instructions_per_op"},
        {"latency", "malloc_latency_ns_p99"},
        {"charts", NULL},
        {"noise", NULL},
        {"failures", NULL},
        {"allocators", NULL},
        {"environment", NULL},
        {"figures", NULL},
        {"repeat", NULL},
    };

    (void)fputs("<nav aria-label=\"sections\">", out);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (links[i].figure == NULL || page_has(data, links[i].figure)) {
            (void)fprintf(out, "<a href=\"#%s\">%s</a> ", links[i].id, links[i].id);
        }
    }
    (void)fputs("</nav>\n", out);
}

/* What the page is about, what ran where, and links to its sections. */
static void write_head(FILE *out, const struct page_data *data)
{
    size_t workloads = count_workloads(data);
    (void)fputs("<header>\n<h1>", out);
    html_text(out, environment_value(&data->environment, "run"));
    (void)fprintf(out,
                  "</h1>\n<p>heaplab compared %zu memory allocators on %zu workloads",
                  data->allocator_count,
                  workloads);
    if (data->case_count > workloads) {
        (void)fprintf(out, " (%zu with their parameters and threads)", data->case_count);
    }
    uint64_t blocks = count_blocks(data);
    (void)fprintf(out, ", in %" PRIu64 " counted block%s", blocks, blocks == 1 ? "" : "s");
    write_fact(out, ", relative to the baseline <b>", data->baseline, "</b>");
    (void)fputs(".</p>\n", out);
    write_machine(out, &data->environment);
    write_links(out, data);
    (void)fputs("</header>\n", out);
}

static void write_repeat(FILE *out, const struct page_data *data)
{
    (void)fputs("<h2 id=\"repeat\">Repeat this run</h2>\n", out);
    html_box_begin(out, "command that repeats the run");
    (void)fputs("<pre><code>", out);
    html_text(out, environment_value(&data->environment, "command"));
    (void)fputs("</code></pre>\n", out);
    html_box_end(out);
    (void)fputs("<p>Its files lie beside this page: <a href=\"summary.csv\">summary.csv</a>, "
                "<a href=\"measurements.csv\">measurements.csv</a>, "
                "<a href=\"timeline.csv\">timeline.csv</a>, "
                "<a href=\"environment.csv\">environment.csv</a>.</p>\n",
                out);
}

static void write_page(FILE *out, const struct page_data *data)
{
    char title[512];
    (void)snprintf(
        title, sizeof title, "heaplab: %s", environment_value(&data->environment, "run"));
    html_begin(out, title);
    write_head(out, data);
    (void)fputs("<main>\n", out);
    page_write_finding(out, data);
    page_write_tables(out, data);
    page_write_charts(out, data);
    page_write_noise(out, data);
    page_write_failures(out, data);
    page_write_allocators(out, data);
    page_write_environment(out, data);
    page_write_definitions(out);
    write_repeat(out, data);
    (void)fputs("</main>\n", out);
    html_end(out);
}

bool page_write(const char *run_folder, struct error *error)
{
    char path[PATH_MAX];
    char unfinished[PATH_MAX];
    struct page_data data;
    run_path(path, run_folder, "report.html");
    run_path(unfinished, run_folder, ".report.html.unfinished");
    if (!page_data_read(&data, run_folder, error)) {
        page_data_free(&data);
        return false;
    }
    FILE *out = fopen(unfinished, "we");
    bool ok = out != NULL;
    if (ok) {
        write_page(out, &data);
        ok = ferror(out) == 0;
        ok = fclose(out) == 0 && ok;
    }
    ok = ok && rename(unfinished, path) == 0;
    if (!ok) {
        error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
        (void)unlink(unfinished);
    }
    page_data_free(&data);
    return ok;
}

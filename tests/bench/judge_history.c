/* How much processor time a history of 365 nights and 500 cells, three figures each, takes to be read
 * and judged, page included. Measured, not tested. */
#include "harness/nightly/morning.h"
#include "harness/report/summary.h"
#include "workloads/random.h"

#include <linux/limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NIGHTS 365
#define CELLS  500
#define NOISE  0.007
#define DAY_NS UINT64_C(86400000000000)

static double draw_normal(struct random *random)
{
    double sum = 0; /* of twelve: near enough */
    for (int i = 0; i < 12; i++) {
        sum += (double)random_below(random, 1U << 30) / (double)(1U << 30);
    }
    return sum - 6;
}

static void write_cell(FILE *out, size_t night, size_t cell, const char *figure, double log_ratio)
{
    struct verdicts_row row;
    char run[32];
    char workload[32];
    table_clear_row(&verdicts_layout, &row);
    (void)snprintf(run, sizeof run, "20260101T030000Z-night-%03zu", night);
    (void)snprintf(workload, sizeof workload, "workload-%03zu", cell);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = run;
    row.started_unix_ns = count_of((night + 20000) * DAY_NS);
    row.allocator = "candidate";
    row.workload = workload;
    row.threads = count_of(2);
    row.figure = figure;
    row.blocks = count_of(15);
    row.ratio = exp(log_ratio);
    row.ratio_low = exp(log_ratio - 0.012);
    row.ratio_high = exp(log_ratio + 0.012);
    row.p_adjusted = 1;
    row.delta = 0.025;
    row.verdict = "equivalent";
    table_print(out, &verdicts_layout, &row);
}

/* The figures of a cell on a night: a step of 5 % in the time at night 200 in one cell of a hundred. */
static void write_figures(FILE *out, size_t night, size_t cell, struct random *random)
{
    static const char *const figures[] = {"ns_per_op", "rss_bytes_peak", "instructions_per_op"};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        double level = cell % 100 == 0 && i == 0 && night >= 200 ? log(1.05) : 0;
        write_cell(out, night, cell, figures[i], level + NOISE * draw_normal(random));
    }
}

static void write_history(const char *folder)
{
    char path[PATH_MAX];
    struct random random;
    random_seed(&random, 1, 1);
    FILE *out = fopen(run_path(path, folder, verdicts_layout.file), "we");
    if (out == NULL) {
        return;
    }
    table_print(out, &verdicts_layout, NULL);
    for (size_t i = 0; i < (size_t)NIGHTS * CELLS; i++) {
        write_figures(out, i / CELLS, i % CELLS, &random);
    }
    (void)fclose(out);
}

/* Processor time since the last call. */
static double seconds_since(clock_t *then)
{
    clock_t now = clock();
    double seconds = (double)(now - *then) / CLOCKS_PER_SEC;
    *then = now;
    return seconds;
}

static bool judge(const char *folder, struct error *error)
{
    struct nights nights;
    struct findings findings = {0};
    struct drift drift = {0};
    const struct acknowledgements none = {0};
    clock_t then = clock();
    bool ok = nights_read(folder, &nights, stderr, error);
    double reading_s = seconds_since(&then);
    ok = ok && findings_make(&findings, &nights, nights.count - 1) &&
         drift_find(&nights, NULL, &drift, error);
    double judging_s = seconds_since(&then);
    const struct morning morning = {&nights, nights.count - 1, &findings, &drift, &none, ""};
    ok = ok && morning_print(&morning, false, stdout, error);
    (void)printf(
        "\n%zu nights, %zu series, %zu changes of level: read in %.2f s, judged in %.2f s, "
        "page in %.2f s\n",
        nights.count,
        nights.series_count,
        drift.count,
        reading_s,
        judging_s,
        seconds_since(&then));
    drift_free(&drift);
    findings_free(&findings);
    nights_free(&nights);
    return ok;
}

int main(void)
{
    char folder[] = "/tmp/heaplab-judge-XXXXXX";
    char path[PATH_MAX];
    struct error error;
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return EXIT_FAILURE;
    }
    write_history(folder);
    bool ok = judge(folder, &error);
    if (!ok) {
        (void)fprintf(stderr, "%s\n", error.text);
    }
    (void)unlink(run_path(path, folder, verdicts_layout.file));
    (void)rmdir(folder);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

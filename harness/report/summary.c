#include "harness/report/summary.h"

#include "harness/report/series.h"
#include "harness/statistics/interval.h"

#include <errno.h>
#include <linux/limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The figures of each pass stand between two columns of measurements.csv. */
static const struct {
    const char *pass;
    const char *first;
    const char *last;
} figures_of_pass[] = {
    {"throughput", "elapsed_ns", "ctx_involuntary"},
    {"memory", "rss_bytes_static", "heap_free_share_mean"},
};

struct summary {
    struct measurements_table measurements;
    struct environment_table environment;
    struct series_set set;
    const char *baseline;
    uint64_t blocks_end; /* one more than the largest number of a block */
    double *values;      /* room for blocks_end numbers */
    struct table_writer writer;
};

char *run_path(char *buffer, const char *folder, const char *file)
{
    (void)snprintf(buffer, PATH_MAX, "%s/%s", folder, file);
    return buffer;
}

const char *environment_value(const struct environment_table *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].key, key) == 0) {
            return table->rows[i].value;
        }
    }
    return "";
}

/* The estimate over the blocks of a figure, or of its ratio to another series. */
static struct estimate estimate_figure(struct summary *summary,
                                       const struct series *series,
                                       const struct series *over,
                                       const struct column *figure)
{
    size_t count = 0;
    for (uint64_t block = 0; block < summary->blocks_end; block++) {
        double value = series_value(series, block, figure);
        if (over != NULL) {
            value /= series_value(over, block, figure);
        }
        if (isfinite(value)) {
            summary->values[count++] = value;
        }
    }
    return estimate_median(summary->values, count);
}

/* Geometric mean over all cells of a pass of the ratio in one block; NAN unless every cell has it. */
static double block_geomean(const struct summary *summary,
                            const struct series *like,
                            const struct column *figure,
                            uint64_t block)
{
    double sum = 0;
    size_t cells = 0;
    for (size_t i = 0; i < summary->set.count; i++) {
        const struct series *over = &summary->set.series[i];
        if (strcmp(over->row[0]->allocator, summary->baseline) != 0 ||
            strcmp(over->row[0]->pass, like->row[0]->pass) != 0) {
            continue;
        }
        const struct series *series =
            series_of_allocator(&summary->set, over, like->row[0]->allocator);
        double ratio = series == NULL ? NAN
                                      : series_value(series, block, figure) /
                                            series_value(over, block, figure);
        sum += ratio > 0 ? log(ratio) : NAN;
        cells++;
    }
    return cells > 0 ? exp(sum / (double)cells) : NAN;
}

static struct estimate
estimate_geomean(struct summary *summary, const struct series *like, const struct column *figure)
{
    size_t count = 0;
    for (uint64_t block = 0; block < summary->blocks_end; block++) {
        double value = block_geomean(summary, like, figure, block);
        if (isfinite(value)) {
            summary->values[count++] = value;
        }
    }
    return estimate_median(summary->values, count);
}

static struct summary_row
row_of(const struct summary *summary, const struct series *series, const struct column *figure)
{
    const struct measurements_row *first = series->row[0];
    struct summary_row row;
    table_clear_row(&summary_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = first->run;
    row.pass = first->pass;
    row.workload = first->workload;
    row.parameters = first->parameters;
    row.threads = first->threads;
    row.allocator = first->allocator;
    row.figure = figure->name;
    row.unit = figure->unit;
    row.baseline = summary->baseline;
    row.failures = count_of(series->failures);
    return row;
}

static bool write_figure(struct summary *summary,
                         const struct series *series,
                         const struct column *figure,
                         struct error *error)
{
    const struct series *over = series_of_allocator(&summary->set, series, summary->baseline);
    struct estimate estimate = estimate_figure(summary, series, NULL, figure);
    if (estimate.count == 0 && series->failures == 0) {
        return true; /* not a figure of this pass or allocator */
    }
    struct summary_row row = row_of(summary, series, figure);
    row.blocks = count_of(estimate.count);
    row.median = estimate.median;
    row.low = estimate.low;
    row.high = estimate.high;
    row.confidence = estimate.confidence;
    if (over != NULL) {
        struct estimate ratio = estimate_figure(summary, series, over, figure);
        row.ratio = ratio.median;
        row.ratio_low = ratio.low;
        row.ratio_high = ratio.high;
    }
    return table_write(&summary->writer, &row, error);
}

static bool write_geomean(struct summary *summary,
                          const struct series *series,
                          const struct column *figure,
                          struct error *error)
{
    struct estimate ratio = estimate_geomean(summary, series, figure);
    if (ratio.count == 0) {
        return true;
    }
    struct summary_row row = row_of(summary, series, figure);
    row.workload = SUMMARY_GEOMEAN;
    row.parameters = "";
    row.threads = (struct count){0};
    row.unit = "";
    row.failures = (struct count){0};
    row.blocks = count_of(ratio.count);
    row.confidence = ratio.confidence;
    row.ratio = ratio.median;
    row.ratio_low = ratio.low;
    row.ratio_high = ratio.high;
    return table_write(&summary->writer, &row, error);
}

/* Whether an earlier series has the same pass and allocator: geometric means are written once. */
static bool seen_before(const struct summary *summary, size_t index)
{
    const struct measurements_row *row = summary->set.series[index].row[0];
    for (size_t i = 0; i < index; i++) {
        const struct measurements_row *earlier = summary->set.series[i].row[0];
        if (strcmp(earlier->pass, row->pass) == 0 &&
            strcmp(earlier->allocator, row->allocator) == 0) {
            return true;
        }
    }
    return false;
}

typedef bool write_row(struct summary *summary,
                       const struct series *series,
                       const struct column *figure,
                       struct error *error);

/* Writes one kind of row for all figures from `first` to `last` of a series. */
static bool write_between(struct summary *summary,
                          const struct series *series,
                          const char *const range[2],
                          write_row *write,
                          struct error *error)
{
    const struct column *last = table_column(&measurements_layout, range[1]);
    bool ok = true;
    for (const struct column *figure = table_column(&measurements_layout, range[0]);
         ok && figure <= last;
         figure++) {
        ok = write(summary, series, figure, error);
    }
    return ok;
}

/* Writes one kind of row for all figures of a series' pass. */
static bool write_figures(struct summary *summary,
                          const struct series *series,
                          write_row *write,
                          struct error *error)
{
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof figures_of_pass / sizeof figures_of_pass[0]; i++) {
        if (strcmp(series->row[0]->pass, figures_of_pass[i].pass) == 0) {
            const char *const range[] = {figures_of_pass[i].first, figures_of_pass[i].last};
            ok = write_between(summary, series, range, write, error);
        }
    }
    return ok;
}

static bool write_rows(struct summary *summary, struct error *error)
{
    for (size_t i = 0; i < summary->set.count; i++) {
        if (!write_figures(summary, &summary->set.series[i], write_figure, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < summary->set.count; i++) {
        if (!seen_before(summary, i) &&
            !write_figures(summary, &summary->set.series[i], write_geomean, error)) {
            return false;
        }
    }
    return true;
}

static bool load(struct summary *summary, const char *folder, struct error *error)
{
    char path[PATH_MAX];
    if (!measurements_read(
            run_path(path, folder, measurements_layout.file), &summary->measurements, error) ||
        !environment_read(
            run_path(path, folder, environment_layout.file), &summary->environment, error)) {
        return false;
    }
    summary->baseline = environment_value(&summary->environment, "baseline");
    for (size_t i = 0; i < summary->measurements.count; i++) {
        uint64_t block = summary->measurements.rows[i].block.value;
        summary->blocks_end = block >= summary->blocks_end ? block + 1 : summary->blocks_end;
    }
    summary->values = calloc(summary->blocks_end + 1, sizeof *summary->values);
    if (summary->values == NULL ||
        !series_group(&summary->set,
                      &summary->measurements,
                      environment_value(&summary->environment, "workloads"),
                      environment_value(&summary->environment, "allocators"))) {
        return error_set(error, "cannot summarise \"%s\": out of memory", folder);
    }
    return true;
}

static void unload(struct summary *summary)
{
    free(summary->values);
    series_free(&summary->set);
    measurements_free(&summary->measurements);
    environment_free(&summary->environment);
}

bool summary_write(const char *run_folder, struct error *error)
{
    struct summary summary = {0};
    char path[PATH_MAX];
    char unfinished[PATH_MAX];
    run_path(path, run_folder, summary_layout.file);
    run_path(unfinished, run_folder, ".summary.csv.unfinished");
    (void)unlink(unfinished);
    bool ok = load(&summary, run_folder, error) &&
              table_create(&summary.writer, unfinished, &summary_layout, error) &&
              write_rows(&summary, error);
    struct error ignored;
    ok = table_close(&summary.writer, ok ? error : &ignored) && ok;
    if (ok && rename(unfinished, path) != 0) {
        ok = error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
    }
    if (!ok) {
        (void)unlink(unfinished);
    }
    unload(&summary);
    return ok;
}

#include "harness/report/summary.h"

#include "harness/report/attempts.h"
#include "harness/report/summary_parts.h"

#include <errno.h>
#include <linux/limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- Making ---- */

struct summary_row *
summary_add(struct summary_work *work, const struct series *series, const struct column *figure)
{
    struct summary_rows *out = work->out;
    if (out->count == out->room) {
        size_t room = out->room == 0 ? 256 : 2 * out->room;
        struct summary_row *rows = reallocarray(out->rows, room, sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        out->rows = rows;
        out->room = room;
    }
    const struct measurements_row *first = series->row[0];
    struct summary_row *row = &out->rows[out->count++];
    table_clear_row(&summary_layout, row);
    row->schema = count_of(TABLE_SCHEMA);
    row->run = first->run;
    row->pass = first->pass;
    row->workload = first->workload;
    row->parameters = first->parameters;
    row->threads = first->threads;
    row->allocator = first->allocator;
    row->figure = figure->name;
    row->unit = figure->unit;
    row->baseline = work->baseline;
    row->failures = count_of(series->failures);
    return row;
}

bool summary_test_again(struct summary_row *row, double *log_ratios, size_t count, double delta)
{
    struct comparison comparison = {.count = count, .delta = delta};
    comparison.log_ratios = log_ratios;
    if (!verdict_judge(&comparison, 1, VERDICT_ALPHA)) {
        return false;
    }
    row->p = comparison.p;
    row->delta = isfinite(delta) ? delta : NAN;
    return true;
}

void summary_fill_exact(struct summary_row *row, const struct judged_figure *figure, bool judged)
{
    const struct comparison certain = {
        .count = 1, .delta = VERDICT_DELTA_LEAST, .low = row->ratio_low, .high = row->ratio_high};
    enum verdict verdict = verdict_of(&certain, VERDICT_ALPHA);
    row->delta = VERDICT_DELTA_LEAST;
    row->verdict =
        judged ? judged_word(figure, judged_of_survivors(verdict, row->failures.value)) : "";
}

static bool judge(struct summary_work *work)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (!family_judge(&work->cells[i], work->out->rows) ||
            !family_judge(&work->means[i], work->out->rows)) {
            return false;
        }
    }
    return true;
}

static bool prepare(struct summary_work *work,
                    const struct measurements_table *measurements,
                    const struct environment_table *environment)
{
    if (!series_group(&work->set,
                      measurements,
                      environment_value(environment, "workloads"),
                      environment_value(environment, "allocators"))) {
        return false;
    }
    size_t room = work->set.longest + 1;
    work->baseline = environment_value(environment, "baseline");
    work->cells = calloc(judged_figure_count, sizeof *work->cells);
    work->means = calloc(judged_figure_count, sizeof *work->means);
    work->deltas = calloc(judged_figure_count, sizeof *work->deltas);
    work->values = calloc(room, sizeof *work->values);
    work->base_values = calloc(room, sizeof *work->base_values);
    work->log_ratios = calloc(room, sizeof *work->log_ratios);
    work->blocks = calloc(room, sizeof *work->blocks);
    for (size_t i = 0; work->cells != NULL && work->means != NULL && i < judged_figure_count; i++) {
        work->cells[i].figure = &judged_figures[i];
        work->means[i].figure = &judged_figures[i];
    }
    return work->cells != NULL && work->means != NULL && work->deltas != NULL &&
           work->values != NULL && work->base_values != NULL && work->log_ratios != NULL &&
           work->blocks != NULL;
}

static void release(struct summary_work *work)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (work->cells != NULL) {
            family_free(&work->cells[i]);
        }
        if (work->means != NULL) {
            family_free(&work->means[i]);
        }
    }
    free(work->cells);
    free(work->means);
    free(work->deltas);
    free(work->values);
    free(work->base_values);
    free(work->log_ratios);
    free(work->blocks);
    series_free(&work->set);
}

bool summary_make(const struct measurements_table *measurements,
                  const struct environment_table *environment,
                  struct summary_rows *summary,
                  struct error *error)
{
    struct summary_work work = {.out = summary};
    *summary = (struct summary_rows){0};
    bool ok = prepare(&work, measurements, environment) && summary_add_cells(&work) &&
              summary_add_means(&work) && judge(&work);
    release(&work);
    return ok || error_set(error, "cannot summarise the measurements: out of memory");
}

void summary_rows_free(struct summary_rows *summary)
{
    free(summary->rows);
    *summary = (struct summary_rows){0};
}

/* ---- Files ---- */

static bool write_rows(const char *path, const struct summary_rows *summary, struct error *error)
{
    struct table_writer writer;
    bool ok = table_create_whole(&writer, path, &summary_layout, error);
    for (size_t i = 0; i < summary->count && ok; i++) {
        ok = table_write(&writer, &summary->rows[i], error);
    }
    struct error ignored;
    return table_close(&writer, ok ? error : &ignored) && ok;
}

static bool replace(const char *run_folder, const struct summary_rows *summary, struct error *error)
{
    char path[PATH_MAX];
    char unfinished[PATH_MAX];
    run_path(path, run_folder, summary_layout.file);
    run_path(unfinished, run_folder, ".summary.csv.unfinished");
    (void)unlink(unfinished);
    bool ok = write_rows(unfinished, summary, error);
    if (ok && rename(unfinished, path) != 0) {
        ok = error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
    }
    if (!ok) {
        (void)unlink(unfinished);
    }
    return ok;
}

bool summary_write(const char *run_folder, struct error *error)
{
    char path[PATH_MAX];
    struct measurements_table measurements = {0};
    struct environment_table environment = {0};
    struct summary_rows summary = {0};
    bool ok =
        measurements_read(
            run_path(path, run_folder, measurements_layout.file), &measurements, error) &&
        environment_read(run_path(path, run_folder, environment_layout.file), &environment, error);
    if (ok && !attempts_drop_void(&measurements)) {
        ok = error_set(error, "cannot summarise \"%s\": out of memory", run_folder);
    }
    ok = ok && summary_make(&measurements, &environment, &summary, error) &&
         replace(run_folder, &summary, error);
    summary_rows_free(&summary);
    measurements_free(&measurements);
    environment_free(&environment);
    return ok;
}

#include "harness/report/page_data.h"

#include "harness/allocators.h"
#include "harness/report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_count(struct count a, struct count b)
{
    return a.known == b.known && (!a.known || a.value == b.value);
}

static bool is_of(const struct summary_row *row, const struct page_case *one)
{
    if (one == NULL) {
        return strcmp(row->workload, SUMMARY_GEOMEAN) == 0;
    }
    return strcmp(row->workload, one->workload) == 0 &&
           strcmp(row->parameters, one->parameters) == 0 && same_count(row->threads, one->threads);
}

bool page_is_of(const struct measurements_row *row, const struct page_case *one)
{
    return strcmp(row->workload, one->workload) == 0 &&
           strcmp(row->parameters, one->parameters) == 0 && same_count(row->threads, one->threads);
}

static void take_allocator(struct page_data *data, const char *name)
{
    if (strcmp(name, ALLOCATOR_FLOOR) == 0) {
        data->floor = true;
        return;
    }
    for (size_t i = 0; i < data->allocator_count; i++) {
        if (strcmp(data->allocators[i], name) == 0) {
            return;
        }
    }
    data->allocators[data->allocator_count++] = name;
}

static void take_case(struct page_data *data, const struct summary_row *row)
{
    if (is_of(row, NULL)) {
        return;
    }
    for (size_t i = 0; i < data->case_count; i++) {
        if (is_of(row, &data->cases[i])) {
            return;
        }
    }
    data->cases[data->case_count++] =
        (struct page_case){row->workload, row->parameters, row->threads};
}

static bool take_names(struct page_data *data)
{
    const struct summary_row *rows = data->summary.rows;
    data->allocators = reallocarray(NULL, data->summary.count + 1, sizeof *data->allocators);
    data->cases = reallocarray(NULL, data->summary.count + 1, sizeof *data->cases);
    if (data->allocators == NULL || data->cases == NULL) {
        return false;
    }
    for (size_t i = 0; i < data->summary.count; i++) {
        take_allocator(data, rows[i].allocator);
        take_case(data, &rows[i]);
    }
    data->baseline = data->summary.count > 0 ? rows[0].baseline : "";
    return true;
}

bool page_data_read(struct page_data *data, const char *run_folder, struct error *error)
{
    char path[PATH_MAX];
    *data = (struct page_data){.run_folder = run_folder};
    if (!summary_read(run_path(path, run_folder, summary_layout.file), &data->summary, error) ||
        !measurements_read(
            run_path(path, run_folder, measurements_layout.file), &data->measurements, error) ||
        !environment_read(
            run_path(path, run_folder, environment_layout.file), &data->environment, error)) {
        return false;
    }
    return take_names(data) ||
           error_set(error, "cannot write the page of \"%s\": out of memory", run_folder);
}

void page_data_free(struct page_data *data)
{
    free(data->allocators);
    free(data->cases);
    summary_free(&data->summary);
    measurements_free(&data->measurements);
    environment_free(&data->environment);
}

const char *page_pass(const char *figure)
{
    return strcmp(figure, FIGURE_MEMORY) == 0 ? "memory" : "throughput";
}

const struct summary_row *page_row(const struct page_data *data,
                                   const struct page_case *one,
                                   const char *allocator,
                                   const char *figure)
{
    for (size_t i = 0; i < data->summary.count; i++) {
        const struct summary_row *row = &data->summary.rows[i];
        if (strcmp(row->figure, figure) == 0 && strcmp(row->allocator, allocator) == 0 &&
            strcmp(row->pass, page_pass(figure)) == 0 && is_of(row, one)) {
            return row;
        }
    }
    return NULL;
}

const char *page_best(const struct page_data *data,
                      const struct page_case *one,
                      const char *figure,
                      const char *but)
{
    const char *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < data->allocator_count; i++) {
        const struct summary_row *row = page_row(data, one, data->allocators[i], figure);
        double value = NAN;
        if (row != NULL && (but == NULL || strcmp(row->allocator, but) != 0)) {
            value = one == NULL ? row->ratio : row->median;
        }
        if (value < least) {
            least = value;
            best = data->allocators[i];
        }
    }
    return best;
}

const struct measurements_row *page_failure(const struct page_data *data,
                                            const struct page_case *one,
                                            const char *allocator,
                                            const char *figure)
{
    const char *pass = page_pass(figure);
    for (size_t i = 0; i < data->measurements.count; i++) {
        const struct measurements_row *row = &data->measurements.rows[i];
        if (row->warm_up.value == 0 && strcmp(row->status, "ok") != 0 &&
            strcmp(row->allocator, allocator) == 0 && strcmp(row->pass, pass) == 0 &&
            page_is_of(row, one)) {
            return row;
        }
    }
    return NULL;
}

char *page_case_name(const struct page_data *data,
                     const struct page_case *one,
                     char name[CASE_NAME_BYTES])
{
    size_t twins = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        twins += strcmp(data->cases[i].workload, one->workload) == 0 &&
                 strcmp(data->cases[i].parameters, one->parameters) == 0;
    }
    int length = snprintf(name,
                          CASE_NAME_BYTES,
                          "%s%s%s",
                          one->workload,
                          one->parameters[0] != '\0' ? " " : "",
                          one->parameters);
    if (twins > 1 && length < CASE_NAME_BYTES) {
        (void)snprintf(name + length,
                       CASE_NAME_BYTES - (size_t)length,
                       ", %" PRIu64 " thread%s",
                       one->threads.value,
                       one->threads.value == 1 ? "" : "s");
    }
    return name;
}

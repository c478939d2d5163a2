#include "harness/report/page_data.h"

#include "harness/allocators.h"
#include "harness/report/attempts.h"
#include "harness/report/judged.h"
#include "harness/report/leaders.h"
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

const char *const page_figures[PAGE_FIGURES] = {FIGURE_TIME,
                                                FIGURE_MEMORY,
                                                "instructions_per_op",
                                                "malloc_latency_ns_p99",
                                                "free_latency_ns_p99"};

static bool is_of(const struct summary_row *row, const struct page_case *one)
{
    return strcmp(row->workload, one->workload) == 0 &&
           strcmp(row->parameters, one->parameters) == 0 && same_count(row->threads, one->threads);
}

bool page_is_of(const struct measurements_row *row, const struct page_case *one)
{
    return strcmp(row->workload, one->workload) == 0 &&
           strcmp(row->parameters, one->parameters) == 0 && same_count(row->threads, one->threads);
}

/* ---- Names ---- */

static void take_allocator(struct page_data *data, const char *name)
{
    if (strcmp(name, ALLOCATOR_FLOOR) == 0 || strcmp(name, ALLOCATOR_AGAIN) == 0) {
        data->floor = data->floor || strcmp(name, ALLOCATOR_FLOOR) == 0;
        data->again = data->again || strcmp(name, ALLOCATOR_AGAIN) == 0;
        return;
    }
    for (size_t i = 0; i < data->allocator_count; i++) {
        if (strcmp(data->allocators[i], name) == 0) {
            return;
        }
    }
    data->allocators[data->allocator_count++] = name;
}

/* The case of a row, added when it is new. The latest is looked at first: rows of a case stand
 * together. */
static struct page_case *take_case(struct page_data *data, const struct summary_row *row)
{
    if (is_of(row, &data->means)) {
        return &data->means;
    }
    for (size_t i = data->case_count; i > 0; i--) {
        if (is_of(row, &data->cases[i - 1])) {
            return &data->cases[i - 1];
        }
    }
    data->cases[data->case_count] = (struct page_case){
        .workload = row->workload, .parameters = row->parameters, .threads = row->threads};
    return &data->cases[data->case_count++];
}

/* Notes a row of a figure that the page speaks of. */
static void take_row(struct page_data *data,
                     const struct summary_row *row,
                     struct page_case *one,
                     size_t counts[PAGE_FIGURES])
{
    for (size_t f = 0; f < PAGE_FIGURES; f++) {
        if (strcmp(row->figure, page_figures[f]) == 0 &&
            strcmp(row->pass, page_pass(page_figures[f])) == 0) {
            one->first[f] = one->end[f] == 0 ? counts[f] : one->first[f];
            data->rows[f][counts[f]++] = row;
            one->end[f] = counts[f];
        }
    }
}

static bool take_names(struct page_data *data)
{
    const struct summary_row *rows = data->summary.rows;
    size_t counts[PAGE_FIGURES] = {0};
    data->means = (struct page_case){.workload = SUMMARY_GEOMEAN, .parameters = ""};
    data->allocators = reallocarray(NULL, data->summary.count + 1, sizeof *data->allocators);
    data->cases = reallocarray(NULL, data->summary.count + 1, sizeof *data->cases);
    bool ok = data->allocators != NULL && data->cases != NULL;
    for (size_t f = 0; f < PAGE_FIGURES; f++) {
        data->rows[f] =
            reallocarray(NULL, data->summary.count + 1, sizeof(const struct summary_row *));
        ok = ok && data->rows[f] != NULL;
    }
    for (size_t i = 0; ok && i < data->summary.count; i++) {
        take_allocator(data, rows[i].allocator);
        take_row(data, &rows[i], take_case(data, &rows[i]), counts);
    }
    data->baseline = data->summary.count > 0 ? rows[0].baseline : "";
    return ok;
}

/* ---- Reading ---- */

static bool find_void(struct page_data *data)
{
    data->is_void = reallocarray(NULL, data->measurements.count + 1, sizeof *data->is_void);
    return data->is_void != NULL && attempts_find_void(&data->measurements, data->is_void);
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
    return (take_names(data) && find_void(data)) ||
           error_set(error, "cannot write the page of \"%s\": out of memory", run_folder);
}

void page_data_free(struct page_data *data)
{
    free(data->allocators);
    free(data->cases);
    free(data->is_void);
    for (size_t f = 0; f < PAGE_FIGURES; f++) {
        free(data->rows[f]);
    }
    summary_free(&data->summary);
    measurements_free(&data->measurements);
    environment_free(&data->environment);
}

const char *page_pass(const char *figure)
{
    return judged_find(figure)->pass;
}

const struct summary_row *page_row(const struct page_data *data,
                                   const struct page_case *one,
                                   const char *allocator,
                                   const char *figure)
{
    size_t f = 0;
    while (strcmp(page_figures[f], figure) != 0) {
        f++;
    }
    for (size_t i = one->first[f]; i < one->end[f]; i++) {
        if (strcmp(data->rows[f][i]->allocator, allocator) == 0) {
            return data->rows[f][i];
        }
    }
    return NULL;
}

/* The rows of all allocators; NULL when memory is out. */
static const struct summary_row **
rows_of(const struct page_data *data, const struct page_case *one, const char *figure)
{
    const struct summary_row **rows =
        reallocarray(NULL, data->allocator_count + 1, sizeof(const struct summary_row *));
    for (size_t i = 0; rows != NULL && i < data->allocator_count; i++) {
        rows[i] = page_row(data, one, data->allocators[i], figure);
    }
    return rows;
}

size_t page_leaders(const struct page_data *data,
                    const struct page_case *one,
                    const char *figure,
                    bool *leads)
{
    const struct summary_row **rows = rows_of(data, one, figure);
    if (rows == NULL) {
        memset(leads, 0, data->allocator_count * sizeof *leads);
        return 0;
    }
    size_t leading = leaders_find(rows, data->allocator_count, leads);
    free(rows);
    return leading;
}

bool page_leader_is_proven(const struct page_data *data,
                           const struct page_case *one,
                           const char *figure,
                           const bool *leads)
{
    const struct summary_row **rows = rows_of(data, one, figure);
    bool proven = rows != NULL && leaders_prove(rows, data->allocator_count, leads);
    free(rows);
    return proven;
}

const struct measurements_row *page_failure(const struct page_data *data,
                                            const struct page_case *one,
                                            const char *allocator,
                                            const char *figure)
{
    const char *pass = page_pass(figure);
    for (size_t i = 0; i < data->measurements.count; i++) {
        const struct measurements_row *row = &data->measurements.rows[i];
        if (row->warm_up.value == 0 && !data->is_void[i] && strcmp(row->status, "ok") != 0 &&
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

bool page_has(const struct page_data *data, const char *figure)
{
    size_t c = 0;
    while (c < data->case_count &&
           page_row(data, &data->cases[c], data->baseline, figure) == NULL) {
        c++;
    }
    return c < data->case_count;
}

#include "harness/compare/run.h"

#include "harness/compare/run_check.h"
#include "harness/report/attempts.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Finding the files ---- */

/* A path may hold colons, and so may the name of an allocator with settings: the path is the shortest
 * part up to a colon that exists. */
static bool split_words(struct compare_run *run, const char *words, struct error *error)
{
    run->words = words;
    (void)snprintf(run->path, sizeof run->path, "%s", words);
    if (access(words, F_OK) == 0) {
        return true;
    }
    for (const char *colon = strchr(words, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        (void)snprintf(run->path, sizeof run->path, "%.*s", (int)(colon - words), words);
        if (access(run->path, F_OK) != 0) {
            continue;
        }
        if (colon[1] == '\0' || strlen(colon + 1) >= sizeof run->allocator) {
            return error_set(error, "\"%s\": no allocator's name after the colon", words);
        }
        (void)snprintf(run->allocator, sizeof run->allocator, "%s", colon + 1);
        return true;
    }
    return error_set(error,
                     "cannot open \"%s\": %s; name a run's folder or a measurements file",
                     words,
                     strerror(errno));
}

static bool find_file(struct compare_run *run, struct error *error)
{
    char path[PATH_MAX];
    struct stat status;
    bool is_folder = stat(run->path, &status) == 0 && S_ISDIR(status.st_mode);
    if (is_folder) {
        (void)run_path(path, run->path, measurements_layout.file);
    } else {
        (void)snprintf(path, sizeof path, "%s", run->path);
    }
    if (realpath(path, run->file) != NULL) {
        return true;
    }
    return error_set(
        error, "cannot open \"%s\": %s; is it the folder of a run?", path, strerror(errno));
}

/* environment.csv beside a file of another name need not belong to it. */
static bool read_environment(struct compare_run *run, struct error *error)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", run->file);
    char *name = strrchr(path, '/') + 1;
    if (strcmp(name, measurements_layout.file) != 0) {
        return true;
    }
    (void)snprintf(name, sizeof path - (size_t)(name - path), "%s", environment_layout.file);
    return access(path, F_OK) != 0 || environment_read(path, &run->environment, error);
}

/* ---- Cells ---- */

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

/* The cell of `a` against that of `b` under an allocator. */
static int order_cells(const struct measurements_row *a,
                       const struct measurements_row *b,
                       const char *allocator)
{
    int order = strcmp(a->pass, b->pass);
    order = order != 0 ? order : strcmp(a->workload, b->workload);
    order = order != 0 ? order : strcmp(a->parameters, b->parameters);
    order = order != 0 ? order : compare_numbers(a->threads.value, b->threads.value);
    return order != 0 ? order : strcmp(a->allocator, allocator);
}

static int order_series(const void *one, const void *other)
{
    const struct measurements_row *a = (*(const struct series *const *)one)->row[0];
    const struct measurements_row *b = (*(const struct series *const *)other)->row[0];
    return order_cells(a, b, b->allocator);
}

static bool group(struct compare_run *run, struct error *error)
{
    bool ok =
        attempts_drop_void(&run->measurements) && series_group(&run->set,
                                                               &run->measurements,
                                                               compare_run_fact(run, "workloads"),
                                                               compare_run_fact(run, "allocators"));
    run->sorted = reallocarray(NULL, run->set.count + 1, sizeof(struct series *));
    if (!ok || run->sorted == NULL) {
        return error_set(error, "cannot compare \"%s\": out of memory", run->words);
    }
    for (size_t i = 0; i < run->set.count; i++) {
        run->sorted[i] = &run->set.series[i];
    }
    qsort(run->sorted, run->set.count, sizeof(struct series *), order_series);
    if (run->set.count == 0) {
        return error_set(
            error, "cannot compare \"%s\": there are only warm-up rows in it", run->words);
    }
    return compare_run_check_twins(run, error);
}

bool compare_run_open(struct compare_run *run, const char *words, struct error *error)
{
    *run = (struct compare_run){0};
    if (!split_words(run, words, error) || !find_file(run, error) ||
        !measurements_read(run->file, &run->measurements, error) ||
        !compare_run_check_rows(run, error) || !read_environment(run, error) ||
        !group(run, error)) {
        return false;
    }
    if (run->allocator[0] != '\0' && compare_run_row_of(run, run->allocator) == NULL) {
        return error_set(error, "no allocator \"%s\" in \"%s\"", run->allocator, run->path);
    }
    return true;
}

void compare_run_close(struct compare_run *run)
{
    free(run->sorted);
    series_free(&run->set);
    measurements_free(&run->measurements);
    environment_free(&run->environment);
    *run = (struct compare_run){0};
}

const struct series *compare_run_find(const struct compare_run *run,
                                      const struct measurements_row *like,
                                      const char *allocator)
{
    size_t low = 0;
    size_t high = run->set.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_cells(run->sorted[middle]->row[0], like, allocator);
        if (order == 0) {
            return run->sorted[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

const struct measurements_row *compare_run_row_of(const struct compare_run *run,
                                                  const char *allocator)
{
    for (size_t i = 0; i < run->set.count; i++) {
        if (strcmp(run->set.series[i].row[0]->allocator, allocator) == 0) {
            return run->set.series[i].row[0];
        }
    }
    return NULL;
}

const char *compare_run_baseline(const struct compare_run *run)
{
    const char *name = compare_run_fact(run, "baseline");
    return name[0] != '\0' ? name : "glibc";
}

const char *compare_run_fact(const struct compare_run *run, const char *key)
{
    return environment_value(&run->environment, key);
}

/* ---- One run or two ---- */

/* When the first and the last process of a run were started; false when unknown. */
static bool time_span(const struct compare_run *run, uint64_t span[2])
{
    span[0] = UINT64_MAX;
    span[1] = 0;
    for (size_t i = 0; i < run->measurements.count; i++) {
        struct count started = run->measurements.rows[i].started_unix_ns;
        if (!started.known) {
            return false;
        }
        span[0] = started.value < span[0] ? started.value : span[0];
        span[1] = started.value > span[1] ? started.value : span[1];
    }
    return true;
}

/* Whether a fact that both know differs. */
static bool differs(const struct compare_run *one, const struct compare_run *other, const char *key)
{
    const char *a = compare_run_fact(one, key);
    const char *b = compare_run_fact(other, key);
    return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

bool compare_run_same(const struct compare_run *one, const struct compare_run *other)
{
    uint64_t a[2];
    uint64_t b[2];
    if (strcmp(one->file, other->file) == 0) {
        return true;
    }
    const char *name = one->measurements.rows[0].run;
    return name[0] != '\0' && strcmp(name, other->measurements.rows[0].run) == 0 &&
           !differs(one, other, "date_utc") && !differs(one, other, "host") &&
           !differs(one, other, "machine_key") && time_span(one, a) && time_span(other, b) &&
           a[0] <= b[1] && b[0] <= a[1];
}

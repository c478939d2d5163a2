#include "harness/nightly/drift.h"

#include "harness/allocators.h"
#include "harness/statistics/change_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES_MOST  16 /* of a series */
#define SEGMENT_LEAST 3
#define DRIFT_ALPHA   0.05
#define DRIFT_SEED    UINT64_C(20140701) /* fixed: a history has the same changes each time */

/* The series that are searched, without their gaps. */
struct search {
    struct change_series *series;
    struct change_point *points; /* CHANGES_MOST for each */
    size_t *number;              /* of each series in the nights */
    size_t count;
    double *values; /* of all series, one after the other */
    size_t *night;  /* of each value */
    size_t used;
};

static bool is_searched(const struct night_series *series, const struct night_series *only)
{
    return only != NULL ? series == only
                        : series->figure != NULL && series->figure->primary &&
                              strcmp(series->cell.allocator, ALLOCATOR_AGAIN) != 0;
}

/* The difference that the last night was judged by. */
static double delta_of(const struct night_series *series)
{
    double delta = series->count > 0 ? series->points[series->count - 1].delta : NAN;
    return log1p(isfinite(delta) ? delta : VERDICT_DELTA_LEAST);
}

static void add_series(struct search *search, const struct nights *nights, size_t number)
{
    const struct night_series *series = &nights->series[number];
    size_t from = search->used;
    for (size_t i = 0; i < series->count; i++) {
        double value = log(series->points[i].all.ratio);
        if (isfinite(value)) {
            search->values[search->used] = value;
            search->night[search->used++] = series->points[i].night;
        }
    }
    search->number[search->count] = number;
    search->series[search->count] = (struct change_series){
        .values = search->values + from,
        .count = search->used - from,
        .delta = delta_of(series),
        .points = search->points + search->count * CHANGES_MOST,
        .room = CHANGES_MOST,
    };
    search->count++;
}

static bool open_search(struct search *search, const struct nights *nights)
{
    size_t values = 1;
    for (size_t i = 0; i < nights->series_count; i++) {
        values += nights->series[i].count;
    }
    search->series = calloc(nights->series_count + 1, sizeof *search->series);
    search->points = calloc((nights->series_count + 1) * CHANGES_MOST, sizeof *search->points);
    search->number = calloc(nights->series_count + 1, sizeof *search->number);
    search->values = calloc(values, sizeof *search->values);
    search->night = calloc(values, sizeof *search->night);
    return search->series != NULL && search->points != NULL && search->number != NULL &&
           search->values != NULL && search->night != NULL;
}

static void close_search(struct search *search)
{
    free(search->series);
    free(search->points);
    free(search->number);
    free(search->values);
    free(search->night);
}

/* Keeps the changes of one series, which the statistics number by the series' values. */
static void keep(const struct search *search, size_t index, struct drift *drift)
{
    const struct change_series *series = &search->series[index];
    const size_t *night = search->night + (series->values - search->values);
    size_t found = series->found < series->room ? series->found : series->room;
    for (size_t i = 0; i < found; i++) {
        drift->changes[drift->count++] = (struct drift_change){
            .series = search->number[index],
            .night = night[series->points[i].at],
            .before = exp(series->points[i].before),
            .after = exp(series->points[i].after),
            .p =
                series->p_adjusted > series->points[i].p ? series->p_adjusted : series->points[i].p,
        };
    }
}

static bool search_all(struct search *search, struct drift *drift)
{
    const struct change_search how = {
        SEGMENT_LEAST, log1p(VERDICT_DELTA_LEAST), DRIFT_ALPHA, DRIFT_SEED};
    size_t total = 0;
    if (!change_points_judge(search->series, search->count, &how)) {
        return false;
    }
    for (size_t i = 0; i < search->count; i++) {
        total += search->series[i].found;
    }
    drift->changes = calloc(total + 1, sizeof *drift->changes);
    for (size_t i = 0; drift->changes != NULL && i < search->count; i++) {
        keep(search, i, drift);
    }
    return drift->changes != NULL;
}

bool drift_find(const struct nights *nights,
                const struct night_series *only,
                struct drift *drift,
                struct error *error)
{
    *drift = (struct drift){0};
    struct search search = {0};
    bool ok = open_search(&search, nights);
    for (size_t i = 0; ok && i < nights->series_count; i++) {
        if (is_searched(&nights->series[i], only)) {
            add_series(&search, nights, i);
        }
    }
    ok = ok && search_all(&search, drift);
    close_search(&search);
    return ok || error_set(error, "cannot search the history for changes: out of memory");
}

void drift_free(struct drift *drift)
{
    free(drift->changes);
    *drift = (struct drift){0};
}

const struct drift_change *drift_last(const struct drift *drift, size_t series, size_t night)
{
    const struct drift_change *last = NULL;
    for (size_t i = 0; i < drift->count; i++) {
        if (drift->changes[i].series == series && drift->changes[i].night <= night) {
            last = &drift->changes[i];
        }
    }
    return last;
}

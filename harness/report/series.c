#include "harness/report/series.h"

#include "harness/statistics/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Counts of one program and stream agree but for what it asks of the system (addresses, the time). */
#define COUNT_SPREAD_MOST (VERDICT_DELTA_LEAST / 2)

/* ---- The order of names ---- */

/* A name of a comma-separated list and its place there; it is not ended by a zero byte. */
struct name {
    const char *text;
    size_t length;
    size_t place;
};

struct names {
    struct name *item; /* sorted */
    size_t count;
};

static int compare_names(const void *one, const void *other)
{
    const struct name *a = one;
    const struct name *b = other;
    int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static bool names_split(struct names *names, const char *list)
{
    size_t most = strlen(list) / 2 + 2;
    *names = (struct names){reallocarray(NULL, most, sizeof *names->item), 0};
    if (names->item == NULL) {
        return false;
    }
    for (const char *at = list; *at != '\0' && names->count < most;) {
        size_t length = strcspn(at, ",");
        names->item[names->count] = (struct name){at, length, names->count};
        names->count++;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    qsort(names->item, names->count, sizeof *names->item, compare_names);
    return true;
}

static size_t names_place(const struct names *names, const char *text)
{
    struct name key = {text, strlen(text), 0};
    const struct name *found =
        bsearch(&key, names->item, names->count, sizeof *names->item, compare_names);
    return found != NULL ? found->place : names->count;
}

/* ---- Grouping ---- */

struct placed {
    const struct measurements_row *row;
    size_t workload;
    size_t allocator;
};

static int compare_counts(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare_cells(const struct placed *a, const struct placed *b)
{
    int order = -strcmp(a->row->pass, b->row->pass); /* throughput before memory */
    order = order != 0 ? order : compare_counts(a->workload, b->workload);
    order = order != 0 ? order : strcmp(a->row->workload, b->row->workload);
    order = order != 0 ? order : strcmp(a->row->parameters, b->row->parameters);
    return order != 0 ? order : compare_counts(a->row->threads.value, b->row->threads.value);
}

static int compare_series(const struct placed *a, const struct placed *b)
{
    int order = compare_cells(a, b);
    order = order != 0 ? order : compare_counts(a->allocator, b->allocator);
    return order != 0 ? order : strcmp(a->row->allocator, b->row->allocator);
}

static int compare_rows(const void *one, const void *other)
{
    const struct placed *a = one;
    const struct placed *b = other;
    int order = compare_series(a, b);
    return order != 0 ? order : compare_counts(a->row->block.value, b->row->block.value);
}

/* The counted rows in order; returns how many. */
static size_t place_rows(struct placed *placed,
                         const struct measurements_table *table,
                         const struct names *workloads,
                         const struct names *allocators)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct measurements_row *row = &table->rows[i];
        if (row->warm_up.value == 0) {
            placed[count++] = (struct placed){row,
                                              names_place(workloads, row->workload),
                                              names_place(allocators, row->allocator)};
        }
    }
    qsort(placed, count, sizeof *placed, compare_rows);
    return count;
}

static bool is_ok(const struct measurements_row *row)
{
    return strcmp(row->status, "ok") == 0;
}

/* A row's source of instructions, against those before it in the series. */
static bool is_of_another_source(const struct series *series, const struct measurements_row *row)
{
    for (size_t i = 0; i < series->count; i++) {
        if (is_ok(series->row[i])) {
            return is_ok(row) &&
                   strcmp(series->row[i]->instructions_source, row->instructions_source) != 0;
        }
    }
    return false;
}

static void add_row(struct series *series, const struct measurements_row *row)
{
    series->mixed = series->mixed || is_of_another_source(series, row);
    series->failures += is_ok(row) ? 0 : 1;
    series->count++;
}

static void take_rows(struct series_set *set, const struct placed *placed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        set->row[i] = placed[i].row;
        if (i == 0 || compare_series(&placed[i - 1], &placed[i]) != 0) {
            bool is_first = i == 0 || compare_cells(&placed[i - 1], &placed[i]) != 0;
            size_t group = is_first ? set->count : set->series[set->count - 1].group;
            set->series[set->count++] = (struct series){.row = &set->row[i], .group = group};
        }
        struct series *series = &set->series[set->count - 1];
        add_row(series, placed[i].row);
        set->longest = series->count > set->longest ? series->count : set->longest;
    }
}

bool series_group(struct series_set *set,
                  const struct measurements_table *table,
                  const char *workloads,
                  const char *allocators)
{
    struct names order_of_workloads = {0};
    struct names order_of_allocators = {0};
    *set = (struct series_set){0};
    set->row = reallocarray(NULL, table->count + 1, sizeof(struct measurements_row *));
    set->series = reallocarray(NULL, table->count + 1, sizeof *set->series);
    struct placed *placed = reallocarray(NULL, table->count + 1, sizeof *placed);
    bool ok = set->row != NULL && set->series != NULL && placed != NULL &&
              names_split(&order_of_workloads, workloads) &&
              names_split(&order_of_allocators, allocators);
    if (ok) {
        size_t count = place_rows(placed, table, &order_of_workloads, &order_of_allocators);
        take_rows(set, placed, count);
    } else {
        series_free(set);
    }
    free(order_of_workloads.item);
    free(order_of_allocators.item);
    free(placed);
    return ok;
}

void series_free(struct series_set *set)
{
    free(set->row);
    free(set->series);
    *set = (struct series_set){0};
}

size_t series_group_end(const struct series_set *set, size_t group)
{
    size_t end = group;
    while (end < set->count && set->series[end].group == group) {
        end++;
    }
    return end;
}

const struct series *
series_of_allocator(const struct series_set *set, size_t group, const char *allocator)
{
    for (size_t i = group; i < set->count && set->series[i].group == group; i++) {
        if (strcmp(set->series[i].row[0]->allocator, allocator) == 0) {
            return &set->series[i];
        }
    }
    return NULL;
}

/* ---- Values ---- */

/* The figure of a row, NAN when it is not ok or does not have it. */
static double value_of(const struct measurements_row *row, const struct column *figure)
{
    return is_ok(row) ? table_number(row, figure) : NAN;
}

size_t series_values(const struct series *series, const struct column *figure, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < series->count && !series->mixed; i++) {
        double value = value_of(series->row[i], figure);
        if (isfinite(value)) {
            values[count++] = value;
        }
    }
    return count;
}

/* Whether two rows were counted by the same means; figures that are no counts of instructions have
 * no source in either. */
static bool same_source(const struct measurements_row *a, const struct measurements_row *b)
{
    return strcmp(a->instructions_source, b->instructions_source) == 0;
}

/* ln(value / base's value), NAN unless both are there, at least 0 and from the same source. */
static double log_ratio(const struct measurements_row *row,
                        const struct measurements_row *base,
                        const struct column *figure)
{
    double value = value_of(row, figure);
    double under = value_of(base, figure);
    bool is_known = isfinite(value) && isfinite(under) && value >= 0 && under >= 0;
    if (!is_known || !same_source(row, base)) {
        return NAN;
    }
    return value == under ? 0 : log(value) - log(under); /* log(0) is -infinity */
}

size_t series_log_ratios(const struct series *series,
                         const struct series *base,
                         const struct column *figure,
                         double *log_ratios,
                         uint64_t *blocks)
{
    size_t count = 0;
    size_t end = series->mixed || base->mixed ? 0 : series->count;
    size_t b = 0;
    for (size_t a = 0; a < end; a++) {
        uint64_t block = series->row[a]->block.value;
        while (b < base->count && base->row[b]->block.value < block) {
            b++;
        }
        bool is_pair = b < base->count && base->row[b]->block.value == block;
        double ratio = is_pair ? log_ratio(series->row[a], base->row[b], figure) : NAN;
        if (isnan(ratio)) {
            continue;
        }
        if (blocks != NULL) {
            blocks[count] = block;
        }
        log_ratios[count++] = ratio;
    }
    return count;
}

bool series_count_bounds(const struct series *series, const struct column *figure, double bounds[2])
{
    const struct measurements_row *like = series->row[0];
    size_t count = 0;
    bounds[0] = NAN;
    bounds[1] = NAN;
    if (strcmp(like->pass, "instructions") != 0 || like->threads.value != 1 || series->mixed) {
        return false;
    }
    for (size_t i = 0; i < series->count; i++) {
        double value = value_of(series->row[i], figure);
        if (isfinite(value)) {
            bounds[0] = fmin(bounds[0], value);
            bounds[1] = fmax(bounds[1], value);
            count++;
        }
    }
    return count >= 2 && bounds[0] > 0 && bounds[1] / bounds[0] - 1 < COUNT_SPREAD_MOST;
}

#include "harness/report/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What qsort's comparison needs; a run is summarised by one thread. */
static const char *order_of_workloads;
static const char *order_of_allocators;

/* Place of a name in a comma-separated list. */
static size_t place_in(const char *list, const char *name)
{
    size_t length = strlen(name);
    size_t place = 0;
    for (const char *at = list; *at != '\0'; place++) {
        size_t word = strcspn(at, ",");
        if (word == length && strncmp(at, name, length) == 0) {
            return place;
        }
        at += word + (at[word] == ',' ? 1 : 0);
    }
    return place;
}

static int compare_in_list(const char *list, const char *one, const char *other)
{
    size_t a = place_in(list, one);
    size_t b = place_in(list, other);
    return a != b ? (a > b) - (a < b) : strcmp(one, other);
}

static int compare_counts(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare_cells(const struct measurements_row *a, const struct measurements_row *b)
{
    int order = -strcmp(a->pass, b->pass); /* throughput before memory */
    order = order != 0 ? order : compare_in_list(order_of_workloads, a->workload, b->workload);
    order = order != 0 ? order : strcmp(a->parameters, b->parameters);
    return order != 0 ? order : compare_counts(a->threads.value, b->threads.value);
}

static int compare_rows(const void *one, const void *other)
{
    const struct measurements_row *a = *(const struct measurements_row *const *)one;
    const struct measurements_row *b = *(const struct measurements_row *const *)other;
    int order = compare_cells(a, b);
    order = order != 0 ? order : compare_in_list(order_of_allocators, a->allocator, b->allocator);
    return order != 0 ? order : compare_counts(a->block.value, b->block.value);
}

bool series_same_cell(const struct series *one, const struct series *other)
{
    return compare_cells(one->row[0], other->row[0]) == 0;
}

static bool same_series(const struct measurements_row *a, const struct measurements_row *b)
{
    return compare_cells(a, b) == 0 && strcmp(a->allocator, b->allocator) == 0;
}

bool series_group(struct series_set *set,
                  const struct measurements_table *table,
                  const char *workloads,
                  const char *allocators)
{
    *set = (struct series_set){0};
    set->row = reallocarray(NULL, table->count + 1, sizeof(struct measurements_row *));
    set->series = reallocarray(NULL, table->count + 1, sizeof *set->series);
    if (set->row == NULL || set->series == NULL) {
        series_free(set);
        return false;
    }
    size_t rows = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].warm_up.value == 0) {
            set->row[rows++] = &table->rows[i];
        }
    }
    order_of_workloads = workloads;
    order_of_allocators = allocators;
    qsort(set->row, rows, sizeof(struct measurements_row *), compare_rows);
    for (size_t i = 0; i < rows; i++) {
        if (i == 0 || !same_series(set->row[i - 1], set->row[i])) {
            set->series[set->count++] = (struct series){&set->row[i], 0, 0};
        }
        struct series *series = &set->series[set->count - 1];
        series->count++;
        series->failures += strcmp(set->row[i]->status, "ok") != 0 ? 1 : 0;
    }
    return true;
}

void series_free(struct series_set *set)
{
    free(set->row);
    free(set->series);
    *set = (struct series_set){0};
}

const struct series *
series_of_allocator(const struct series_set *set, const struct series *like, const char *allocator)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->series[i].row[0]->allocator, allocator) == 0 &&
            series_same_cell(&set->series[i], like)) {
            return &set->series[i];
        }
    }
    return NULL;
}

double series_value(const struct series *series, uint64_t block, const struct column *figure)
{
    for (size_t i = 0; i < series->count; i++) {
        if (series->row[i]->block.value == block) {
            return strcmp(series->row[i]->status, "ok") == 0 ? table_number(series->row[i], figure)
                                                             : NAN;
        }
    }
    return NAN;
}

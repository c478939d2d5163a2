/* The rows of measurements.csv grouped into series: one for each cell, its counted blocks in order. */
#ifndef HARNESS_REPORT_SERIES_H
#define HARNESS_REPORT_SERIES_H

#include "harness/report/table.h"

/* The rows [first, first + count) of series_set.row belong to one cell: the same pass, workload,
 * parameters, threads and allocator; blocks ascending, warm-up left out. */
struct series {
    const struct measurements_row *const *row;
    size_t count;
    size_t failures; /* rows whose status is not ok */
};

struct series_set {
    const struct measurements_row **row;
    struct series *series;
    size_t count;
};

/* Groups the rows; series stand by pass, then workload, threads and allocator in the order of the
 * comma-separated lists (names not listed come last, by name). False when memory is out. Released
 * with series_free; the rows stay the table's. */
bool series_group(struct series_set *set,
                  const struct measurements_table *table,
                  const char *workloads,
                  const char *allocators);
void series_free(struct series_set *set);

/* The series of the same cell under another allocator; NULL when there is none. */
const struct series *
series_of_allocator(const struct series_set *set, const struct series *like, const char *allocator);

/* Whether two series differ in the allocator at most. */
bool series_same_cell(const struct series *one, const struct series *other);

/* The figure in the row of that block, NAN when the row is missing, not ok, or does not have it. */
double series_value(const struct series *series, uint64_t block, const struct column *figure);

#endif

/* The rows of measurements.csv grouped into series: one for each cell, its counted blocks in order. */
#ifndef HARNESS_REPORT_SERIES_H
#define HARNESS_REPORT_SERIES_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rows [first, first + count) of series_set.row belong to one cell: the same pass, workload,
 * parameters, threads and allocator; blocks ascending, warm-up left out. */
struct series {
    const struct measurements_row *const *row;
    size_t count;
    size_t failures; /* rows whose status is not ok */
    size_t group;    /* index of the first series that differs in the allocator at most */
    bool mixed;      /* its instructions were counted by more than one source */
};

struct series_set {
    const struct measurements_row **row;
    struct series *series;
    size_t count;
    size_t longest; /* the most rows of a series */
};

/* Groups the rows, of which void attempts were dropped (attempts.h); series stand by pass, then
 * workload, parameters, threads and allocator, names in the order of the comma-separated lists (those
 * not listed come last, by name). False when memory is out. Released with series_free; the rows stay
 * the table's. */
bool series_group(struct series_set *set,
                  const struct measurements_table *table,
                  const char *workloads,
                  const char *allocators);
void series_free(struct series_set *set);

/* The series under an allocator that belongs to a group; NULL when there is none. */
const struct series *
series_of_allocator(const struct series_set *set, size_t group, const char *allocator);

/* The index behind the last series of a group: where the next group begins. */
size_t series_group_end(const struct series_set *set, size_t group);

/* The finite values of a figure in a series' rows that are ok, in the order of the blocks. Returns
 * how many, 0 for a mixed series; there must be room for series->count. */
size_t series_values(const struct series *series, const struct column *figure, double *values);

/* ln(value / base's value) of a figure for each block in which both are there; negative values have
 * none. A 0 is not left out, for what is missing would depend on the outcome: against a value it is
 * -infinity, a value against it infinity, and two of them are equal. `blocks` (or NULL) receives the
 * numbers of the blocks. Returns how many; there must be room for series->count. Counts of
 * instructions from different sources are never set in relation. */
size_t series_log_ratios(const struct series *series,
                         const struct series *base,
                         const struct column *figure,
                         double *log_ratios,
                         uint64_t *blocks);

/* Whether the figure is a count that hardly varies: instructions of one thread, within 1 % in all of
 * at least two blocks (one alone could not show it). `bounds` receives the least and the most. Two such
 * series are compared by their extremes, without a test: there is no chance to test for. */
bool series_count_bounds(const struct series *series,
                         const struct column *figure,
                         double bounds[2]);

#endif

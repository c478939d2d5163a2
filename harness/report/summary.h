/* measurements.csv to summary.csv: medians over the counted blocks with their exact intervals, ratios
 * to the baseline's value in the same block, and verdicts on them (harness/statistics/verdict.h).
 *
 * A family, the comparisons that one correction covers, is a figure over all cells of all contestants;
 * the geometric means of a figure are another. The floor is measured against the baseline without a
 * verdict. So is the baseline's second cell: with its ratio, interval and p it tells how far the
 * procedure strays where there is no difference, and its width sets the others' delta. */
#ifndef HARNESS_REPORT_SUMMARY_H
#define HARNESS_REPORT_SUMMARY_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>

/* Name of the workload under which the geometric means over the workloads stand. */
#define SUMMARY_GEOMEAN "(geomean)"

/* The rows of a summary.csv; released with summary_rows_free. */
struct summary_rows {
    struct summary_row *rows;
    size_t count;
    size_t room;
};

/* Summarises measurements of which void attempts were dropped (attempts.h), with the keys allocators,
 * workloads and baseline of the environment: the order of rows and what ratios relate to. The rows'
 * texts are those of the tables. */
bool summary_make(const struct measurements_table *measurements,
                  const struct environment_table *environment,
                  struct summary_rows *summary,
                  struct error *error);
void summary_rows_free(struct summary_rows *summary);

/* Reads measurements.csv and environment.csv of a run's folder and writes summary.csv there,
 * replacing an older one only when the new one is whole. */
bool summary_write(const char *run_folder, struct error *error);

/* The value of a key of environment.csv, or "". */
const char *environment_value(const struct environment_table *table, const char *key);

/* `folder`/`file` in a buffer of PATH_MAX bytes; the buffer is returned. */
char *run_path(char *buffer, const char *folder, const char *file);

#endif

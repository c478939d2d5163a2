/* measurements.csv to summary.csv: medians over the counted blocks with their exact intervals, and
 * ratios to the baseline's value in the same block. */
#ifndef HARNESS_REPORT_SUMMARY_H
#define HARNESS_REPORT_SUMMARY_H

#include "harness/error.h"
#include "harness/report/table.h"

/* Name of the workload under which the geometric means over the workloads stand. */
#define SUMMARY_GEOMEAN "(geomean)"

/* Reads measurements.csv and environment.csv (keys allocators, workloads, baseline: the order of
 * rows and what ratios relate to) of a run's folder and writes summary.csv there, replacing an
 * older one only when the new one is whole. */
bool summary_write(const char *run_folder, struct error *error);

/* The value of a key of environment.csv, or "". */
const char *environment_value(const struct environment_table *table, const char *key);

/* `folder`/`file` in a buffer of PATH_MAX bytes; the buffer is returned. */
char *run_path(char *buffer, const char *folder, const char *file);

#endif

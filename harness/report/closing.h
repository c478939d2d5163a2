/* The closing table of a run, on a terminal or as plain text: a row for each workload, a column for
 * each allocator, the best in bold, failures named, and what it all comes to. */
#ifndef HARNESS_REPORT_CLOSING_H
#define HARNESS_REPORT_CLOSING_H

#include "harness/error.h"

#include <stdio.h>

/* Prints from summary.csv and environment.csv of the run's folder. */
bool closing_print(const char *run_folder, FILE *out, struct error *error);

#endif

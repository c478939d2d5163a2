/* Whether a file of measurements can be compared at all; run.c calls these while it opens one. */
#ifndef HARNESS_COMPARE_RUN_CHECK_H
#define HARNESS_COMPARE_RUN_CHECK_H

#include "harness/compare/run.h"

/* Rows as they were read: there are some, at most one was torn, and none lacks what says where it
 * belongs. */
bool compare_run_check_rows(const struct compare_run *run, struct error *error);

/* The series: one row for each cell and block. Two would count twice. */
bool compare_run_check_twins(const struct compare_run *run, struct error *error);

#endif

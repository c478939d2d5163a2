/* The page of a run: one self-contained HTML file that says in words what was found, then shows
 * the tables, the charts and what is needed to judge and repeat them. */
#ifndef HARNESS_REPORT_PAGE_H
#define HARNESS_REPORT_PAGE_H

#include "harness/error.h"

#include <stdbool.h>

/* Writes `run_folder`/report.html from its summary.csv, measurements.csv and environment.csv and
 * the charts in `run_folder`/plots (those that are there; the rest is left out). An older page is
 * replaced only when the new one is whole. */
bool page_write(const char *run_folder, struct error *error);

#endif

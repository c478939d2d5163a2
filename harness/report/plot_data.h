/* What charts read where a run's last line is torn: gnuplot reads CSV itself and would take half a row
 * for a whole one.
 *
 * Not a reader: rows elsewhere come from table.h, which drops a torn line by itself. Not thread-safe. */
#ifndef HARNESS_REPORT_PLOT_DATA_H
#define HARNESS_REPORT_PLOT_DATA_H

#include "harness/error.h"

#include <stdbool.h>

/* Fills `folder`, which lies in the run's folder, with the run's CSV files when the last line of one is
 * torn: that file as a copy without the line, the others as links. Where none is torn it adds nothing,
 * and the run's own folder is what charts read. Sets *torn to whether it did. What it adds is removed
 * with plot_data_remove, also after a failure. */
bool plot_data_fill(const char *run_folder, const char *folder, bool *torn, struct error *error);
void plot_data_remove(const char *folder);

#endif

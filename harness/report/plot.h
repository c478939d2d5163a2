/* Drawing the charts of a run: gnuplot runs every script of the plots folder over the run's CSV
 * files. Which charts there are is known to that folder alone. */
#ifndef HARNESS_REPORT_PLOT_H
#define HARNESS_REPORT_PLOT_H

#include "harness/error.h"

#include <stdbool.h>

/* Draws all charts of `run_folder` (which holds summary.csv) by the scripts NAME.gp in
 * `plots_folder` (except theme.gp, which they load) into `run_folder`/plots as SVG, PNG and PDF.
 *
 * A chart that the run has nothing for leaves no file. Charts are drawn into a temporary folder
 * beside and moved in by rename when all are whole: after a failure the earlier ones stand as they
 * were. Fails when gnuplot is missing, a script fails, or the folder cannot be written. */
bool plot_run(const char *run_folder, const char *plots_folder, struct error *error);

#endif

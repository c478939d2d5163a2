/* A cell's nights as a chart: series.csv and what plots/history/cell.gp draws from it. */
#ifndef HARNESS_NIGHTLY_CHART_H
#define HARNESS_NIGHTLY_CHART_H

#include "harness/error.h"
#include "harness/nightly/drift.h"
#include "harness/nightly/nights.h"

#include <stdbool.h>

/* Writes series.csv and history.svg, .png and .pdf into the folder, which is made when it is not
 * there; earlier ones are replaced. `drift` holds the changes of this series alone. */
bool chart_write(const struct nights *nights,
                 const struct night_series *series,
                 const struct drift *drift,
                 const char *folder,
                 struct error *error);

#endif

/* Delta, the share below which a difference is none (harness/statistics/verdict.h), from the noise of
 * the baseline against itself: one rule for summaries and comparisons of runs. */
#ifndef HARNESS_REPORT_DELTA_H
#define HARNESS_REPORT_DELTA_H

#include "harness/report/judged.h"
#include "harness/report/series.h"

/* Where the baseline has no second cell: infinite, as its noise is not known; the least for
 * instructions, which are counted and not timed. */
double delta_without(const char *pass);

/* Of a figure in the cell whose baseline and whose second cell of it are given; either may be NULL.
 * `room` must hold again->count values. */
double delta_of_cell(const struct series *again,
                     const struct series *base,
                     const struct judged_figure *figure,
                     double *room);

#endif

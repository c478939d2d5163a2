/* Drift: where the series of a history changed their level. It localises and never gates.
 *
 * The change points of each series of a primary figure (statistics/change_points.h) over the logs of
 * the nights' ratios to the pinned baseline, judged as one family (Benjamini and Hochberg), with steps
 * of the night's delta at least. */
#ifndef HARNESS_NIGHTLY_DRIFT_H
#define HARNESS_NIGHTLY_DRIFT_H

#include "harness/error.h"
#include "harness/nightly/nights.h"

#include <stdbool.h>
#include <stddef.h>

struct drift_change {
    size_t series; /* number in the nights */
    size_t night;  /* the first of the new level */
    double before; /* ratio: median of the segment before */
    double after;
    double p; /* by permutation, adjusted over the series */
};

struct drift {
    struct drift_change *changes; /* by series, then night */
    size_t count;
};

/* Searches the series of candidates and primary figures, or with `only` that one series alone, of
 * whatever figure. Ends with drift_free, also after a failure. */
bool drift_find(const struct nights *nights,
                const struct night_series *only,
                struct drift *drift,
                struct error *error);
void drift_free(struct drift *drift);

/* The last change of a series at or before a night; NULL when it has none. */
const struct drift_change *drift_last(const struct drift *drift, size_t series, size_t night);

#endif

/* A series as a line of block characters. */
#ifndef HARNESS_NIGHTLY_SPARKLINE_H
#define HARNESS_NIGHTLY_SPARKLINE_H

#include "harness/nightly/nights.h"

#define SPARKLINE_NIGHTS_MOST 64
#define SPARKLINE_BYTES       (3 * SPARKLINE_NIGHTS_MOST + 1)

/* Draws `count` values in UTF-8, one column each; NAN is a dot. Their range is at least `span_least`,
 * so that noise does not look like drama. */
void sparkline_draw(const double *values,
                    size_t count,
                    double span_least,
                    char line[SPARKLINE_BYTES]);

/* The last `nights_most` nights of a series up to and with `night`: its ratios. Nights without a
 * value and days without a night are dots. Returns how many columns it has. */
size_t sparkline_of(const struct nights *nights,
                    const struct night_series *series,
                    size_t night,
                    size_t nights_most,
                    char line[SPARKLINE_BYTES]);

#endif

/* The interval of a geometric mean over cells, by resampling whole blocks (Kalibera and Jones 2013):
 * percentiles, corrected for bias (Davison and Hinkley, Bootstrap Methods, 2.2 and 5.3) and widened for
 * few blocks (Hesterberg 2015, "What Teachers Should Know About the Bootstrap"). Blocks, not values:
 * what a block has in common moves all its cells together. */
#ifndef HARNESS_STATISTICS_RESAMPLE_H
#define HARNESS_STATISTICS_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct geomean {
    double ratio;     /* exp of the mean over cells of the median over blocks */
    double low, high; /* at CONFIDENCE; NAN below 6 blocks */
};

/* `log_ratios[cell * blocks + block]`, NAN where a block lacks a cell (it is then resampled without
 * it; a cell without any value makes all NAN). The same seed gives the same interval. False when
 * memory is out. */
bool resample_geomean(
    const double *log_ratios, size_t cells, size_t blocks, uint64_t seed, struct geomean *result);

#endif

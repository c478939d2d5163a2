/* Medians and their exact intervals.
 *
 * The sign interval of a median: between the k-th smallest and the k-th largest of n values, with
 * coverage 1 - 2 P(B <= k-1), B binomial(n, 1/2), whatever the distribution of the values (Conover,
 * Practical Nonparametric Statistics, 3.2). At 95 % it exists from n = 6 on. */
#ifndef HARNESS_STATISTICS_INTERVAL_H
#define HARNESS_STATISTICS_INTERVAL_H

#include <stddef.h>

#define CONFIDENCE 0.95

struct estimate {
    size_t count;
    double median;     /* NAN when count is 0 */
    double low, high;  /* NAN when count is too small for the confidence */
    double confidence; /* the interval's coverage, at least CONFIDENCE; NAN likewise */
};

/* Estimates the median of `count` values, which it sorts. They may be infinite, not NAN; the median is NAN
 * where it lies between both infinities. */
struct estimate estimate_median(double *values, size_t count);

/* The largest k >= 1 whose interval covers at least `confidence`, 0 when none does; `coverage`
 * receives what it covers. */
size_t sign_interval_rank(size_t count, double confidence, double *coverage);

#endif

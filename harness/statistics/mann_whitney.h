/* Two samples that are not paired: the Mann-Whitney test and the Hodges-Lehmann shift with the
 * interval that belongs to it (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 4.1
 * to 4.3). As R's wilcox.test(a, b, conf.int = TRUE): exact below 50 values without ties, else by the
 * normal distribution with correction for ties and continuity. */
#ifndef HARNESS_STATISTICS_MANN_WHITNEY_H
#define HARNESS_STATISTICS_MANN_WHITNEY_H

#include <stdbool.h>
#include <stddef.h>

struct shift {
    double w;         /* R's W: pairs with a > b, ties half */
    double p;         /* two-sided */
    double shift;     /* median of all a - b */
    double low, high; /* at CONFIDENCE; NAN when the samples are too small */
};

/* False when memory is out. Values may be infinite, which counts as their rank does, but not NAN; an empty sample gives NAN everywhere. */
bool mann_whitney(
    const double *a, size_t a_count, const double *b, size_t b_count, struct shift *result);

#endif

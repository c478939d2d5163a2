#include "harness/statistics/interval.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

size_t sign_interval_rank(size_t count, double confidence, double *coverage)
{
    double n = (double)count;
    double tail = 0; /* P(B <= k-1) */
    size_t rank = 0;
    *coverage = NAN;
    for (size_t k = 1; k <= count / 2; k++) {
        double i = (double)(k - 1);
        tail += exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) - n * M_LN2);
        if (1 - 2 * tail < confidence) {
            break;
        }
        rank = k;
        *coverage = 1 - 2 * tail;
    }
    return rank;
}

struct estimate estimate_median(double *values, size_t count)
{
    struct estimate estimate = {count, NAN, NAN, NAN, NAN};
    if (count == 0) {
        return estimate;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    estimate.median =
        count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    size_t rank = sign_interval_rank(count, CONFIDENCE, &estimate.confidence);
    if (rank > 0) {
        estimate.low = values[rank - 1];
        estimate.high = values[count - rank];
    }
    return estimate;
}

#include "harness/statistics/sign_test.h"

#include <math.h>

double sign_test_p(size_t below, size_t above)
{
    if (below == above) {
        return 1;
    }
    size_t least = below < above ? below : above;
    double n = (double)(below + above);
    double k = (double)least;
    /* P(B = k), then downwards relative to it: the sum cannot underflow before its largest term. */
    double term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * M_LN2);
    double relative = 1;
    double sum = 1;
    for (size_t i = least; i > 0 && relative > sum * 1e-17; i--) {
        relative *= (double)i / (n - (double)i + 1);
        sum += relative;
    }
    return fmin(1, 2 * term * sum);
}

#include "harness/statistics/effect.h"

#include <math.h>

double effect_a12(const double *a, size_t a_count, const double *b, size_t b_count)
{
    if (a_count == 0 || b_count == 0) {
        return NAN;
    }
    size_t halves = 0;
    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++) {
            halves += (size_t)(a[i] > b[j]) + (size_t)(a[i] >= b[j]);
        }
    }
    return (double)halves / 2 / ((double)a_count * (double)b_count);
}

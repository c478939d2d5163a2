/* Effect sizes. */
#ifndef HARNESS_STATISTICS_EFFECT_H
#define HARNESS_STATISTICS_EFFECT_H

#include <stddef.h>

/* Vargha and Delaney 2000: P(a > b) + P(a = b) / 2 over all pairs; NAN when one is empty. */
double effect_a12(const double *a, size_t a_count, const double *b, size_t b_count);

#endif

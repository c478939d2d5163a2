/* The exact sign test (Conover, Practical Nonparametric Statistics, 3.4): zeros are left out. */
#ifndef HARNESS_STATISTICS_SIGN_TEST_H
#define HARNESS_STATISTICS_SIGN_TEST_H

#include <stddef.h>

/* Two-sided p of `below` values under and `above` over the hypothesis, as R's binom.test(below,
 * below + above). 1 when both are 0. */
double sign_test_p(size_t below, size_t above);

#endif

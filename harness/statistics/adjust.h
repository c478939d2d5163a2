/* p-values of many tests, adjusted; as R's p.adjust. */
#ifndef HARNESS_STATISTICS_ADJUST_H
#define HARNESS_STATISTICS_ADJUST_H

#include <stdbool.h>
#include <stddef.h>

/* In place; a NAN stays and is not counted as a test. False when memory is out. */
bool adjust_holm(double *p, size_t count); /* Holm 1979: any false one */
bool adjust_benjamini_hochberg(double *p,
                               size_t count); /* Benjamini and Hochberg 1995: their share */

#endif

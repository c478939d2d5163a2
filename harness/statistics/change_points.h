/* Where a series changes its level: E-divisive splits (Matteson and James 2014) with permutation
 * p-values from a fixed seed. It localises drift over nights; it is no gate. */
#ifndef HARNESS_STATISTICS_CHANGE_POINTS_H
#define HARNESS_STATISTICS_CHANGE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_search {
    size_t segment_least; /* values on each side of a split, at least 3 */
    double delta;         /* a change of medians below this (log ratio) is none */
    double alpha;         /* of a split, before adjustment over series */
    uint64_t seed;
};

struct change_point {
    size_t at;     /* index of the first value of the new level */
    double before; /* median of the segment before */
    double after;  /* and of the one from `at` on */
    double p;      /* of the split, by permutation */
};

/* Finds the change points of `count` finite values in order of time, ascending; at most `room` are
 * stored. Returns how many, or SIZE_MAX when memory is out. */
size_t change_points_find(const double *values,
                          size_t count,
                          const struct change_search *search,
                          struct change_point *found,
                          size_t room);

#endif

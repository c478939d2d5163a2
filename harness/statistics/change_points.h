/* Where series change their level: E-divisive splits (Matteson and James 2014) with permutation
 * p-values from a fixed seed, the best split of the whole series first, then of each part. It localises
 * drift over nights; it is no gate.
 *
 * Several series are judged together: over the p-values of their first splits Benjamini and Hochberg's
 * procedure holds the share of false series at alpha. The number of permutations follows from the
 * family, as a p-value that must be below alpha / 500 needs more of them than one below alpha: series
 * judged one by one and adjusted afterwards would never pass. */
#ifndef HARNESS_STATISTICS_CHANGE_POINTS_H
#define HARNESS_STATISTICS_CHANGE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_search {
    size_t segment_least; /* values on each side of a split, at least 3 */
    double delta;         /* a change of medians below this (log ratio) is none */
    double alpha;         /* of the family of series; of a series that is searched alone */
    uint64_t seed;
};

struct change_point {
    size_t at;     /* index of the first value of the new level */
    double before; /* median of the segment before, back to the change point before it */
    double after;  /* and of the one from `at` on */
    double p;      /* of the split, by permutation, not adjusted */
};

struct change_series {
    /* given */
    const double *values; /* finite, in order of time */
    size_t count; /* below two segments nothing is searched, nor is it counted as a series */
    double delta; /* of this series, where it is above the search's */
    struct change_point *points; /* room for `room` of them, by the caller */
    size_t room;
    /* found */
    size_t found;      /* change points, ascending; the first `room` are stored */
    double p;          /* of the first split; NAN when not searched */
    double p_adjusted; /* over the family */
};

/* Judges the series as one family. The same series and seed give the same result. False when memory is
 * out. */
bool change_points_judge(struct change_series *series,
                         size_t count,
                         const struct change_search *search);

/* Judges one series alone: finds the change points of `count` finite values in order of time, ascending;
 * at most `room` are stored. Returns how many there are, or SIZE_MAX when memory is out. */
size_t change_points_find(const double *values,
                          size_t count,
                          const struct change_search *search,
                          struct change_point *found,
                          size_t room);

#endif

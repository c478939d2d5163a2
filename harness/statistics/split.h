/* The best split of a stretch of values in two, and whether chance makes as good a one: the step of
 * E-divisive (Matteson and James 2014, sections 2.2 and 2.4, with exponent 1), which change_points.h
 * repeats. Not for direct use.
 *
 * A split's statistic is the energy distance of what is before and what is after it, times
 * before * after / (before + after): twice the mean distance between the two sides less the mean
 * distances within each. Its p-value is by permutation, drawn in rounds and only as far as needed
 * (Besag and Clifford 1991): after SPLIT_ENOUGH permutations as good, p is their share. */
#ifndef HARNESS_STATISTICS_SPLIT_H
#define HARNESS_STATISTICS_SPLIT_H

#include "workloads/random.h"

#include <stdbool.h>
#include <stddef.h>

#define SPLIT_ENOUGH 10

struct split {
    const double *values;
    size_t count;
    size_t least; /* values on each side */
    size_t at;    /* of the best split: index of the first value after it */
    double statistic;
    size_t drawn;   /* permutations so far */
    size_t as_good; /* of them, at most SPLIT_ENOUGH */
    struct random random;
};

/* Memory for splits of up to `room` values; not shared between threads. */
struct split_work;
struct split_work *split_work_new(size_t room); /* NULL when memory is out */
void split_work_free(struct split_work *work);

/* Finds the best split of `count` >= 2 * least values, least >= 2, which must stay until the last
 * draw. */
struct split split_best(struct split_work *work, const double *values, size_t count, size_t least);

/* Draws permutations until there are `upto` or enough were as good. */
void split_draw(struct split_work *work, struct split *split, size_t upto);

double split_p(const struct split *split);

#endif

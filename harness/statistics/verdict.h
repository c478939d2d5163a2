/* When a difference is a difference: a family of comparisons judged together.
 *
 * One comparison is a candidate against a baseline in one cell: the log ratios of their values, one
 * for each block that both have. Estimate and interval are the median and its sign interval (exact
 * whatever the distribution); the test is the exact sign test, two-sided; Holm's procedure holds the
 * chance of any false `less` or `greater` in the family below alpha. A verdict also needs an effect:
 * differences within 1 ± delta are none (method: README.md of this folder). */
#ifndef HARNESS_STATISTICS_VERDICT_H
#define HARNESS_STATISTICS_VERDICT_H

#include "harness/statistics/interval.h"

#include <stdbool.h>
#include <stddef.h>

#define VERDICT_ALPHA       0.05
#define VERDICT_DELTA_LEAST 0.02 /* nobody is told of differences below 2 % */
#define VERDICT_DELTA_MOST  0.10 /* nor, where the noise hides more than 10 %, that there is none */

enum verdict {
    VERDICT_NONE,       /* no pairs, nothing to judge */
    VERDICT_LESS,       /* of a cost: faster, smaller */
    VERDICT_GREATER,    /* slower, larger */
    VERDICT_EQUIVALENT, /* the whole interval lies within 1 ± delta, at most VERDICT_DELTA_MOST */
    VERDICT_UNRESOLVED
};

struct comparison {
    /* given */
    double *log_ratios; /* ln(value / baseline's value) by block, not NAN; sorted in judging */
    size_t count;
    double delta; /* from verdict_delta, at least VERDICT_DELTA_LEAST; infinite when unknown */
    /* found; NAN where the pairs are too few */
    double ratio;     /* exp of the median */
    double low, high; /* its sign interval, as ratios */
    double confidence;
    double p;
    double p_adjusted;
    enum verdict verdict;
};

/* Judges the comparisons as one family at level alpha: those without pairs are not counted, those with
 * too few for an interval are counted and unresolved. False when memory is out. */
bool verdict_judge(struct comparison *family, size_t count, double alpha);

/* The verdict of one comparison whose count, low, high, p_adjusted and delta are there: for estimates
 * that are not of log ratios by block. */
enum verdict verdict_of(const struct comparison *comparison, double alpha);

/* Delta from the cell of the baseline against itself: the larger of VERDICT_DELTA_LEAST and how far
 * from no difference its interval of log ratios reaches, as a share (e^reach - 1: the larger ratio over
 * the smaller, less 1); infinite when it has none. */
double verdict_delta(const struct estimate *log_ratios_of_baseline_again);

/* Blocks that `comparisons` comparisons need before any can be told from chance: the smallest n with
 * 2^(1-n) <= alpha / comparisons, and at least as many as an interval needs. */
size_t verdict_blocks_needed(size_t comparisons, double alpha);

#endif

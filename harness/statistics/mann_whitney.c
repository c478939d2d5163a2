#include "harness/statistics/mann_whitney.h"

#include "harness/statistics/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_BELOW   50                /* values in either sample, as R has it */
#define NORMAL_BEYOND 1.959963984540054 /* as much of a normal lies outside as CONFIDENCE leaves */

static int compare_doubles(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Sum of t^3 - t over the groups of t equal values; sorts them. */
static double ties(double *values, size_t count)
{
    double sum = 0;
    qsort(values, count, sizeof *values, compare_doubles);
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && values[to] == values[from]) {
            to++;
        }
        double t = (double)(to - from);
        sum += t * t * t - t;
    }
    return sum;
}

/* Standard deviation of W when no difference is there. */
static double deviation(double a_count, double b_count, double tied)
{
    double all = a_count + b_count;
    return sqrt(a_count * b_count / 12 * (all + 1 - tied / (all * (all - 1))));
}

/* P(W <= u) for u = 0 ... most, without ties. The numbers of arrangements with W = u are the
 * coefficients of a Gaussian binomial, the product of (1 - q^(b+i)) / (1 - q^i) over i = 1 ... a, of
 * which only the lowest are needed (Andrews, The Theory of Partitions, 3.2). */
static void distribute(size_t a_count, size_t b_count, size_t most, double *cumulative)
{
    double arrangements = 1;
    memset(cumulative, 0, (most + 1) * sizeof *cumulative);
    cumulative[0] = 1;
    for (size_t i = 1; i <= a_count; i++) {
        arrangements *= (double)(b_count + i) / (double)i;
        for (size_t u = most; u >= b_count + i; u--) {
            cumulative[u] -= cumulative[u - b_count - i];
        }
        for (size_t u = i; u <= most; u++) {
            cumulative[u] += cumulative[u - i];
        }
    }
    double sum = 0;
    for (size_t u = 0; u <= most; u++) {
        sum += cumulative[u];
        cumulative[u] = sum / arrangements;
    }
}

/* The lower bound's place among the sorted differences, counted from 1; 0 when there is none. The upper
 * bound's is the same from the other end. */
static size_t rank_exact(const double *cumulative, size_t most)
{
    size_t rank = 0;
    while (rank <= most && cumulative[rank] < (1 - CONFIDENCE) / 2) {
        rank++;
    }
    return rank;
}

static size_t rank_normal(double pairs, double spread)
{
    double rank = floor(pairs / 2 - 0.5 - NORMAL_BEYOND * spread) + 1;
    return rank < 1 ? 0 : (size_t)rank;
}

static double p_normal(double w, double pairs, double spread)
{
    double away = fabs(w - pairs / 2);
    double corrected = away > 0 ? away - 0.5 : 0;
    return spread > 0 ? fmin(1, erfc(corrected / spread * M_SQRT1_2)) : 1;
}

/* All a - b in ascending order; gives W. */
static double
differ(const double *a, size_t a_count, const double *b, size_t b_count, double *differences)
{
    double w = 0;
    for (size_t i = 0; i < a_count * b_count; i++) {
        /* equal infinities are ties, too */
        double difference = a[i / b_count] == b[i % b_count] ? 0 : a[i / b_count] - b[i % b_count];
        w += difference > 0 ? 1 : 0;
        w += difference == 0 ? 0.5 : 0;
        differences[i] = difference;
    }
    qsort(differences, a_count * b_count, sizeof *differences, compare_doubles);
    return w;
}

struct work {
    double *differences;
    double *cumulative;
    double *values; /* both samples, a first */
};

/* W has been found; finds p and gives the rank of the bounds. */
static size_t judge(size_t a_count, size_t b_count, struct work *work, struct shift *result)
{
    size_t pairs = a_count * b_count;
    /* Ties within a sample stay whatever the shift: the interval's deviation knows only them. */
    double within = ties(work->values, a_count) + ties(work->values + a_count, b_count);
    double tied = ties(work->values, a_count + b_count);
    if (tied == 0 && a_count < EXACT_BELOW && b_count < EXACT_BELOW) {
        distribute(a_count, b_count, pairs / 2, work->cumulative);
        size_t tail = (size_t)fmin(result->w, (double)pairs - result->w);
        result->p = fmin(1, 2 * work->cumulative[tail]);
        return rank_exact(work->cumulative, pairs / 2);
    }
    double a = (double)a_count;
    double b = (double)b_count;
    result->p = p_normal(result->w, a * b, deviation(a, b, tied));
    return rank_normal(a * b, deviation(a, b, within));
}

bool mann_whitney(
    const double *a, size_t a_count, const double *b, size_t b_count, struct shift *result)
{
    *result = (struct shift){NAN, NAN, NAN, NAN, NAN};
    if (a_count == 0 || b_count == 0) {
        return true;
    }
    size_t pairs = a_count * b_count;
    struct work work = {calloc(pairs, sizeof(double)),
                        calloc(pairs / 2 + 1, sizeof(double)),
                        calloc(a_count + b_count, sizeof(double))};
    bool room = work.differences != NULL && work.cumulative != NULL && work.values != NULL;
    if (room) {
        memcpy(work.values, a, a_count * sizeof *a);
        memcpy(work.values + a_count, b, b_count * sizeof *b);
        result->w = differ(a, a_count, b, b_count, work.differences);
        result->shift = (work.differences[(pairs - 1) / 2] + work.differences[pairs / 2]) / 2;
        size_t rank = judge(a_count, b_count, &work, result);
        if (rank > 0) {
            result->low = work.differences[rank - 1];
            result->high = work.differences[pairs - rank];
        }
    }
    free(work.differences);
    free(work.cumulative);
    free(work.values);
    return room;
}

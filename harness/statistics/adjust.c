#include "harness/statistics/adjust.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
    double p;
    size_t index;
};

static int compare_ranked(const void *one, const void *other)
{
    const struct ranked *a = one;
    const struct ranked *b = other;
    return (a->p > b->p) - (a->p < b->p);
}

/* The p-values there are, ascending, in memory that the caller frees; NULL when memory is out. */
static struct ranked *rank_tests(const double *p, size_t count, size_t *tests)
{
    struct ranked *ranked = malloc((count + 1) * sizeof *ranked);
    if (ranked == NULL) {
        return NULL;
    }
    *tests = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(p[i])) {
            ranked[(*tests)++] = (struct ranked){p[i], i};
        }
    }
    qsort(ranked, *tests, sizeof *ranked, compare_ranked);
    return ranked;
}

bool adjust_holm(double *p, size_t count)
{
    size_t tests = 0;
    struct ranked *ranked = rank_tests(p, count, &tests);
    if (ranked == NULL) {
        return false;
    }
    double largest = 0;
    for (size_t i = 0; i < tests; i++) {
        largest = fmax(largest, fmin(1, ranked[i].p * (double)(tests - i)));
        p[ranked[i].index] = largest;
    }
    free(ranked);
    return true;
}

bool adjust_benjamini_hochberg(double *p, size_t count)
{
    size_t tests = 0;
    struct ranked *ranked = rank_tests(p, count, &tests);
    if (ranked == NULL) {
        return false;
    }
    double least = 1;
    for (size_t i = tests; i > 0; i--) {
        least = fmin(least, ranked[i - 1].p * (double)tests / (double)i);
        p[ranked[i - 1].index] = least;
    }
    free(ranked);
    return true;
}

#include "harness/statistics/verdict.h"

#include "harness/statistics/adjust.h"
#include "harness/statistics/sign_test.h"

#include <math.h>
#include <stdlib.h>

static double sign_p(const double *log_ratios, size_t count)
{
    size_t below = 0;
    size_t above = 0;
    for (size_t i = 0; i < count; i++) {
        below += log_ratios[i] < 0;
        above += log_ratios[i] > 0;
    }
    return sign_test_p(below, above);
}

static void describe(struct comparison *comparison)
{
    struct estimate estimate = estimate_median(comparison->log_ratios, comparison->count);
    comparison->ratio = exp(estimate.median);
    comparison->low = exp(estimate.low);
    comparison->high = exp(estimate.high);
    comparison->confidence = estimate.confidence;
    comparison->p =
        comparison->count == 0 ? NAN : sign_p(comparison->log_ratios, comparison->count);
}

enum verdict verdict_of(const struct comparison *comparison, double alpha)
{
    double delta = comparison->delta;
    if (comparison->count == 0) {
        return VERDICT_NONE;
    }
    /* Every interval would lie within 1 ± infinity. */
    if (isnan(comparison->low) || !isfinite(delta)) {
        return VERDICT_UNRESOLVED;
    }
    if (comparison->low >= 1 - delta && comparison->high <= 1 + delta) {
        return delta <= VERDICT_DELTA_MOST ? VERDICT_EQUIVALENT : VERDICT_UNRESOLVED;
    }
    if (comparison->p_adjusted <= alpha && comparison->high < 1 - delta) {
        return VERDICT_LESS;
    }
    if (comparison->p_adjusted <= alpha && comparison->low > 1 + delta) {
        return VERDICT_GREATER;
    }
    return VERDICT_UNRESOLVED;
}

bool verdict_judge(struct comparison *family, size_t count, double alpha)
{
    double *p = malloc((count + 1) * sizeof *p);
    if (p == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        describe(&family[i]);
        p[i] = family[i].p;
    }
    bool adjusted = adjust_holm(p, count);
    for (size_t i = 0; i < count && adjusted; i++) {
        family[i].p_adjusted = p[i];
        family[i].verdict = verdict_of(&family[i], alpha);
    }
    free(p);
    return adjusted;
}

double verdict_delta(const struct estimate *log_ratios_of_baseline_again)
{
    double reach = fmax(-log_ratios_of_baseline_again->low, log_ratios_of_baseline_again->high);
    return isnan(log_ratios_of_baseline_again->low) ? INFINITY
                                                    : fmax(VERDICT_DELTA_LEAST, expm1(reach));
}

size_t verdict_blocks_needed(size_t comparisons, double alpha)
{
    double family = comparisons == 0 ? 1 : (double)comparisons;
    double coverage = NAN;
    size_t blocks = 1;
    while (ldexp(1, 1 - (int)blocks) > alpha / family ||
           sign_interval_rank(blocks, CONFIDENCE, &coverage) == 0) {
        blocks++;
    }
    return blocks;
}

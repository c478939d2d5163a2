#include "harness/statistics/stopping.h"

#include "harness/statistics/interval.h"

#define BLOCKS_LEAST 8 /* at 6 and 7 the interval is the range, which is narrow by luck too often */

/* Looks are after the last block before the interval's rank rises, where it covers more than it must:
 * what looking again and again costs is paid from that. */
bool stopping_looks_after(size_t blocks)
{
    double coverage = 0;
    return blocks >= BLOCKS_LEAST && sign_interval_rank(blocks + 1, CONFIDENCE, &coverage) >
                                         sign_interval_rank(blocks, CONFIDENCE, &coverage);
}

static bool is_narrow(struct comparison *comparison, double precision)
{
    struct estimate estimate = estimate_median(comparison->log_ratios, comparison->count);
    return (estimate.high - estimate.low) / 2 <= precision; /* not when there is no interval yet */
}

bool stopping_reached(struct comparison *family, size_t count, size_t blocks, double precision)
{
    size_t narrow = 0;
    if (!stopping_looks_after(blocks)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (family[i].count > 0 && !is_narrow(&family[i], precision)) {
            return false;
        }
        narrow += family[i].count > 0;
    }
    return narrow > 0;
}

#include "harness/statistics/stopping.h"

#include "harness/statistics/interval.h"

/* Each is the last number of blocks before the interval's rank rises, where it covers more than it must,
 * and a third above the one before: what looking again costs is paid from that. From 64 on intervals
 * cover little more than they must, and nothing would be left to pay with. */
static const size_t looks[] = {8, 11, 16, 22, 32, 46, 64};

bool stopping_looks_after(size_t blocks)
{
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        if (looks[i] == blocks) {
            return true;
        }
    }
    return false;
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

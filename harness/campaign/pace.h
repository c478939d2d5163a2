/* When a run ends: after its blocks, when its intervals are narrow enough, or with its time. Never
 * when something has become significant: who stops there errs far more often than he says (method:
 * harness/statistics/stopping.h). */
#ifndef HARNESS_CAMPAIGN_PACE_H
#define HARNESS_CAMPAIGN_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum stop {
    STOP_NOT,
    STOP_BLOCKS,
    STOP_PRECISION,
    STOP_BUDGET
};

struct pace {
    uint64_t blocks_most; /* counted ones */
    uint64_t budget_ns;   /* 0: no limit */
    uint64_t slowest_ns;  /* counted block so far; 0 before the first */
};

/* A counted block took so long. */
void pace_note(struct pace *pace, uint64_t block_ns);

/* Whether something that takes `ns` would end within the budget. */
bool pace_has_time(const struct pace *pace, uint64_t elapsed_ns, uint64_t ns);

/* Whether the run ends before another block is begun. `narrow`: the intervals are. The first block is
 * always measured, and the second begun only if it would end in time. */
enum stop pace_stop(const struct pace *pace, uint64_t counted, uint64_t elapsed_ns, bool narrow);

/* How many counted blocks there will be at most, as far as one can see. */
uint64_t pace_expect(const struct pace *pace, uint64_t counted, uint64_t elapsed_ns);

/* "blocks", "precision", "budget"; "" for STOP_NOT. */
const char *pace_word(enum stop stop);

#endif

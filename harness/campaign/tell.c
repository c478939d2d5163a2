/* What is said of a campaign as a whole, before and after its blocks (campaign_parts.h). */
#include "harness/campaign/campaign_parts.h"
#include "harness/campaign/fitness.h"
#include "harness/statistics/verdict.h"

#include <inttypes.h>
#include <stdio.h>

/* Says before the run what so many blocks cannot tell. */
static void tell_reach(const struct campaign *campaign)
{
    size_t comparisons = plan_comparisons(&campaign->plan);
    size_t needed = verdict_blocks_needed(comparisons, VERDICT_ALPHA);
    size_t least = verdict_blocks_needed(1, VERDICT_ALPHA);
    uint64_t blocks = campaign->options->blocks;
    if (comparisons == 0 || blocks >= needed) {
        return;
    }
    (void)fprintf(stderr,
                  "heaplab: %" PRIu64 " block%s cannot tell faster from slower in a family of %zu "
                  "comparison%s: it takes %zu (--blocks %zu); this run %s\n",
                  blocks,
                  blocks == 1 ? "" : "s",
                  comparisons,
                  comparisons == 1 ? "" : "s",
                  needed,
                  needed,
                  blocks >= least ? "can still show equivalence, intervals and geometric means"
                                  : "has estimates of times and memory without intervals, which "
                                    "take 6 blocks");
}

/* Says what spoils figures here, one line each. */
static void tell_spoilers(void)
{
    struct fitness fitness;
    fitness_examine(&fitness, 0);
    for (size_t i = 0; i < fitness.count; i++) {
        const struct fitness_finding *finding = &fitness.finding[i];
        if (finding->severity >= FITNESS_WARN) {
            (void)fprintf(stderr,
                          "heaplab: figures may be spoilt: %s: %s; %s\n",
                          finding->check,
                          finding->what,
                          finding->remedy);
        }
    }
}

void tell_before(const struct campaign *campaign)
{
    tell_spoilers();
    tell_reach(campaign);
}

void tell_after(const struct campaign *campaign)
{
    size_t cells = campaign->ledger.earlier.count;
    if (cells > 0 && campaign->progress.done == 0 && *campaign->crew.interrupted == 0) {
        (void)fprintf(
            stderr,
            "heaplab: \"%s\" is complete: its %zu cell%s been measured, nothing was run\n",
            campaign->ledger.folder,
            cells,
            cells == 1 ? " has" : "s have");
    }
}

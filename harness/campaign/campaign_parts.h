/* The parts of a campaign (campaign.h): cells.c runs a cell and writes its row, blocks.c runs the
 * blocks and decides when it is enough, tell.c says what is to be said of them all. */
#ifndef HARNESS_CAMPAIGN_CAMPAIGN_PARTS_H
#define HARNESS_CAMPAIGN_CAMPAIGN_PARTS_H

#include "harness/campaign/campaign.h"
#include "harness/campaign/counting.h"
#include "harness/campaign/crew.h"
#include "harness/campaign/failures.h"
#include "harness/campaign/ledger.h"
#include "harness/campaign/noise.h"
#include "harness/campaign/noise_meter.h"
#include "harness/campaign/pace.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/progress.h"
#include "harness/campaign/streams.h"

/* What is known of a group in the current block. */
struct group_state {
    double floor_ns_per_op; /* NAN: none yet */
    uint64_t attempt;
    bool due;                        /* it runs in this round */
    char reason[NOISE_REASON_BYTES]; /* why the last attempt is void; "" when it is not */
    uint64_t taken_ns;               /* by the last attempt */
};

struct campaign {
    const struct options *options;
    struct campaign_outcome *outcome;
    char worker[PATH_MAX];
    struct plan plan;
    struct streams streams;
    struct ledger ledger;
    struct crew crew;
    struct progress progress;
    struct counting counting; /* instructions pass */
    struct noise_meter meter;
    struct noise_tally tally; /* of the group that runs, in this attempt at its block */
    struct failures failures; /* that were told */
    size_t timeouts;          /* of the cells so far: a disturbance may be why */
    struct group_state *groups;
    struct pace pace;
};

/* What a cell of the plan is in a block. */
struct cell_turn {
    const struct plan_cell *cell;
    uint64_t block;
    uint64_t attempt;
    uint64_t position;
};

/* Starts a cell, or takes over the row that a resumed run has of it; its row may come later, at the
 * latest when crew_listen says that nobody is at work. */
bool cell_run(struct campaign *campaign, const struct cell_turn *turn, struct error *error);

/* Writes the row of a process that has ended: finish of the crew. */
bool cell_finish(void *context, struct worker *worker, struct error *error);

/* Whether anybody measures time in a pass. */
bool cell_is_timed(const char *pass);

/* Runs all blocks; fills the outcome's accounts. */
bool blocks_run(struct campaign *campaign, struct error *error);

/* Says on standard error, before the blocks, what spoils figures here and what so many blocks cannot
 * tell; behind them, where a resumed run lacked nothing, that it is complete. */
void tell_before(const struct campaign *campaign);
void tell_after(const struct campaign *campaign);

#endif

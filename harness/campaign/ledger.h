/* The files of a run while it grows: measurements.csv, timeline.csv and environment.csv, made new
 * or, for a resumed run, continued behind their last whole row. */
#ifndef HARNESS_CAMPAIGN_LEDGER_H
#define HARNESS_CAMPAIGN_LEDGER_H

#include "harness/campaign/campaign.h"
#include "harness/campaign/environment.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/process.h"
#include "harness/error.h"
#include "harness/options.h"
#include "harness/replay/protocol.h"
#include "harness/report/table.h"

struct ledger {
    const struct options *options;
    char folder[PATH_MAX];
    const char *run; /* the folder's name */
    struct table_writer measurements;
    struct table_writer timeline;
    struct table_writer latency; /* in a campaign with a latency pass */
    struct table_writer environment;
    struct measurements_table earlier; /* what a resumed run already has */
    size_t earlier_at;     /* the row that was found last: the next one asked for stands near */
    uint64_t attempt_most; /* of those rows */
    struct count stopped_after; /* counted blocks of a resumed run that had come to its end */
    char (*sha256)[SHA256_TEXT_BYTES]; /* of each allocator's library */
};

/* Opens the files as the options ask. Ends with ledger_close, also after a failure. */
bool ledger_open(struct ledger *ledger, const struct options *options, struct error *error);

/* The part of ledger_open that opens the files of a run to go on with. */
bool ledger_reopen(struct ledger *ledger, struct error *error);

/* A row with the identity of a cell in a block; its texts are the options' and the ledger's. */
struct measurements_row
ledger_identify(const struct ledger *ledger, const struct plan_cell *cell, uint64_t block);

/* The row that a resumed run already has of a cell, NULL when it is still to be run. */
const struct measurements_row *ledger_find_earlier(struct ledger *ledger,
                                                   const struct measurements_row *identity);

/* Writes the samples of a cell whose row is `cell`. */
bool ledger_write_timeline(struct ledger *ledger,
                           const struct measurements_row *cell,
                           const struct worker_result *result,
                           struct error *error);

/* The last attempt at the block and the group of a cell that a resumed run already has rows of, 0
 * where none. `crashed` receives how many cells failed in those before by more than a timeout. */
uint64_t ledger_last_attempt(const struct ledger *ledger,
                             const struct measurements_row *identity,
                             size_t *crashed);

/* Opens latency.csv where there is a latency pass: a part of ledger_open. */
bool ledger_open_latency(struct ledger *ledger, struct error *error);

/* Writes the histograms of a cell whose row is `cell`. */
bool ledger_write_latency(struct ledger *ledger,
                          const struct measurements_row *cell,
                          const struct process *process,
                          struct error *error);

/* Writes what the campaign took and why it stopped, when it is whole; once for a run. */
bool ledger_write_accounts(struct ledger *ledger,
                           const struct campaign_outcome *outcome,
                           struct error *error);

bool ledger_close(struct ledger *ledger, struct error *error);

#endif

/* The files of a run while it grows: measurements.csv, timeline.csv and environment.csv, made new
 * or, for a resumed run, continued behind their last whole row. */
#ifndef HARNESS_CAMPAIGN_LEDGER_H
#define HARNESS_CAMPAIGN_LEDGER_H

#include "harness/campaign/environment.h"
#include "harness/campaign/plan.h"
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
    struct table_writer environment;
    struct measurements_table earlier; /* what a resumed run already has */
    char (*sha256)[SHA256_TEXT_BYTES]; /* of each allocator's library */
};

/* Opens the files as the options ask. Ends with ledger_close, also after a failure. */
bool ledger_open(struct ledger *ledger, const struct options *options, struct error *error);

/* A row with the identity of a cell in a block; its texts are the options' and the ledger's. */
struct measurements_row
ledger_identify(const struct ledger *ledger, const struct plan_cell *cell, uint64_t block);

/* The row that a resumed run already has of a cell, NULL when it is still to be run. */
const struct measurements_row *ledger_find_earlier(const struct ledger *ledger,
                                                   const struct measurements_row *identity);

/* Writes the samples of a cell whose row is `cell`. */
bool ledger_write_timeline(struct ledger *ledger,
                           const struct measurements_row *cell,
                           const struct worker_result *result,
                           struct error *error);

/* Writes what the campaign took, when it is whole. */
bool ledger_write_accounts(struct ledger *ledger,
                           uint64_t wall_ns,
                           uint64_t worker_ns,
                           struct error *error);

bool ledger_close(struct ledger *ledger, struct error *error);

#endif

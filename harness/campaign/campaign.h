/* A campaign: runs the cells of a plan block by block, each in a fresh process, and writes a row for
 * each as soon as it ends. */
#ifndef HARNESS_CAMPAIGN_CAMPAIGN_H
#define HARNESS_CAMPAIGN_CAMPAIGN_H

#include "harness/error.h"
#include "harness/options.h"

#include <linux/limits.h>
#include <stddef.h>
#include <stdint.h>

struct campaign_outcome {
    char folder[PATH_MAX];  /* of the run; "" when it could not be made */
    size_t failed;          /* cells without figures */
    const char *stopped_by; /* blocks, precision or budget; "" when interrupted */
    uint64_t blocks;        /* counted ones */
    uint64_t block_ns;      /* the slowest of them, 0 where none was measured now */
    uint64_t voided;        /* groups' attempts at a block that were disturbed and run again */
    uint64_t disturbed;     /* groups in a block that count although they were disturbed */
    size_t comparisons;     /* judged together, in the largest family of cells */
    bool interrupted;       /* by a signal: whole rows only, --resume goes on */
    uint64_t wall_ns;
    uint64_t worker_ns; /* of these, with a worker running */
};

/* Runs the campaign, or with options->resume what is missing of it. False on an error that ends the
 * campaign; failed cells are no error. */
bool campaign_run(const struct options *options,
                  struct campaign_outcome *outcome,
                  struct error *error);

#endif

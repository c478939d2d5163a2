/* A night's accounts: what environments.csv keeps of it beside the run's own facts. */
#ifndef HARNESS_NIGHTLY_ACCOUNTS_H
#define HARNESS_NIGHTLY_ACCOUNTS_H

#include "harness/error.h"
#include "harness/options.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct accounts {
    struct environment_row *rows; /* keys are static, values owned */
    size_t count;
    uint64_t started_unix_ns; /* of the first process */
};

/* Makes them from the run's rows, void attempts among them, and its summary:
 *
 *   nightly.candidates       names, with commas between
 *   nightly.started_unix_ns  when the first process was started
 *   nightly.baseline_sha256  of the pinned baseline's library
 *   nightly.again_cells      cells and primary figures of the baseline against itself
 *   nightly.again_outside    of these, with an interval that does not hold 1
 *   nightly.half_width       median half-width of the candidates' intervals of primary figures
 *   nightly.voided_blocks    blocks that were run again for noise, of all workloads and threads
 *   nightly.failed           "bin/larson/2 (throughput): crashed: ...": one row for each cell; what
 *                            noise may have done in a void attempt (timeout, out_of_memory) is no
 *                            failure
 *
 * False when memory is out. Released with accounts_free. */
bool accounts_make(struct accounts *accounts,
                   const struct options *options,
                   const struct measurements_table *measurements,
                   const struct summary_table *summary);

/* Adds the cells that failed in the second campaign alone. */
bool accounts_add_failed(struct accounts *accounts, const struct measurements_table *measurements);
void accounts_free(struct accounts *accounts);

#endif

/* Tonight's gate: the candidates against the pinned baseline, by the run's own procedure.
 *
 * A cell is suspect when a primary figure of it is slower or larger (report/judged.h), or unresolved
 * with its interval above 1 and its ratio above 1 + delta; it is undecided when a regression cannot be
 * excluded (findings.h). Both are run again, and only the fresh blocks decide: without that, the blocks
 * that raised a suspicion would also judge it. Acknowledged cells are neither run again nor do they stop
 * the gate. */
#ifndef HARNESS_NIGHTLY_GATE_H
#define HARNESS_NIGHTLY_GATE_H

#include "harness/error.h"
#include "harness/nightly/acknowledge.h"
#include "harness/nightly/nights.h"
#include "harness/nightly/words.h"
#include "harness/options.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of a night that names none, at least: with 15 a difference of 5 % in normal noise of 2 % is found
 * 9 times of 10, with the few that the correction needs only 2 of 3. The second campaign has more, for it has
 * fewer cells, and what it cannot confirm leaves the night undecided. */
#define GATE_BLOCKS_LEAST 15
#define GATE_BLOCKS_AGAIN 32

/* What a night's time allows for its second campaign. */
struct gate_time {
    uint64_t budget_ns; /* 0: no limit */
    uint64_t block_ns;  /* what a block of the first campaign took; 0: unknown */
};

struct gate {
    struct verdicts_row *rows; /* their texts are the summary's */
    size_t count;
    size_t pending; /* to be run again */
};

/* The night's rows from its summary: all judged figures of the candidates, and the ratios of the
 * baseline's second cell. `day` (YYYY-MM-DD) says which acknowledgements hold. False when memory is
 * out. Released with gate_free. */
bool gate_fill(struct gate *gate,
               const struct summary_table *summary,
               const struct acknowledgements *acknowledgements,
               const char *day,
               uint64_t started_unix_ns);
void gate_free(struct gate *gate);

/* Whether the row's cell is to be run again. */
bool gate_is_pending(const struct verdicts_row *row);

/* Adds the candidates' ratios of page faults, which get no verdict: they tell what else moved. The
 * measurements, of which void attempts were dropped, keep the texts. */
bool gate_add_faults(struct gate *gate,
                     const struct options *options,
                     const struct measurements_table *measurements,
                     uint64_t started_unix_ns);

/* The words of the campaign that runs the pending cells again, with another seed: from those of the
 * night, the cells' allocators, workloads, threads and passes, and as many blocks as their family
 * needs, at least GATE_BLOCKS_AGAIN; or fewer, when the time is over before. Where so many do not fit
 * into the time, the suspects are run alone. It may run others beside, which do not count. */
bool gate_again_words(const struct gate *gate,
                      const struct options *night,
                      const char *output,
                      const struct gate_time *time,
                      struct words *words);

/* The time of the second campaign: what the first one left of the night's budget, at least a quarter of
 * that; 0 where there is no limit. */
uint64_t gate_again_budget(uint64_t night_ns, uint64_t spent_ns);

/* Lets the fresh blocks decide. */
void gate_decide(struct gate *gate, const struct summary_table *again);

#endif

/* From what a worker told to the figures of its row. */
#ifndef HARNESS_CAMPAIGN_FIGURES_H
#define HARNESS_CAMPAIGN_FIGURES_H

#include "harness/replay/protocol.h"
#include "harness/report/table.h"

/* Fills the clocked figures; row->operations must be set. `floor_ns_per_op` is that of the null
 * allocator's cell in the same block, NAN when there is none. */
void figures_throughput(struct measurements_row *row,
                        const struct worker_result *result,
                        double floor_ns_per_op);

/* Fills the memory figures from the result and its samples (method: docs of the columns; the four
 * fragmentations: Johnstone and Wilson 1998, section 4.3). */
void figures_memory(struct measurements_row *row,
                    const struct worker_result *result,
                    const struct memory_sample *samples);

#endif

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
 * fragmentations: Johnstone and Wilson 1998, section 4.3).
 *
 * `bare_bytes`: anonymous memory at the start line of the same process without a library preloaded.
 * What an allocator holds beyond it before the first event counts as its own, so that nobody hides
 * a heap by taking it early. */
void figures_memory(struct measurements_row *row,
                    const struct worker_result *result,
                    uint64_t bare_bytes);

/* The samples that follow a result in memory. */
static inline const struct memory_sample *figures_samples(const struct worker_result *result)
{
    return (const struct memory_sample *)(const void *)(result + 1);
}

/* value - start, 0 where it is below. */
static inline uint64_t figures_above(uint64_t value, uint64_t start)
{
    return value > start ? value - start : 0;
}

#endif

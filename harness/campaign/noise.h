/* When a measurement was disturbed: the thresholds, the flags of a row, the void block.
 *
 * All of it is a function of the columns in which a row tells of its surroundings (steal_ns,
 * other_cpu_ns, pressure_*_ns, ctx_involuntary), each against the time of the cell; what the cell
 * measured plays no part. So the rule was fixed before, favours nobody, and can be checked from
 * measurements.csv.
 *
 * Rows of timed passes are flagged by all of it, rows of the memory pass by a want of memory alone, and
 * the others by nothing.
 *
 * A block is judged as a whole, pass by pass. One disturbed cell does not void it: the median over
 * blocks takes that. It is void when a disturbance took its share of the block's time or flagged more
 * than NOISE_FLAGGED_SHARE of its cells. A block shorter than NOISE_JUDGED_NS is not judged: the
 * kernel counts time in steps of 10 ms, and a handful of steps tells nothing. */
#ifndef HARNESS_CAMPAIGN_NOISE_H
#define HARNESS_CAMPAIGN_NOISE_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISE_JUDGED_NS     UINT64_C(500000000)
#define NOISE_FLAGGED_SHARE 0.10
#define NOISE_FLAGS_BYTES   128
#define NOISE_REASON_BYTES  96

/* A re-run is for what passes. */
#define NOISE_ATTEMPTS_MOST 3 /* at one block */
#define NOISE_VOID_SHARE    3 /* in all, at most one for so many blocks */

/* Involuntary switches of a cell that leaves a processor free. */
#define NOISE_SWITCHES_PER_S 100
#define NOISE_SWITCHES_LEAST 10

enum noise_kind {
    NOISE_STEAL,
    NOISE_OTHER_LOAD,
    NOISE_PRESSURE_CPU,
    NOISE_PRESSURE_MEMORY,
    NOISE_PRESSURE_IO,
    NOISE_KINDS
};

struct noise_threshold {
    const char *flag;
    const char *what;    /* for help */
    double cell_share;   /* of the cell's time: above it the row is flagged */
    uint64_t cell_least; /* ns; and above this, so that rounding alone never flags */
    double block_share;  /* of the time of the block's cells: above it the block is void */
    bool each_processor; /* shares are of the time of all processors */
    bool needs_spare; /* only cells with fewer threads than processors: others wait for their own */
};

extern const struct noise_threshold noise_thresholds[NOISE_KINDS];

/* The flags that a row's columns call for, separated by blanks. `throttled`: the processor or the
 * control group was slowed down meanwhile. */
void noise_flags(const struct measurements_row *row,
                 unsigned processors,
                 bool throttled,
                 char flags[NOISE_FLAGS_BYTES]);

/* The cells of a block in one pass, added up. */
struct noise_tally {
    unsigned processors;
    size_t cells;
    size_t flagged;
    uint64_t time_ns;
    uint64_t noise_ns[NOISE_KINDS];
    uint64_t noise_time_ns[NOISE_KINDS]; /* of the cells that tell of it */
};

void noise_tally_begin(struct noise_tally *tally, unsigned processors);

/* Adds a row with its flags; rows without figures too: a disturbance may be why. */
void noise_tally_add(struct noise_tally *tally, const struct measurements_row *row);

/* Whether the block is void, and why: "other_load 31 %". */
bool noise_tally_voids(const struct noise_tally *tally, char reason[NOISE_REASON_BYTES]);

/* How many blocks of a run of `blocks` may be void and run again. */
uint64_t noise_voids_most(uint64_t blocks);

#endif

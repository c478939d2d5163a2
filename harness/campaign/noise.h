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
 * What is judged is a group of a block: one workload with a number of threads, every allocator once.
 * That is what figures are compared within, so that a group which is run again keeps all pairs whole,
 * and a disturbance of a second costs a second and not a block. One disturbed cell does not void it:
 * the median over blocks takes that. It is void when a disturbance took its share of the group's time
 * or flagged more than NOISE_FLAGGED_SHARE of its cells. The kernel counts time in steps of 10 ms: a
 * group shorter than NOISE_JUDGED_NS is not judged, nor one by less than NOISE_GROUP_LEAST times what
 * flags a cell. */
#ifndef HARNESS_CAMPAIGN_NOISE_H
#define HARNESS_CAMPAIGN_NOISE_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISE_JUDGED_NS     UINT64_C(100000000)
#define NOISE_GROUP_LEAST   2
#define NOISE_FLAGGED_SHARE 0.25
#define NOISE_FLAGS_BYTES   128
#define NOISE_REASON_BYTES  96

/* A re-run is for what passes. */
#define NOISE_ATTEMPTS_MOST 3 /* at one group of a block */
#define NOISE_VOID_SHARE    3 /* in all, at most one for so many groups of blocks */

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

/* Whose time the shares are of: what the kernel adds up over processors is set against them. */
enum noise_base {
    NOISE_OF_CELL, /* the cell's, once */
    NOISE_OF_USED, /* that of the processors that the cell's threads take */
    NOISE_OF_ALL,  /* that of all processors */
};

struct noise_threshold {
    const char *flag;
    const char *what;    /* for help */
    double cell_share;   /* of the cell's time: above it the row is flagged */
    uint64_t cell_least; /* ns; and above this, so that rounding alone never flags */
    double group_share;  /* of the time of the group's cells: above it the group is void */
    enum noise_base base;
    bool needs_spare; /* only cells with fewer threads than processors: others wait for their own */
};

extern const struct noise_threshold noise_thresholds[NOISE_KINDS];

/* The machine has more processors than this process where taskset or a cpuset says so. */
struct noise_processors {
    unsigned online;  /* what the kernel's sums are over */
    unsigned allowed; /* what a cell can use */
};

/* The flags that a row's columns call for, separated by blanks. `throttled`: the processor or the
 * control group was slowed down meanwhile. */
void noise_flags(const struct measurements_row *row,
                 struct noise_processors processors,
                 bool throttled,
                 char flags[NOISE_FLAGS_BYTES]);

/* The cells of a group in one attempt at a block, added up. */
struct noise_tally {
    struct noise_processors processors;
    size_t cells;
    size_t flagged;
    uint64_t time_ns;
    uint64_t noise_ns[NOISE_KINDS];
    double noise_base_ns[NOISE_KINDS]; /* of the cells that tell of it */
};

void noise_tally_begin(struct noise_tally *tally, struct noise_processors processors);

/* Adds a row with its flags; rows without figures too: a disturbance may be why. */
void noise_tally_add(struct noise_tally *tally, const struct measurements_row *row);

/* Whether the group is void, and why: "other_load 31 %". */
bool noise_tally_voids(const struct noise_tally *tally, char reason[NOISE_REASON_BYTES]);

/* How many attempts may be void and run again in a run of `blocks` blocks of `groups` groups. */
uint64_t noise_voids_most(uint64_t blocks, size_t groups);

#endif

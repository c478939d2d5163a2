/* The plan of a campaign: which cells there are, and in which order each block runs them.
 *
 * A group is one workload with a number of threads in one pass. A block runs every group once, in
 * an order shuffled from the seed and the block's number; inside a group the floor runs first (the
 * others' net figures need it) and then every allocator once: the cells that are compared run side
 * by side in time. Their order is a row of a square (square.h) over a fresh permutation: over as many
 * counted blocks as it has rows each takes each place and follows each other, then the next square
 * begins. */
#ifndef HARNESS_CAMPAIGN_PLAN_H
#define HARNESS_CAMPAIGN_PLAN_H

#include "harness/error.h"
#include "harness/options.h"

struct plan_cell {
    const char *pass;
    uint32_t source; /* index into options->sources */
    uint32_t threads;
    uint32_t allocator; /* index into options->allocators */
    uint32_t group;
    bool floor;      /* the allocator is the floor */
    bool contestant; /* it is compared with the baseline */
};

struct plan {
    struct plan_cell *cells; /* in the order of the block last shuffled */
    size_t count;
    size_t groups;
    uint64_t first_counted;  /* block */
    uint32_t *entries;       /* room for a row of a square */
    struct plan_cell *spare; /* room for a group */
};

/* Lists the cells. Ends with plan_free. */
bool plan_make(struct plan *plan, const struct options *options, struct error *error);

/* Puts the cells into the order of a block; the same seed and block give the same order. */
void plan_shuffle(struct plan *plan, uint64_t seed, uint64_t block);

/* The index behind the last cell of the pass, or of the group, whose first cell is `first`. */
size_t plan_pass_end(const struct plan *plan, size_t first);
size_t plan_group_end(const struct plan *plan, size_t first);

/* How many groups are of a pass that times. */
size_t plan_timed_groups(const struct plan *plan);

/* How many comparisons are judged together, in the pass that has most: cells of contestants. */
size_t plan_comparisons(const struct plan *plan);

void plan_free(struct plan *plan);

#endif

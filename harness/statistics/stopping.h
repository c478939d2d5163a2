/* When a campaign has measured enough: its intervals are narrow enough. Never on significance, and not
 * on width after any block either: who looks after every block stops where the values happen to lie
 * close together, and such intervals miss the truth more often than they say. Looks are therefore few,
 * after 8, 11, 16, 22, 32, 46 and 64 blocks (figures: README.md of this folder). */
#ifndef HARNESS_STATISTICS_STOPPING_H
#define HARNESS_STATISTICS_STOPPING_H

#include "harness/statistics/verdict.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the intervals may be looked at after that many blocks (warm-up and void ones not counted). */
bool stopping_looks_after(size_t blocks);

/* Whether to stop after `blocks` blocks: they may be looked at, and every comparison's interval of log
 * ratios has a half-width of at most `precision` (0.02: 2 %), above 0. Only log_ratios (which it sorts)
 * and count are read. A comparison without pairs cannot become narrow and is left out; with nothing
 * else the answer is no. */
bool stopping_reached(struct comparison *family, size_t count, size_t blocks, double precision);

#endif

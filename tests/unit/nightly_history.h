/* Synthetic histories for tests: nights whose figures are drawn from a fixed seed. */
#ifndef TESTS_UNIT_NIGHTLY_HISTORY_H
#define TESTS_UNIT_NIGHTLY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTHETIC_BLOCKS     12
#define SYNTHETIC_CELLS_MOST 64

/* What the history is like. */
struct synthetic {
    size_t nights;
    size_t cells; /* workloads w00, w01 ...: each a cell with ns_per_op and, if asked, memory */
    bool memory;  /* rss_bytes_peak and minor_faults too */
    double noise; /* standard deviation of a block's log ratio */
    size_t step_night;    /* from this night on the first cell is worse by `step`; 0: never */
    double step;          /* 0.05 = 5 % */
    size_t epoch_night;   /* the kernel is another one from this night on; 0: never */
    size_t missing_night; /* there is no such night; 0: all are there */
    size_t mute_night;    /* has facts and no verdicts; 0: all have some */
};

/* Night 0 began at this moment: 2026-09-24 03:00 UTC; each other 24 h after the one before. */
#define SYNTHETIC_START_NS (UINT64_C(1790218800) * UINT64_C(1000000000))

/* Appends nights [from, to) to verdicts.csv and environments.csv in `folder`, made through the same
 * functions as those of a real night. Ends the test when that fails. */
void synthetic_write(const char *folder, const struct synthetic *synthetic, size_t from, size_t to);

/* Makes an empty folder below /tmp; removed with all that is in it by synthetic_remove. */
char *synthetic_folder(char folder[64]);
void synthetic_remove(const char *folder);

#endif

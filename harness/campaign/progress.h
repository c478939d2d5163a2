/* How far a campaign is: one line that renews itself on a terminal, a plain line for each block
 * elsewhere. Writes to standard error. */
#ifndef HARNESS_CAMPAIGN_PROGRESS_H
#define HARNESS_CAMPAIGN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool terminal;
    uint64_t started_ns;
    size_t cells; /* to run in all, as far as one can see */
    size_t done;
    size_t failed;
    uint64_t blocks; /* warm-up included */
    uint64_t block;
    uint64_t budget_ns; /* it takes no longer; 0: no limit */
    bool warm_up;       /* block 0 is one */
    bool at_most;       /* there may be fewer blocks */
};

void progress_begin(struct progress *progress);
void progress_block(struct progress *progress, uint64_t block);

/* A cell is about to run. */
void progress_cell(const struct progress *progress,
                   const char *allocator,
                   const char *workload,
                   const char *pass);

/* Clears the line before other output. */
void progress_clear(const struct progress *progress);

/* "1:05:09" or "4:07". */
void progress_format_time(uint64_t ns, char text[32]);

#endif

/* Bringing the events of all threads into one order: a merge by time stamp.
 *
 * A realloc is two steps, since its block goes at the stamp before the call and comes at the stamp
 * after it, and other threads may get the old address in between. */
#ifndef HARNESS_RECORDING_MERGE_H
#define HARNESS_RECORDING_MERGE_H

#include "harness/recording/raw_cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct merge;

struct merge_step {
    uint32_t thread; /* index into what merge_new was given */
    bool arrives;    /* of a realloc: the second step, the block is at its new address */
    bool ends;       /* the thread's last step */
    struct raw_event event;
};

/* Merges the threads' events up to the stamp `until` (RAW_NOT_TRUNCATED: all). The words stay the
 * caller's; the cursors are copied. NULL: memory is out. */
struct merge *merge_new(const struct raw_cursor *threads, uint32_t count, uint64_t until);
void merge_free(struct merge *merge);

/* The next step. False at the end. Within a thread the recorded order holds whatever the stamps
 * say; events of equal stamps come in the order of the threads. */
bool merge_next(struct merge *merge, struct merge_step *step);

#endif

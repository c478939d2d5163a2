/* What a recorded process did to its heap: all its events in one order, naming slots instead of
 * addresses, with what the recorder could not see repaired. Not thread-safe. */
#ifndef HARNESS_RECORDING_HISTORY_H
#define HARNESS_RECORDING_HISTORY_H

#include "harness/error.h"
#include "harness/recording/raw_cursor.h"
#include "workloads/events.h"

#include <stdbool.h>
#include <stdint.h>

struct history_event {
    uint64_t size;
    uint32_t slot;
    uint16_t thread;
    uint8_t kind; /* enum event_kind: an operation */
    uint8_t log2_alignment;
};

/* Slots are dense and used again, the one emptied last first. Threads are numbered in the order of
 * their first events. */
struct history {
    struct history_event *event;
    uint32_t count;
    uint32_t capacity;
    uint32_t slots;
    uint32_t threads;

    /* What was repaired. */
    uint64_t unknown_frees;    /* of blocks from before the recording: dropped */
    uint64_t unknown_reallocs; /* likewise: made an allocation */
    uint64_t implicit_frees;   /* an address came back whose free was not seen: one is put in */
    uint64_t threads_folded;   /* threads that go on where an ended one stopped, for want of
                                  numbers */
};

/* Builds the history of a process from the words of its threads, up to the stamp `until`. False,
 * with `history` empty, when memory is out or more than STREAM_THREADS_MAX threads live at once. */
bool history_build(const struct raw_cursor *threads,
                   uint32_t count,
                   uint64_t until,
                   struct history *history,
                   struct error *error);

void history_free(struct history *history);

#endif

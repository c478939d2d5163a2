/* Reading a recorded thread's words back into events. What they are: harness/recorder/raw.h. */
#ifndef HARNESS_RECORDING_RAW_CURSOR_H
#define HARNESS_RECORDING_RAW_CURSOR_H

#include "harness/recorder/raw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_event {
    enum raw_kind kind;
    bool stamped;            /* else both stamps are 0: the process had one thread */
    unsigned log2_alignment; /* of an aligned_alloc */
    uint64_t address;        /* divided by 8; of a realloc the old one */
    uint64_t new_address;    /* of a realloc; 0: it returned NULL */
    uint64_t size;
    uint64_t stamp;
    uint64_t stamp_after; /* of a realloc */
};

/* A thread's words, which the caller keeps, and the place in them. */
struct raw_cursor {
    const uint64_t *words;
    size_t count;
    size_t at;
};

/* The thread's next event. Skips what is no whole event. False: there is none. */
bool raw_cursor_next(struct raw_cursor *cursor, struct raw_event *event);

#endif

/* The state of a decoder, shared by the loop (decode.c) and the rare steps (decoder.c). */
#ifndef HARNESS_TRACE_DECODER_H
#define HARNESS_TRACE_DECODER_H

#include "harness/trace/decode.h"
#include "harness/trace/objects.h"
#include "harness/trace/order.h"

/* One thread's run in the stream. */
struct run {
    uint64_t *next;
    uint64_t *end;
    uint64_t events;
    uint64_t operations;
    uint32_t slot_given; /* the first of its list of empty slots, or OBJECTS_NO_SLOT */
    uint32_t signals;
    bool running;
    bool initial;
};

struct decoder {
    const char *problem;
    uint64_t events;
    uint32_t thread; /* that the next event belongs to */
    uint32_t threads;
    struct objects objects;
    struct order *order; /* NULL with one thread: program order is all there is */
    struct trace_runs *runs;
    struct run run[];
};

/* Remembers the problem and returns false. */
bool decoder_fail(struct decoder *decoder, const char *problem) __attribute__((cold));

/* The edges. False after decoder_fail. */
bool decoder_signal(struct decoder *decoder, uint32_t thread);
bool decoder_start(struct decoder *decoder, uint32_t thread, uint64_t started);

/* `distance` counts back from the signaller's last signal. Returns the ordinal of the signal, or 0
 * after decoder_fail. */
uint32_t
decoder_wait(struct decoder *decoder, uint32_t thread, uint64_t signaller, uint64_t distance);

/* Adds to the merged order, where it is asked for. False after decoder_fail. */
bool decoder_note_run(struct decoder *decoder, uint32_t thread, uint64_t events);

#endif

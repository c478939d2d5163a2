/* Decodes the event blocks of a trace straight into the words of a stream, and proves it sound on
 * the way: objects are alive when used, touches stay inside them, threads run only once started,
 * waits follow their signals, and events of two threads on one object are ordered by edges.
 *
 * Inside harness/trace only. */
#ifndef HARNESS_TRACE_DECODE_H
#define HARNESS_TRACE_DECODE_H

#include "harness/trace/source.h"

/* The merged order: `events` events of `thread`. */
struct trace_run {
    uint32_t thread;
    uint64_t events;
};

struct trace_runs {
    struct trace_run *run; /* by malloc; the caller frees it, also on failure */
    size_t count;
    size_t capacity;
};

struct decoder;

/* The problem that is not the trace's fault; compare by address. */
extern const char decoder_no_memory[];

/* A decoder for `source` that fills `words`, the runs of the source's threads one after another.
 * It keeps at most `bytes_max` bytes of edges. `runs`, which may be NULL, receives the merged
 * order. NULL: out of memory. */
struct decoder *decoder_new(const struct trace_source *source,
                            uint64_t *words,
                            uint64_t bytes_max,
                            struct trace_runs *runs);

/* Decodes the next block: `bytes` bytes at `block`, followed by TRACE_SLACK_BYTES zero bytes. Returns
 * NULL or what is wrong with the event that came last, as the end of a sentence about it. */
const char *decoder_decode(struct decoder *decoder, const uint8_t *block, uint32_t bytes);

/* After the last block: whether all is there that the index promised. NULL or what is wrong. */
const char *decoder_finish(struct decoder *decoder, const struct trace_source *source);

uint64_t decoder_events(const struct decoder *decoder); /* decoded so far: where a problem lies */
uint32_t decoder_slots(const struct decoder *decoder);  /* needed so far */
void decoder_free(struct decoder *decoder);

#endif

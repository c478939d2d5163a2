/* Loading traces inside harness/trace: with the merged order, or from memory. Users call
 * trace_load. */
#ifndef HARNESS_TRACE_LOAD_H
#define HARNESS_TRACE_LOAD_H

#include "harness/trace/decode.h"

/* Decodes an open source into a stream that with what is kept of its edges takes at most `bytes_max`
 * bytes. `runs`, which may be
 * NULL, receives the merged order, also in part on failure. */
bool trace_load_source(struct trace_source *source,
                       uint64_t bytes_max,
                       struct stream *stream,
                       struct trace_runs *runs,
                       struct error *error);

/* trace_load on `bytes` bytes at `memory`. */
bool trace_load_memory(const void *memory,
                       uint64_t bytes,
                       uint64_t bytes_max,
                       struct stream *stream,
                       struct error *error);

/* What loading a trace may take of this machine. */
uint64_t trace_load_bytes_max(void);

/* The description of an open source, with the counts of its index. */
void trace_source_describe(const struct trace_source *source,
                           struct trace_description *description);

#endif

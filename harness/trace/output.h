/* A trace file while it is written: a temporary file beside its final path, filled with blocks,
 * put in place when whole. Knows the container, nothing of events. Inside harness/trace only. */
#ifndef HARNESS_TRACE_OUTPUT_H
#define HARNESS_TRACE_OUTPUT_H

#include "harness/trace/format.h"

struct trace_output;

/* Makes the temporary file and leaves room in it for the description. */
struct trace_output *trace_output_open(const char *path,
                                       const struct trace_description *description,
                                       struct error *error);

/* Compresses block->decoded_bytes (at most TRACE_BLOCK_BYTES_MAX) at `data` into a block of
 * block->type with block->events events. */
bool trace_output_block(struct trace_output *output,
                        const struct trace_block_header *block,
                        const void *data,
                        struct error *error);

/* The path the trace will have. */
const char *trace_output_path(const struct trace_output *output);

/* Writes index, trailer and description, syncs, renames. The output is freed in any case. */
bool trace_output_finish(struct trace_output *output,
                         const struct trace_description *description,
                         const struct trace_index_thread *threads,
                         struct error *error);

/* Removes the temporary file and frees the output. */
void trace_output_abandon(struct trace_output *output);

#endif

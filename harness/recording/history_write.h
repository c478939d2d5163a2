/* A history as a trace file: its events with the starts of threads and the edges put in. */
#ifndef HARNESS_RECORDING_HISTORY_WRITE_H
#define HARNESS_RECORDING_HISTORY_WRITE_H

#include "harness/recording/edges.h"
#include "harness/recording/history.h"
#include "harness/trace/trace.h"

/* Writes the trace, loads it again and checks that it is sound. `description` has the writer's part
 * filled in; the counted part is filled here. False: nothing is left at `path` that was not there
 * before, unless it is the check that failed: then the trace stays, for whoever looks into it. */
bool history_write(const struct history *history,
                   const struct edges *edges,
                   const char *path,
                   struct trace_description *description,
                   struct error *error);

#endif

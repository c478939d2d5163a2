/* Where streams come from: a workload named by the user, synthetic, recorded or a trace file, with
 * its parameters. */
#ifndef HARNESS_SOURCES_H
#define HARNESS_SOURCES_H

#include "harness/error.h"
#include "workloads/workload.h"

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_NAME_BYTES       128
#define SOURCE_PARAMETERS_BYTES 512

struct source {
    char name[SOURCE_NAME_BYTES];
    char parameters[SOURCE_PARAMETERS_BYTES]; /* those that differ from the defaults */
    const struct workload *workload;          /* NULL: loaded from `trace` */
    struct workload_request request;          /* seed, threads and scale are set when opened */
    char trace[PATH_MAX];
};

/* The shown name of the index-th workload of list.def; false past the end. */
bool source_listed(size_t index, char name[SOURCE_NAME_BYTES]);

/* Whether the index-th workload is part of the standard campaign. */
bool source_is_standard(size_t index);

/* Understands "NAME", "NAME:key=value:key=value", or the path of a trace (with a '/' in it or
 * ending in ".trace"). Names the nearest remedy for what it does not know. */
bool source_parse(const char *text, struct source *source, struct error *error);

/* Whether the source makes streams for different numbers of threads. */
bool source_is_threaded(const struct source *source);

/* Makes the stream. A recorded workload ignores threads, scale and seed. */
bool source_open(const struct source *source,
                 const struct workload_request *request,
                 struct stream *stream,
                 struct error *error);

#endif

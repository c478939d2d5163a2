/* What a synthetic workload is: a generator of events with named parameters. One file in
 * synthetic/ defines one `const struct workload`, named in list.def.
 *
 * A generator depends on its request alone: the same request gives the same stream on every
 * machine. It uses random.h, never libc's generators. */
#ifndef WORKLOADS_WORKLOAD_H
#define WORKLOADS_WORKLOAD_H

#include "workloads/stream.h"

/* A parameter that a user may set as <workload>:<name>=<value>. */
struct workload_parameter {
    const char *name; /* with its unit where it has one: size_bytes_max */
    uint64_t value;   /* the default */
    uint64_t least;
    uint64_t most;
    const char *description;
};

#define WORKLOAD_PARAMETERS_MAX 12

/* What a generator is asked for. */
struct workload_request {
    uint64_t seed;
    uint32_t threads; /* 1..STREAM_THREADS_MAX */
    double scale;     /* multiplies the number of operations, not the live size; > 0 */
    uint64_t parameter[WORKLOAD_PARAMETERS_MAX]; /* in the order of the workload's table */
};

struct workload {
    const char *name;
    const char *behaviour; /* what it stresses, one line */
    const char *source;    /* paper or program that the parameters come from */
    bool threaded;         /* makes use of more than one thread */
    struct workload_parameter parameter[WORKLOAD_PARAMETERS_MAX]; /* ends at a NULL name */

    /* Emits the whole workload into `builder`, which has request->threads initial threads unless
     * initial_threads is given. Problems are remembered by the builder. */
    void (*generate)(const struct workload_request *request, struct stream_builder *builder);

    /* Optional: the number of initial threads where it is not request->threads. */
    uint32_t (*initial_threads)(const struct workload_request *request);
};

/* The synthetic workload of that name, or NULL. */
const struct workload *workload_find(const char *name);

/* All synthetic workloads in the order of list.def, ended by NULL. */
extern const struct workload *const workload_catalogue[];

/* The name that users see of one that list.def holds: '-' for '_'. Fills `shown` (of at least one
 * byte, cut where it does not fit) and returns it. */
char *workload_shown_name(const char *listed, char *shown, size_t shown_bytes);

/* Fills a request with the workload's defaults, seed 1, one thread, scale 1. */
void workload_request_default(const struct workload *workload, struct workload_request *request);

/* Generates the stream of a request, whose values are checked against the workload's ranges. Returns
 * NULL on success, else a message. */
const char *workload_generate(const struct workload *workload,
                              const struct workload_request *request,
                              struct stream *stream);

#endif

/* The streams of a campaign: each made once and shared by every cell that needs it, as long as they
 * fit into a quarter of this machine's memory; beyond that, made again when their turn comes. */
#ifndef HARNESS_CAMPAIGN_STREAMS_H
#define HARNESS_CAMPAIGN_STREAMS_H

#include "harness/error.h"
#include "harness/options.h"
#include "harness/report/table.h"
#include "workloads/stream.h"

struct held_stream {
    struct stream stream;
    uint32_t source;
    uint32_t threads;
    bool open;
    struct count bare_bytes;
};

struct streams {
    const struct options *options;
    struct held_stream *held; /* one for each source and number of threads */
    size_t count;
    uint64_t bytes; /* held now */
    uint64_t bytes_most;
    const char *worker; /* path of heaplab-worker */
};

bool streams_init(struct streams *streams,
                  const struct options *options,
                  const char *worker,
                  struct error *error);

/* The stream of a source with a number of threads, NULL with an error; stays valid until the next
 * call. */
const struct stream *
streams_get(struct streams *streams, uint32_t source, uint32_t threads, struct error *error);

/* Anonymous bytes that a process holds at the start line of a stream without a library preloaded:
 * measured once by streams_measure_bare, by a process of its own. */
uint64_t streams_bare_bytes(struct streams *streams, uint32_t source, uint32_t threads);
bool streams_measure_bare(struct streams *streams,
                          uint32_t source,
                          uint32_t threads,
                          struct error *error);

void streams_free(struct streams *streams);

#endif

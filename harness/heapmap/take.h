/* Taking the frames: one worker of the heapmap pass runs the stream under the allocator. */
#ifndef HARNESS_HEAPMAP_TAKE_H
#define HARNESS_HEAPMAP_TAKE_H

#include "harness/heapmap/request.h"
#include "workloads/stream.h"

struct taken {
    int fd;                           /* a file without a name that holds the frames; owned */
    const char *status;               /* a status of measurements.csv */
    char detail[WORKER_DETAIL_BYTES]; /* reason of a status other than ok */
    char library[WORKER_PATH_BYTES];  /* whose malloc was live; "" unless ok */
};

/* Runs the worker until it ends, however it does; the frames hold only if the status is "ok". The
 * moments' events ascend. False when no worker could be started. The caller closes taken->fd where
 * it is not -1, also after a failure. */
bool take_frames(const struct map_request *request,
                 const struct stream *stream,
                 const uint64_t *events,
                 struct taken *taken,
                 struct error *error);

#endif

/* What a heap map is asked to show: the words after `heaplab heapmap`. */
#ifndef HARNESS_HEAPMAP_REQUEST_H
#define HARNESS_HEAPMAP_REQUEST_H

#include "harness/allocators.h"
#include "harness/heapmap/palette.h"
#include "harness/replay/protocol.h"
#include "harness/sources.h"

struct map_request {
    struct allocator allocator;
    struct source source;
    uint32_t threads;
    double scale;
    uint64_t seed;
    const char *touch;                  /* none, page, line, all */
    double moments[WORKER_MOMENTS_MAX]; /* parts of the stream, ascending, above 0, at most 1 */
    size_t moment_count;
    enum map_by by;
    uint32_t timeout_s;
    const char *output; /* NULL: a new folder under results/ */
    bool plots;
    bool help;
};

/* Understands the words argv[1..], which must outlive the request. False is a usage error. */
bool map_request_parse(struct map_request *request, int argc, char **argv, struct error *error);

/* Prints what `heaplab heapmap --help` shows. */
void map_request_help(void);

#endif

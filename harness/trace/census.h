/* A trace counted: what trace_inspect prints. Inside harness/trace only. */
#ifndef HARNESS_TRACE_CENSUS_H
#define HARNESS_TRACE_CENSUS_H

#include "harness/trace/decode.h"

/* Bucket 0 holds the value 0, bucket i > 0 the values from 2^(i-1) to 2^i - 1. */
#define CENSUS_BUCKETS 65

struct census_bucket {
    uint64_t count;
    uint64_t bytes;
};

struct census_thread {
    uint64_t operations;
    uint64_t births;        /* malloc, calloc, aligned_alloc */
    uint64_t frees;         /* by this thread */
    uint64_t frees_foreign; /* of those, of objects that another thread allocated */
};

struct census {
    uint64_t events[EVENT_KINDS];
    uint64_t objects;
    uint64_t live_bytes;
    uint64_t live_bytes_peak;
    uint64_t live_objects;
    uint64_t live_objects_peak;
    uint64_t bytes_allocated;
    uint64_t frees_foreign;
    uint64_t switches;                                 /* of thread in the merged order */
    struct census_bucket size[CENSUS_BUCKETS];         /* requested, realloc too */
    struct census_bucket life_objects[CENSUS_BUCKETS]; /* objects born until the free; bytes of */
    struct census_bucket life_bytes[CENSUS_BUCKETS];   /* those freed. Likewise in bytes */
    struct census_thread thread[STREAM_THREADS_MAX];
};

/* Counts a loaded trace in its merged order. False: out of memory. */
bool census_take(struct census *census, const struct stream *stream, const struct trace_runs *runs);

#endif

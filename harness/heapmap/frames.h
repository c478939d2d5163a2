/* The frames that a worker of the heapmap pass wrote down, read back as regions in the order of
 * their addresses. */
#ifndef HARNESS_HEAPMAP_FRAMES_H
#define HARNESS_HEAPMAP_FRAMES_H

#include "harness/error.h"
#include "harness/heapmap/extents.h"
#include "harness/replay/protocol.h"

enum map_kind {
    MAP_USED,     /* a block that the program holds, its usable bytes */
    MAP_FREE,     /* from the heap walk */
    MAP_METADATA, /* from the heap walk */
    MAP_RESIDENT, /* without a heap walk: resident, but of no live block */
    MAP_KINDS
};

struct map_region {
    uint64_t address;
    uint64_t bytes;
    enum map_kind kind;
    bool has_object; /* a block of the stream; others are held by the process for itself */
    uint64_t requested_bytes;
    uint64_t age_events; /* since the malloc or realloc that it comes from */
};

struct frame {
    size_t number; /* from 0 */
    uint64_t events_done;
    uint64_t live_bytes;  /* requested */
    uint64_t live_blocks; /* of the stream */
    bool has_walk;
    struct map_region *regions; /* disjoint, by address; owned */
    size_t count;
    uint64_t kind_bytes[MAP_KINDS];
};

/* The worker's file, mapped. */
struct frames {
    void *file;
    const struct frame_record *records;
    size_t record_count;
    size_t *begins; /* index of each frame's first record */
    size_t count;
    struct extents live; /* where blocks are in any of the frames */
};

/* Maps the file behind `fd`, which may be closed then. False with an error for a file that is no
 * run of whole frames. Ends with frames_close, also after a failure. */
bool frames_open(struct frames *frames, int fd, struct error *error);
void frames_close(struct frames *frames);

/* Makes the index-th frame; the caller ends with frame_free. */
bool frame_load(const struct frames *frames,
                size_t index,
                struct frame *frame,
                struct error *error);
void frame_free(struct frame *frame);

/* "used", "free", "metadata", "resident": as in heapmap.csv. */
const char *map_kind_name(enum map_kind kind);

#endif

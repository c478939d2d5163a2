/* What the planning process and the measured one say to each other. The request travels in the
 * arguments (so that a cell can be repeated by hand), the stream as file descriptor
 * WORKER_STREAM_FD, the answer through a pipe, WORKER_ANSWER_FD, as messages of one header and a
 * body. Both ends are of one build: structs travel as they are. */
#ifndef HARNESS_REPLAY_PROTOCOL_H
#define HARNESS_REPLAY_PROTOCOL_H

#include <stdint.h>

#define WORKER_STREAM_FD 3
#define WORKER_ANSWER_FD 4
#define WORKER_FRAMES_FD 5 /* heapmap pass only: a file that receives structs frame_record */

#define WORKER_HEAPMAP_PASS "heapmap:" /* then numbers of events, ascending, with commas between */
#define WORKER_MOMENTS_MAX  256

/* Runs as throughput does and counts instructions. Then who counts: hardware, valgrind (under which
 * the worker was started), or probe: an answer at once, ok or why the hardware does not count. */
#define WORKER_INSTRUCTIONS_PASS "instructions:"

/* Times single calls. Then the number that says which ones. */
#define WORKER_LATENCY_PASS "latency:"
#define LATENCY_SAMPLES     262144 /* calls that are timed, about; all where there are no more */

#define WORKER_SAMPLES      256 /* memory samples over a stream */
#define WORKER_WALK_EVERY   4   /* of them one with a walk over the heap, which may take long */
#define WORKER_IDLE_NS      UINT64_C(1000000000)
#define WORKER_PATH_BYTES   1024
#define WORKER_DETAIL_BYTES 256

enum worker_pass {
    PASS_THROUGHPUT, /* the clock runs, nothing else looks */
    PASS_MEMORY,     /* samples of memory over the stream; its time means nothing */
    PASS_CHECK,      /* every block filled with a stamp and verified before it is freed */
    PASS_BARE,       /* up to the start line only: what the harness itself holds there */
    PASS_LATENCY,    /* "latency:N": time stamps around single calls */
    PASS_HEAPMAP,    /* "heapmap:E,F,...": everything in the heap after E, F, ... events */
};

/* What the replay writes to a block it has just got. Spelled none, page, line, all. */
enum touch_policy {
    TOUCH_NONE,
    TOUCH_PAGE,
    TOUCH_LINE,
    TOUCH_ALL
};

enum worker_message {
    MESSAGE_PARKED =
        1,           /* no body: the stream is done, the process only waits for its idle second */
    MESSAGE_RESULT,  /* struct worker_result, then `samples` structs memory_sample */
    MESSAGE_LATENCY, /* before the result: struct latency_report, then its buckets */
};

struct worker_message_header {
    uint32_t kind;
    uint32_t body_bytes;
};

/* A frame of the heapmap pass is a run of records that begins with FRAME_BEGIN. It holds the regions
 * of the allocator's heap walk, or, where it offers none, mappings and their resident pages; and in
 * either case a record for each live slot. */
enum frame_record_kind {
    FRAME_BEGIN,    /* address = number of the frame, bytes = events done, requested = live bytes,
                       birth = 1 with a heap walk */
    FRAME_USED,     /* address, bytes: a region of the heap walk, as in heap_walk.h */
    FRAME_FREE,     /* likewise */
    FRAME_METADATA, /* likewise */
    FRAME_SLOT,     /* address, bytes = usable (0: unknown), requested, birth = events before it */
    FRAME_MAPPING,  /* address, bytes: private, anonymous, writable memory of the process */
    FRAME_RESIDENT, /* address, bytes: a run of resident pages of the mapping before */
};

struct frame_record {
    uint64_t kind; /* enum frame_record_kind */
    uint64_t address;
    uint64_t bytes;
    uint64_t requested;
    uint64_t birth;
};

enum worker_status {
    WORKER_OK,
    WORKER_WRONG_ALLOCATOR,
    WORKER_OUT_OF_MEMORY,
    WORKER_FAILED,
    WORKER_UNSUPPORTED, /* this machine or allocator cannot do it; no fault of either */
};

#define SAMPLE_UNKNOWN UINT64_MAX

struct memory_sample {
    uint64_t events_done;
    uint64_t elapsed_ns;
    uint64_t live_bytes;
    uint64_t usable_bytes;
    uint64_t rss_bytes; /* whole process; the reader subtracts rss_bytes_start */
    uint64_t lazyfree_bytes;
    uint64_t thp_bytes;
    uint64_t heap_used_bytes; /* the last six: SAMPLE_UNKNOWN without a heap walk of this sample */
    uint64_t heap_free_bytes;
    uint64_t heap_largest_free_bytes;
    uint64_t heap_metadata_bytes;
    uint64_t heap_free_blocks;
    uint64_t heap_used_blocks;
};

struct worker_result {
    uint32_t status; /* enum worker_status */
    uint32_t samples;
    char detail[WORKER_DETAIL_BYTES];
    char library[WORKER_PATH_BYTES]; /* file whose malloc is live */
    uint64_t setup_ns;
    uint64_t elapsed_ns;
    uint64_t cpu_user_ns;
    uint64_t cpu_sys_ns;
    uint64_t minor_faults;
    uint64_t major_faults;
    uint64_t ctx_voluntary;
    uint64_t ctx_involuntary;
    uint64_t instructions;          /* instructions pass, where the hardware counts */
    uint64_t anonymous_bytes_start; /* the rest: memory and bare pass only */
    uint64_t rss_bytes_start;
    uint64_t rss_bytes_high_water; /* since the start line, whole process */
    uint64_t rss_bytes_end;
    uint64_t rss_bytes_idle;
};

/* Calls by what they are; aligned_alloc and its kin are mallocs. */
enum latency_call {
    LATENCY_MALLOC,
    LATENCY_CALLOC,
    LATENCY_REALLOC,
    LATENCY_FREE,
    LATENCY_CALLS
};

#define LATENCY_UNITS_PER_NS 128

/* How many calls took at least low_units and less than high_units, the timer's cost subtracted. */
struct latency_bucket {
    uint64_t low_units;
    uint64_t high_units;
    uint32_t call; /* enum latency_call */
    uint32_t calls;
};

/* Buckets follow in the order of calls and durations; none is empty. */
struct latency_report {
    double timer_ns;                    /* what two stamps with nothing between them take */
    uint64_t most_units[LATENCY_CALLS]; /* the longest, exactly */
    uint64_t buckets;
};

#endif

/* The replay engine: executes an event stream against whatever malloc is live in this process.
 *
 * Threads of the stream become threads of the process, pinned to a processor each in turn. Edges
 * are kept, all else runs free. The loop over the events is specialised by constants for each pass
 * and touch policy (loop.h), so that an observer costs nothing where it does not look. Nothing here
 * calls malloc except for an event. */
#ifndef HARNESS_REPLAY_REPLAY_H
#define HARNESS_REPLAY_REPLAY_H

#include "harness/replay/edges.h"
#include "harness/replay/protocol.h"
#include "workloads/events.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct latency_thread;
struct replay;

/* What a block in a slot was asked for and what it may use; kept where a pass needs it. */
struct slot_bytes {
    uint64_t requested;
    uint64_t usable;
};

/* A thread of the stream. Its own cache lines: threads write here while the clock runs. */
struct replay_thread {
    _Alignas(128) struct edge_counter signals;
    struct replay *replay;
    const uint64_t *word; /* next event */
    const uint64_t *end;
    uint64_t *window;     /* memory pass: the piece of the run that word and end point into */
    uint64_t window_word; /* memory pass: index in the stream of the window's first word */
    uint32_t number;
    bool created; /* has a pthread of its own to join */
    pthread_t handle;
    uint64_t start_ns;
    uint64_t stop_ns;
    uint64_t live_bytes;   /* may wrap for a thread that frees others' blocks; the sum does not */
    uint64_t usable_bytes; /* likewise */
    struct latency_thread *latency; /* latency pass: what the thread has timed */
    uint64_t events; /* heapmap pass: number of the event in hand, over all threads */
};

/* Words of a window. The memory pass reads the stream piece by piece instead of mapping it whole:
 * what is not resident costs nothing when the kernel adds up what is. */
#define REPLAY_WINDOW_WORDS 1024

struct replay {
    const struct stream_header *header;
    const uint64_t *words; /* NULL in the memory pass */
    enum worker_pass pass;
    enum touch_policy touch;
    void **slots;
    struct slot_bytes *slot_bytes; /* NULL in the throughput pass */
    uint64_t *slot_births;         /* heapmap pass: event that filled the slot, else NULL */
    struct replay_thread *threads;
    size_t (*usable_size)(void *); /* NULL: the library has none of its own */
    bool has_aligned;              /* the library has a posix_memalign of its own */

    struct edge_counter arrived, line, finished, leave;

    /* Memory pass: threads run under the read lock, samples are taken under the write lock. */
    pthread_rwlock_t world;
    _Atomic uint64_t events_done;
    uint64_t sample_step; /* events between samples */
    uint64_t begin_ns;
    uint32_t samples;
    struct memory_sample *sample; /* room for WORKER_SAMPLES + 2 */

    /* Heapmap pass: frames are taken under the write lock after so many events, ascending. */
    const uint64_t *moments;
    uint32_t moment_count;
    uint32_t frames; /* taken */
};

/* Nanoseconds of the monotonic clock. */
uint64_t clock_ns(void);

/* Ends the process with a result that has no figures. Any thread may call it. */
_Noreturn void worker_stop(enum worker_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Lays out the replay of a mapped stream, prefaulting all it will touch; pass and touch are set by
 * the caller. Returns NULL or a message. */
const char *replay_prepare(struct replay *replay);

/* Creates the initial threads, which wait at the start line. */
void replay_begin(struct replay *replay);

/* Runs the stream to its end and fills the clocked figures of the result. In the memory and heapmap
 * passes the initial threads stay parked until replay_leave. */
void replay_run(struct replay *replay, struct worker_result *result);

/* Frees what the stream left live; memory pass only, where slots are kept empty after a free. */
void replay_free_leftovers(struct replay *replay);

/* Lets parked threads go and joins all. */
void replay_leave(struct replay *replay);

/* For the loop: starts the thread of an EVENT_THREAD_START. */
void replay_start_thread(struct replay *replay, uint32_t number);

/* For the memory pass: runs a thread's events in pieces, taking samples between them. */
void observe_run(struct replay_thread *thread);

/* Takes a sample, with a walk over the heap or without; the caller sees to it that no other thread
 * runs. */
void observe_sample(struct replay *replay, struct memory_sample *sample, bool walks);

#endif

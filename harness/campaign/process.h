/* The process of one cell, seen from outside: started afresh with the allocator preloaded, listened
 * to, timed, limited, and judged when it ends. One caller, one thread. */
#ifndef HARNESS_CAMPAIGN_PROCESS_H
#define HARNESS_CAMPAIGN_PROCESS_H

#include "harness/error.h"
#include "harness/replay/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What to start. Texts must outlive the call only. */
struct process_request {
    const char *worker; /* path of heaplab-worker */
    const char *pass, *touch, *thp;
    const char *library;  /* "" = the C library's own malloc */
    const char *tunables; /* for HEAPLAB_TUNABLES; NULL or "" = none */
    const char *valgrind; /* its path: the worker runs under it; NULL = it does not */
    bool fixed_addresses; /* without address space layout randomisation */
    int stream_fd;
    int frames_fd; /* receives the frames of the pass heapmap; 0 = none, else above 5 */
    uint32_t env_padding_bytes;
    uint64_t timeout_ns;
    uint64_t memory_limit_bytes;
};

enum process_state {
    PROCESS_ACTIVE,
    PROCESS_PARKED, /* only waits for its idle second: another cell may be started */
    PROCESS_ENDED,
};

struct process {
    enum process_state state;
    pid_t pid;
    int answer_fd;
    int messages_fd; /* what the process prints */
    int dump_fd;     /* under valgrind what it counted, else -1 */
    uint64_t started_unix_ns;
    uint64_t started_ns;
    uint64_t ended_ns;
    uint64_t deadline_ns;
    uint64_t memory_limit_bytes;
    const char *killed_as; /* status if we ended it: "timeout", "out_of_memory" */
    int wait_status;
    bool addresses_vary; /* fixed ones were asked for and refused */
    char *answer;        /* all messages as received; owned */
    size_t answer_bytes;
    size_t answer_room;
};

/* Starts the process. False, with an error, when this machine cannot start one. */
bool process_start(struct process *process,
                   const struct process_request *request,
                   struct error *error);

/* Listens to `count` processes for at most `wait_ms`, enforces their limits and moves their states
 * on. Interrupted by signals. */
void process_listen(struct process *const *processes, size_t count, int wait_ms);

/* The body of the first message of a kind, NULL when it has not come whole. */
const void *process_message(const struct process *process, uint32_t kind, uint32_t *body_bytes);

/* The result of an ended process, NULL when none came; its samples follow it in memory. */
const struct worker_result *process_result(const struct process *process);

/* The instructions that an ended process took for its stream; false when nobody counted them. */
bool process_instructions(const struct process *process, uint64_t *instructions);

/* How an ended process ended: a status of measurements.csv, and its reason in `detail`. Under
 * valgrind an end without a result, or without memory, is `unsupported`: other passes tell of
 * allocators that crash on their own account. */
const char *process_status(const struct process *process, char detail[WORKER_DETAIL_BYTES]);

/* Ends the process if it runs and releases everything. */
void process_free(struct process *process);

#endif

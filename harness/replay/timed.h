/* The latency pass in the worker: what latency.h times, for a stream's threads. */
#ifndef HARNESS_REPLAY_TIMED_H
#define HARNESS_REPLAY_TIMED_H

#include "harness/replay/replay.h"

/* Prepares the threads of a replay that is laid out; `number` is the text behind
 * WORKER_LATENCY_PASS. Returns NULL or a message. */
const char *timed_open(struct replay *replay, const char *number);

/* Runs a thread's events. */
void timed_run(struct replay_thread *thread);

/* When all threads have run: the report, and its buckets, which stay the callee's. */
const struct latency_bucket *timed_report(struct replay *replay, struct latency_report *report);

#endif

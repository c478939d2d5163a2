/* The heapmap pass: at chosen moments of the stream all threads stand still, and everything that
 * lies in the heap is written down as records for the planning process to draw. Nothing is
 * allocated for it. */
#ifndef HARNESS_REPLAY_HEAPMAP_H
#define HARNESS_REPLAY_HEAPMAP_H

#include "harness/replay/replay.h"

/* Understands the text behind WORKER_HEAPMAP_PASS and looks for the allocator's heap walk. Returns
 * NULL or a message (static storage). Call once, before the start line. */
const char *heapmap_open(struct replay *replay, const char *text);

/* Runs a thread's events in pieces; whoever reaches a moment takes its frame. */
void heapmap_run(struct replay_thread *thread);

#endif

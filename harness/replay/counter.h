/* A counter of the kernel's (perf_event_open(2)) over this thread and all threads that it starts
 * later, in user mode only. For any event of that interface; the instructions pass asks for the
 * processor's instructions. Calls no malloc. */
#ifndef HARNESS_REPLAY_COUNTER_H
#define HARNESS_REPLAY_COUNTER_H

#include <stdint.h>

/* Opens a counter that stands still: type and config as in struct perf_event_attr. Returns its
 * descriptor, or minus an errno. */
int counter_open(uint32_t type, uint64_t config);

/* Lets the counter count from here on. Returns 0 or an errno. */
int counter_start(int fd);

/* Stops the counter and reads it. Returns 0 or an errno: EBUSY when it did not count all the time
 * because others needed the processor's counters. */
int counter_stop(int fd, uint64_t *count);

/* Why there is no count, as a clause, with the remedy where there is one. A static text. */
const char *counter_reason(int reason);

#endif

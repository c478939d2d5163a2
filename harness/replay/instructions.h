/* The instructions pass: how many instructions the stream takes in user mode, over all threads.
 *
 * Counted by the processor (counter.h), or by callgrind, under which the process then runs
 * (Nethercote and Seward 2007; Weidendorfer 2008): it is told where the stream begins and ends, and
 * whoever started the process reads its dump. Not for time: callgrind runs one thread at a time,
 * tens of times slower. */
#ifndef HARNESS_REPLAY_INSTRUCTIONS_H
#define HARNESS_REPLAY_INSTRUCTIONS_H

#include <stdint.h>

/* Prepares the counting by `source`: hardware, valgrind, or probe = tries whether hardware counts
 * here and ends the process with the answer. Call before any thread is started. */
void instructions_open(const char *source);

/* Counts from here on. */
void instructions_start(void);

/* Counts no more; returns the count, 0 where callgrind has it. */
uint64_t instructions_stop(void);

#endif

/* What the measured process reads about its own memory. Uses no malloc: descriptors are opened
 * beforehand, text is parsed in place. */
#ifndef HARNESS_REPLAY_MEMORY_H
#define HARNESS_REPLAY_MEMORY_H

#include "harness/replay/protocol.h"

#include <stdbool.h>

/* Opens what the functions below need and looks for the allocator's heap walk. Returns NULL or a
 * message (static storage). Call once, before the start line. */
const char *memory_open(void);

/* Fills the resident, lazily freed and huge bytes of a sample (exact: the kernel walks the page
 * tables for /proc/self/smaps_rollup). False when the kernel does not tell. */
bool memory_read_resident(struct memory_sample *sample);

/* The process's anonymous resident bytes; 0 when the kernel does not tell. */
uint64_t memory_anonymous_bytes(void);

/* Fills the heap_* fields of a sample: by a walk, if asked for and the allocator offers one, else as
 * unknown. No other thread may be inside the allocator. */
void memory_read_heap(struct memory_sample *sample, bool walks);

/* Sets the kernel's high-water mark of resident bytes back to now. */
bool memory_reset_high_water(void);

/* The high-water mark in bytes; 0 when the kernel does not tell. */
uint64_t memory_high_water(void);

#endif

/* What the replay puts into blocks and reads from them: touching, and the stamps of the check pass.
 * Part of the measured loop (loop.h): all is inlined there. */
#ifndef HARNESS_REPLAY_CONTENTS_H
#define HARNESS_REPLAY_CONTENTS_H

#include "harness/replay/replay.h"

#include <string.h>

#define LOOP_INLINE static inline __attribute__((always_inline))
#define LOOP_PAGE   4096
#define LOOP_LINE   64

/* What touching leaves behind; volatile, so that no compiler may drop the accesses. */
LOOP_INLINE void loop_touch_new(void *block, uint64_t size, enum touch_policy touch)
{
    if (touch == TOUCH_NONE || size == 0) {
        return;
    }
    if (touch == TOUCH_ALL) {
        memset(block, 1, size);
        __asm__ volatile("" : : "r"(block) : "memory");
        return;
    }
    volatile char *bytes = block;
    bytes[0] = 1;
    uint64_t step = touch == TOUCH_LINE ? LOOP_LINE : LOOP_PAGE;
    if (size > step) {
        for (uint64_t at = step; at < size; at += step) {
            bytes[at] = 1;
        }
        bytes[size - 1] = 1;
    }
}

/* EVENT_TOUCH: the program writes and then reads the first bytes of its block. */
LOOP_INLINE void loop_touch_event(void *block, uint64_t size)
{
    if (size <= 16) {
        volatile unsigned char *bytes = block;
        for (uint64_t at = 0; at < size; at++) {
            bytes[at] = 1;
        }
        for (uint64_t at = 0; at < size; at++) {
            (void)bytes[at];
        }
        return;
    }
    memset(block, 1, size);
    __asm__ volatile("" : : "r"(block) : "memory");
    for (uint64_t at = 0; at + 8 <= size; at += 8) {
        (void)*(volatile uint64_t *)(void *)((char *)block + at);
    }
}

LOOP_INLINE unsigned char loop_stamp(uint32_t slot)
{
    return (unsigned char)(slot * 31 + 7);
}

LOOP_INLINE void loop_verify(const void *block, uint64_t size, unsigned char stamp, uint32_t slot)
{
    const unsigned char *bytes = block;
    for (uint64_t at = 0; at < size; at++) {
        if (bytes[at] != stamp) {
            worker_stop(WORKER_FAILED,
                        "byte %llu of the %llu-byte block in slot %u was changed: the allocator "
                        "lost or shared it",
                        (unsigned long long)at,
                        (unsigned long long)size,
                        slot);
        }
    }
}

#endif

/* A time stamp that orders events of different threads: the processor's own counter, read when all
 * loads before it are done. The fence matters: without it the counter may be read before a pointer
 * has arrived from another thread, and a free is then stamped before its malloc. */
#ifndef HARNESS_RECORDER_STAMP_H
#define HARNESS_RECORDER_STAMP_H

#include <stdint.h>

static inline uint64_t stamp_now(void)
{
#if defined(__x86_64__)
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
    uint64_t ticks = 0;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
    return ticks;
#else
#    error "no ordered time stamp is known for this processor"
#endif
}

#endif

/* Time stamps around a single call: the processor's time stamp counter where it ticks at a constant
 * rate in all states, else clock_gettime. A stamp waits for what was begun before it and holds back
 * what comes after (Intel, Software Developer's Manual, RDTSC and RDTSCP; Paoloni 2010), so that a
 * duration is the call's whole latency and nothing of its neighbours'. */
#ifndef HARNESS_REPLAY_TIMER_H
#define HARNESS_REPLAY_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#    include <x86intrin.h>
#endif

struct timer {
    bool counter;            /* the processor's, else clock_gettime */
    uint64_t units_per_tick; /* of histogram.h, times 2^32 */
    uint64_t cost_ticks;     /* of two stamps with nothing between them: the median */
};

/* Chooses the timer, measures its rate against the kernel's clock and its cost. Takes some 20 ms. */
void timer_open(struct timer *timer);

/* The cost of the timer, which durations do not hold, in nanoseconds. */
double timer_cost_ns(const struct timer *timer);

static inline uint64_t timer_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Ticks, before a call and after it. */
static inline uint64_t timer_before(const struct timer *timer)
{
#if defined(__x86_64__)
    if (timer->counter) {
        _mm_lfence();
        uint64_t ticks = __rdtsc();
        _mm_lfence();
        return ticks;
    }
#endif
    (void)timer;
    return timer_clock();
}

static inline uint64_t timer_after(const struct timer *timer)
{
#if defined(__x86_64__)
    if (timer->counter) {
        unsigned processor;
        uint64_t ticks = __rdtscp(&processor);
        _mm_lfence();
        return ticks;
    }
#endif
    (void)timer;
    return timer_clock();
}

/* The duration between two stamps in units of histogram.h, the timer's cost subtracted; never below
 * 0. */
static inline uint64_t timer_units(const struct timer *timer, uint64_t before, uint64_t after)
{
    uint64_t ticks = after > before ? after - before : 0;
    uint64_t own = ticks > timer->cost_ticks ? ticks - timer->cost_ticks : 0;
    return (uint64_t)((unsigned __int128)own * timer->units_per_tick >> 32);
}

#endif

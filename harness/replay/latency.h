/* The latency pass: how long single calls take, as their caller sees it. Time stamps stand around
 * some of the calls, drawn in gaps of random length so that no workload's rhythm is missed; the
 * draw depends on seed, thread and place in the stream alone, so that every allocator is asked about
 * the same calls. Each thread fills histograms of its own. Not for throughput: stamps take time. */
#ifndef HARNESS_REPLAY_LATENCY_H
#define HARNESS_REPLAY_LATENCY_H

#include "harness/replay/histogram.h"
#include "harness/replay/protocol.h"
#include "harness/replay/timer.h"

#include <stddef.h>
#include <stdint.h>

/* What a thread has timed, on cache lines of its own. */
struct latency_thread {
    _Alignas(128) const struct timer *timer;
    uint64_t calls_to_next; /* 1: the next call is timed */
    uint64_t gap_most;      /* gaps are 1 to this, each as likely as any */
    uint64_t random;        /* state of the draw */
    struct histogram histogram[LATENCY_CALLS];
};

/* Prepares one of `threads` threads, whose memory is zero: of `operations` calls in the whole
 * stream about LATENCY_SAMPLES are to be timed, all of them where there are no more. */
void latency_prepare(struct latency_thread *thread,
                     const struct timer *timer,
                     uint64_t operations,
                     uint64_t seed);

/* Merges the histograms of `count` threads into those of the first. */
void latency_merge(struct latency_thread *threads, size_t count);

/* Lists the buckets of a thread that are not empty into `buckets`, which has room for
 * LATENCY_BUCKETS_MOST; returns how many. */
#define LATENCY_BUCKETS_MOST ((size_t)LATENCY_CALLS * HISTOGRAM_BUCKETS)
size_t latency_list(const struct latency_thread *thread, struct latency_bucket *buckets);

/* The gap to the next call that is timed: xorshift64 (Marsaglia 2003). */
static inline uint64_t latency_draw_gap(struct latency_thread *thread)
{
    uint64_t x = thread->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    thread->random = x;
    return 1 + (uint64_t)((unsigned __int128)x * thread->gap_most >> 64);
}

/* The stamp before a call; 0 when this call is not timed. */
static inline uint64_t latency_before(struct latency_thread *thread)
{
    if (__builtin_expect(--thread->calls_to_next != 0, 1)) {
        return 0;
    }
    return timer_before(thread->timer);
}

static inline void
latency_after(struct latency_thread *thread, enum latency_call call, uint64_t before)
{
    if (__builtin_expect(before == 0, 1)) {
        return;
    }
    uint64_t after = timer_after(thread->timer);
    histogram_add(&thread->histogram[call], timer_units(thread->timer, before, after));
    thread->calls_to_next = latency_draw_gap(thread);
}

#endif

#include "harness/replay/latency.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* spreads small seeds over all bits (Knuth 6.4) */

void latency_prepare(struct latency_thread *thread,
                     const struct timer *timer,
                     uint64_t operations,
                     uint64_t seed)
{
    uint64_t mean = (operations + LATENCY_SAMPLES - 1) / LATENCY_SAMPLES;
    thread->timer = timer;
    thread->gap_most = mean > 1 ? 2 * mean - 1 : 1;
    thread->random = (seed + 1) * GOLDEN | 1;
    for (int i = 0; i < 8; i++) {
        thread->calls_to_next = latency_draw_gap(thread);
    }
}

void latency_merge(struct latency_thread *threads, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (unsigned call = 0; call < LATENCY_CALLS; call++) {
            histogram_merge(&threads[0].histogram[call], &threads[i].histogram[call]);
        }
    }
}

static size_t
list_call(const struct histogram *histogram, enum latency_call call, struct latency_bucket *buckets)
{
    size_t count = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->calls[i] > 0) {
            buckets[count++] = (struct latency_bucket){
                .low_units = histogram_low(i),
                .high_units = histogram_low(i + 1),
                .call = call,
                .calls = histogram->calls[i],
            };
        }
    }
    return count;
}

size_t latency_list(const struct latency_thread *thread, struct latency_bucket *buckets)
{
    size_t count = 0;
    for (unsigned call = 0; call < LATENCY_CALLS; call++) {
        count += list_call(&thread->histogram[call], call, buckets + count);
    }
    return count;
}

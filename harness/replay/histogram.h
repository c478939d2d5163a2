/* A log-linear histogram of durations (after Tene, HdrHistogram): each octave is divided into 128
 * buckets of equal width, so that a bucket is at most 1/128 = 0.8 % of its lower edge wide, from a
 * nanosecond to two minutes. Adding is a few instructions and no loop. Not thread-safe: one for each
 * thread, merged afterwards. */
#ifndef HARNESS_REPLAY_HISTOGRAM_H
#define HARNESS_REPLAY_HISTOGRAM_H

#include <stdint.h>

/* Durations are in units of 1/128 ns (LATENCY_UNITS_PER_NS), so that the bucket of one nanosecond
 * is as narrow as any, too. */
#define HISTOGRAM_SHARE_LOG2 7 /* 128 buckets in an octave */
#define HISTOGRAM_OCTAVES    36
#define HISTOGRAM_BUCKETS    ((HISTOGRAM_OCTAVES + 2) << HISTOGRAM_SHARE_LOG2)

/* What is longer is counted in the last bucket, which ends here: 2^44 units = 137 s. */
#define HISTOGRAM_UNITS_MOST ((UINT64_C(1) << (HISTOGRAM_OCTAVES + 8)) - 1)

struct histogram {
    uint64_t most; /* longest duration, in units: exact, however long */
    uint32_t calls[HISTOGRAM_BUCKETS];
};

/* The bucket of a duration. Below 256 units a unit has a bucket of its own. */
static inline uint32_t histogram_bucket(uint64_t units)
{
    uint64_t value = units < HISTOGRAM_UNITS_MOST ? units : HISTOGRAM_UNITS_MOST;
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned octave = bits > HISTOGRAM_SHARE_LOG2 + 1 ? bits - HISTOGRAM_SHARE_LOG2 - 1 : 0;
    return (octave << HISTOGRAM_SHARE_LOG2) + (uint32_t)(value >> octave);
}

/* The shortest duration of a bucket; that of the next one is where it ends. */
static inline uint64_t histogram_low(uint32_t bucket)
{
    const uint32_t share = 1U << HISTOGRAM_SHARE_LOG2;
    uint32_t octave = bucket < 2 * share ? 0 : (bucket >> HISTOGRAM_SHARE_LOG2) - 1;
    return (uint64_t)(bucket - (octave << HISTOGRAM_SHARE_LOG2)) << octave;
}

static inline void histogram_add(struct histogram *histogram, uint64_t units)
{
    histogram->calls[histogram_bucket(units)]++;
    histogram->most = units > histogram->most ? units : histogram->most;
}

/* Adds all of `from`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

#endif

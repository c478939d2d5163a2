/* Deviates of known distributions from whole numbers alone, so that every machine draws the same:
 * log() and its kin differ between C libraries. Private to workloads/synthetic. */
#ifndef WORKLOADS_SYNTHETIC_DISTRIBUTIONS_H
#define WORKLOADS_SYNTHETIC_DISTRIBUTIONS_H

#include "workloads/random.h"

/* Exponential with the given mean, at most `most`. Von Neumann's comparison of uniform numbers
 * (1951). */
static inline uint64_t random_exponential(struct random *random, uint64_t mean, uint64_t most)
{
    for (uint64_t whole = 0; whole < 64; whole++) {
        uint64_t first = random_next(random);
        uint64_t last = first;
        uint64_t next = random_next(random);
        unsigned falls = 0;
        for (; next < last; falls++) {
            last = next;
            next = random_next(random);
        }
        if (falls % 2 == 0) {
            unsigned __int128 part = (unsigned __int128)mean * first >> 64;
            uint64_t value = mean * whole + (uint64_t)part;
            return value < most ? value : most;
        }
    }
    return most;
}

/* A deviate of the normal distribution with the given mean, a quarter of it as the standard
 * deviation: twelve uniform numbers added up. Lies within 2.5 means of 0 and above -mean / 2. */
static inline int64_t random_normal(struct random *random, uint64_t mean)
{
    int64_t sum = -6 * (INT64_C(1) << 32);
    for (int i = 0; i < 12; i++) {
        sum += (int64_t)(random_next(random) >> 32);
    }
    return (int64_t)mean + sum / (1 << 16) * (int64_t)(mean / 4) / (1 << 16);
}

/* Uniform within half of `middle`. */
static inline uint64_t random_around(struct random *random, uint64_t middle)
{
    return random_between(random, middle - middle / 2, middle + middle / 2);
}

#endif

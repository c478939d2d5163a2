/* Random numbers for generators: xoshiro256** (Blackman and Vigna 2021), seeded by splitmix64.
 * The same on every machine; not for secrets. */
#ifndef WORKLOADS_RANDOM_H
#define WORKLOADS_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

static inline uint64_t random_splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Seeds a generator; different `sequence` numbers of one seed are independent. */
static inline void random_seed(struct random *random, uint64_t seed, uint64_t sequence)
{
    uint64_t state = seed ^ (sequence + 1) * UINT64_C(0xd1342543de82ef95);
    for (int i = 0; i < 4; i++) {
        random->state[i] = random_splitmix(&state);
    }
}

static inline uint64_t random_rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static inline uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = random_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = random_rotate(s[3], 45);
    return result;
}

/* Uniform on [0, below), below > 0, without bias (Lemire 2019). */
static inline uint64_t random_below(struct random *random, uint64_t below)
{
    unsigned __int128 product = (unsigned __int128)random_next(random) * below;
    uint64_t low = (uint64_t)product;
    if (low < below) {
        uint64_t threshold = (0 - below) % below;
        while (low < threshold) {
            product = (unsigned __int128)random_next(random) * below;
            low = (uint64_t)product;
        }
    }
    return (uint64_t)(product >> 64);
}

/* Uniform on [least, most]. */
static inline uint64_t random_between(struct random *random, uint64_t least, uint64_t most)
{
    return least + random_below(random, most - least + 1);
}

/* Uniform on (0, 1]. */
static inline double random_unit(struct random *random)
{
    return ((double)(random_next(random) >> 11) + 1.0) * 0x1p-53;
}

#endif

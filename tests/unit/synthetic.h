/* Synthetic measurements whose truth is known, for tests of the statistics by simulation. */
#ifndef TESTS_UNIT_SYNTHETIC_H
#define TESTS_UNIT_SYNTHETIC_H

#include "workloads/random.h"

#include <stddef.h>

/* A sanitizer makes simulation slow and checks the same code with few runs. */
#ifdef __SANITIZE_ADDRESS__
#    define SYNTHETIC_RUNS(runs) ((runs) / 20)
#    define SYNTHETIC_ALLOWED    4.0
#else
#    define SYNTHETIC_RUNS(runs) (runs)
#    define SYNTHETIC_ALLOWED    0.0
#endif

/* Asserts that at most, or at least, this share of the runs are hits. Seeds are fixed, so nothing is left
 * to chance; only with the few runs under a sanitizer SYNTHETIC_ALLOWED standard errors are granted. */
void synthetic_at_most(size_t hits, size_t runs, double share);
void synthetic_at_least(size_t hits, size_t runs, double share);

/* Distributions of noise, of logarithms. Each has the median 0. */
enum synthetic_noise {
    NOISE_NORMAL,
    NOISE_LOGNORMAL,    /* skewed: exp(normal) */
    NOISE_PARETO,       /* skewed, without a variance: exponent 1.5 */
    NOISE_CONTAMINATED, /* one in ten comes from a normal ten times as wide */
    NOISES,
    NOISE_TWO_MODES = NOISES /* as often near one as near the other, and never between */
};

extern const char *const synthetic_noise_names[NOISES + 1];

double synthetic_normal(struct random *random);

/* Noise of a scale: half of the values lie as close together as those of a normal distribution with
 * that standard deviation do (within 1.35 of it). */
double synthetic_noise(struct random *random, enum synthetic_noise noise, double scale);

/* `count` values of normal noise of a scale that remember: neighbours' correlation is `memory`. */
void synthetic_series(
    struct random *random, double scale, double memory, size_t count, double *values);

#endif

/* sized: the textbook heap in steady state: sizes drawn from one distribution, lifetimes from
 * another, independent of each other.
 *
 * Real programs are not like this (Zorn and Grunwald 1994; Wilson et al. 1995 say why), but the
 * classical results are about such heaps: Knuth's fifty-percent rule, the simulations of Shore
 * (1975, 1977) and Nielsen (1977). Time is counted in a thread's own allocations; by Little's law
 * a mean lifetime of n allocations keeps n blocks alive. Whole numbers and square roots alone, so
 * that every machine draws the same. */
#include "workloads/synthetic/distributions.h"
#include "workloads/synthetic/generator.h"

#include <math.h>
#include <stdlib.h>

enum {
    SIZES,
    LIFETIMES,
    MEAN,
    LIVE,
    BLOCKS
};

enum {
    UNIFORM,
    EXPONENTIAL,
    NORMAL,
    BIMODAL,
    PARETO
};

enum {
    LIFETIME_EXPONENTIAL,
    LIFETIME_FIXED,
    LIFETIME_BIMODAL
};

/* No size exceeds this many means, no lifetime this many. */
#define SIZE_MEANS_MOST     64
#define LIFETIME_MEANS_MOST 16

static uint64_t random_size(struct random *random, uint64_t distribution, uint64_t mean)
{
    switch (distribution) {
    case UNIFORM: return random_between(random, 1, 2 * mean - 1);
    case EXPONENTIAL: return 1 + random_exponential(random, mean - 1, SIZE_MEANS_MOST * mean);
    case NORMAL: {
        int64_t size = random_normal(random, mean);
        return size < 1 ? 1 : (uint64_t)size;
    }
    case BIMODAL: /* 9/10 of 1/4 and 1/10 of 31/4 make 1 */
        return random_around(random, random_below(random, 10) > 0 ? mean / 4 : mean * 31 / 4);
    default: { /* Pareto with exponent 2, whose least value is half the mean */
        uint64_t size = (uint64_t)((double)mean / 2.0 / sqrt(random_unit(random)));
        return size < SIZE_MEANS_MOST * mean ? size : SIZE_MEANS_MOST * mean;
    }
    }
}

static uint64_t random_lifetime(struct random *random, uint64_t distribution, uint64_t mean)
{
    uint64_t lifetime = mean;
    if (distribution == LIFETIME_EXPONENTIAL) {
        lifetime = random_exponential(random, mean, LIFETIME_MEANS_MOST * mean);
    } else if (distribution == LIFETIME_BIMODAL) { /* 9/10 of 1/10 and 1/10 of 91/10 make 1 */
        lifetime = random_around(random, random_below(random, 10) > 0 ? mean / 10 : mean * 91 / 10);
    }
    return lifetime > 0 ? lifetime : 1;
}

/* When blocks die. One block is born at each time, so its time of birth names it. */
struct calendar {
    uint64_t length; /* above the longest lifetime, so that times may wrap */
    uint32_t *slot;  /* by time of birth */
    uint32_t *next;  /* by time of birth: 1 + place of the next that dies at the same time */
    uint32_t *first; /* by time of death: 1 + place of the first, 0: none */
};

static void
bury(struct calendar *calendar, struct stream_builder *builder, uint32_t thread, uint64_t time)
{
    uint32_t *first = &calendar->first[time % calendar->length];
    for (; *first != 0; *first = calendar->next[*first - 1]) {
        stream_free(builder, thread, calendar->slot[*first - 1]);
    }
}

static void run_thread(const struct workload_request *request,
                       struct stream_builder *builder,
                       uint32_t thread,
                       struct calendar *calendar)
{
    const uint64_t *parameter = request->parameter;
    struct random random;
    random_seed(&random, request->seed, thread);
    uint64_t lifetime_mean = calendar->length / LIFETIME_MEANS_MOST;
    uint64_t blocks = share(scaled(request, parameter[BLOCKS]), request->threads, thread);
    for (uint64_t time = 0; time < blocks; time++) {
        bury(calendar, builder, thread, time);
        uint64_t size = random_size(&random, parameter[SIZES], parameter[MEAN]);
        uint64_t death = time + random_lifetime(&random, parameter[LIFETIMES], lifetime_mean);
        uint64_t place = time % calendar->length;
        calendar->slot[place] = stream_malloc(builder, thread, size);
        calendar->next[place] = calendar->first[death % calendar->length];
        calendar->first[death % calendar->length] = (uint32_t)place + 1;
    }
    for (uint64_t time = blocks; time < blocks + calendar->length; time++) {
        bury(calendar, builder, thread, time);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    uint64_t lifetime_mean = request->parameter[LIVE] / request->threads;
    lifetime_mean = lifetime_mean > 0 ? lifetime_mean : 1;
    uint64_t length = lifetime_mean * LIFETIME_MEANS_MOST + 1;
    uint32_t *room = generator_slots(builder, 3 * length);
    if (room == NULL) {
        return;
    }
    struct calendar calendar = {
        .length = length, .slot = room, .next = room + length, .first = room + 2 * length};
    for (uint32_t thread = 0; thread < request->threads; thread++) {
        run_thread(request, builder, thread, &calendar);
    }
    free(room);
}

const struct workload workload_sized = {
    .name = "sized",
    .behaviour = "steady state by the book: independent sizes and lifetimes of known distributions",
    .source = "Knuth 1968; Shore 1975; Nielsen 1977",
    .threaded = true,
    .parameter =
        {
            [SIZES] = {"sizes",
                       EXPONENTIAL,
                       UNIFORM,
                       PARETO,
                       "0 uniform, 1 exponential, 2 normal, 3 bimodal, 4 Pareto"},
            [LIFETIMES] = {"lifetimes",
                           LIFETIME_EXPONENTIAL,
                           LIFETIME_EXPONENTIAL,
                           LIFETIME_BIMODAL,
                           "0 exponential, 1 fixed, 2 bimodal"},
            [MEAN] = {"size_bytes_mean", 256, 16, 1 << 24, "of every distribution; about"},
            [LIVE] = {"live_blocks",
                      20000,
                      1,
                      1 << 24,
                      "in steady state, divided by the threads; about"},
            [BLOCKS] = {"blocks",
                        1500000,
                        1,
                        UINT64_C(1) << 36,
                        "made in all threads: multiplied by the scale"},
        },
    .generate = generate,
};

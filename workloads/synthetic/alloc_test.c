/* alloc-test: slots toggled between full and empty, hot slots far oftener than cold ones.
 *
 * Which slot: six levels of the 80/20 rule. Seven groups of slots; group i holds a share of
 * binomial weight w[6 - i] of the slots and gets w[i] of the toggles, w = binomial(6, 0.2): the
 * first group, 26 % of all toggles on 0.0064 % of the slots. Which size: 5-8 B in half of all
 * cases, 9-16 B in a quarter, and so on to 513-1024 B. All of a block is written when it is made
 * and read before it is freed.
 * After alloc-test by Ignatchenko, Ivanchykhin and Blashchuk (2018), written afresh from its
 * published parameters. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    SLOTS,
    TOGGLES
};

#define EMPTY       UINT32_MAX
#define GROUPS      7
#define WEIGHTS_SUM 15625

/* 4^(6-i) C(6,i): binomial(6, 1/5) times 5^6. */
static const uint64_t weight[GROUPS] = {4096, 6144, 3840, 1280, 240, 24, 1};

struct places {
    struct stream_builder *builder;
    uint32_t thread;
    struct random random;
    uint32_t *slot;
    uint64_t *size;
    uint64_t count;
    uint64_t group_end[GROUPS];
};

static void split_groups(struct places *places)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        sum += weight[GROUPS - 1 - i];
        places->group_end[i] = places->count * sum / WEIGHTS_SUM;
    }
}

static uint64_t random_place(struct places *places)
{
    uint64_t ticket = random_below(&places->random, WEIGHTS_SUM);
    size_t group = 0;
    while (ticket >= weight[group]) {
        ticket -= weight[group++];
    }
    uint64_t first = group == 0 ? 0 : places->group_end[group - 1];
    uint64_t length = places->group_end[group] - first;
    /* Where there are so few slots that a group has none, its toggles go to the next slot. */
    uint64_t place = first + (length > 0 ? random_below(&places->random, length) : 0);
    return place < places->count ? place : places->count - 1;
}

static uint64_t random_size(struct random *random)
{
    uint64_t word = random_next(random) | 1U << 7;
    uint64_t most = UINT64_C(8) << __builtin_ctzll(word);
    return random_between(random, most / 2 + 1, most);
}

static void toggle(struct places *places, uint64_t place)
{
    if (places->slot[place] == EMPTY) {
        uint64_t size = random_size(&places->random);
        places->slot[place] = malloc_touched(places->builder, places->thread, size, size);
        places->size[place] = size;
        return;
    }
    stream_touch(places->builder, places->thread, places->slot[place], places->size[place]);
    stream_free(places->builder, places->thread, places->slot[place]);
    places->slot[place] = EMPTY;
}

static void run_thread(struct places *places, uint64_t toggles)
{
    split_groups(places);
    for (uint64_t i = 0; i < places->count; i++) {
        places->slot[i] = EMPTY;
        if (random_below(&places->random, 2) == 0) {
            toggle(places, i);
        }
    }
    for (uint64_t i = 0; i < toggles; i++) {
        toggle(places, random_place(places));
    }
    for (uint64_t i = 0; i < places->count; i++) {
        if (places->slot[i] != EMPTY) {
            toggle(places, i);
        }
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    uint32_t threads = request->threads;
    uint64_t slots = request->parameter[SLOTS] / threads;
    uint64_t toggles = scaled(request, request->parameter[TOGGLES]);
    slots = slots > 0 ? slots : 1;
    uint32_t *slot = generator_slots(builder, slots);
    uint64_t *size = calloc(slots, sizeof *size);
    if (size == NULL) {
        stream_builder_fail(builder, "out of memory while the stream was built");
    }
    for (uint32_t i = 0; slot != NULL && size != NULL && i < threads; i++) {
        struct places places = {
            .builder = builder, .thread = i, .slot = slot, .size = size, .count = slots};
        random_seed(&places.random, request->seed, i);
        run_thread(&places, share(toggles, threads, i));
    }
    free(slot);
    free(size);
}

const struct workload workload_alloc_test = {
    .name = "alloc-test",
    .behaviour = "small blocks come and go at random, most of them at few places; all bytes used",
    .source = "Ignatchenko et al. 2018 (alloc-test)",
    .threaded = true,
    .parameter =
        {
            [SLOTS] = {"slots", 1 << 18, 1, 1 << 26, "in all threads together; half of them full"},
            [TOGGLES] = {"toggles",
                         2750000,
                         1,
                         1 << 30,
                         "mallocs and frees in all threads: multiplied by the scale"},
        },
    .generate = generate,
};

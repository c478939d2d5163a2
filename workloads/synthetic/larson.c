/* larson: a server whose threads come and go while its objects live on.
 *
 * The main thread (0) fills and shuffles the slots of all workers. A worker replaces objects at
 * random slots, then starts a successor that inherits its slots, and ends. The last workers free
 * what is left; the original leaves it to the end of the process.
 * From Larson and Krishnan, "Memory allocation for long-running server applications" (ISMM 1998),
 * written afresh from its published parameters. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    SLOTS,
    SIZE_LEAST,
    SIZE_MOST,
    ROUNDS,
    GENERATIONS
};

struct chain {
    const struct workload_request *request;
    struct stream_builder *builder;
    struct random random;
    uint32_t *slot;
    uint64_t slots;
};

static uint32_t object(struct chain *chain, uint32_t thread)
{
    const uint64_t *parameter = chain->request->parameter;
    return malloc_touched(
        chain->builder,
        thread,
        random_between(&chain->random, parameter[SIZE_LEAST], parameter[SIZE_MOST]),
        2);
}

/* All successive threads of one worker: `operations` replacements in `generations` lives. */
static void
run_chain(struct chain *chain, uint32_t first, uint64_t generations, uint64_t operations)
{
    uint32_t thread = first;
    for (uint64_t life = 0; life < generations; life++) {
        for (uint64_t i = share(operations, generations, life); i > 0; i--) {
            uint64_t victim = random_below(&chain->random, chain->slots);
            stream_free(chain->builder, thread, chain->slot[victim]);
            chain->slot[victim] = object(chain, thread);
        }
        if (life + 1 < generations) {
            uint32_t successor = stream_builder_add_thread(chain->builder);
            start_thread(chain->builder, thread, successor);
            thread = successor;
        }
    }
    for (uint64_t i = 0; i < chain->slots; i++) {
        stream_free(chain->builder, thread, chain->slot[i]);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    uint32_t workers = request->threads;
    uint64_t slots = parameter[SLOTS];
    uint64_t operations = scaled(request, slots * parameter[ROUNDS] * parameter[GENERATIONS]);
    /* Every life is a thread of the stream, and those are limited: lives grow longer instead. */
    uint64_t generations = scaled(request, parameter[GENERATIONS]);
    uint64_t most = workers < STREAM_THREADS_MAX ? (STREAM_THREADS_MAX - 1) / workers : 1;
    if (generations > most) {
        generations = most;
    }
    if (parameter[SIZE_LEAST] > parameter[SIZE_MOST]) {
        stream_builder_fail(builder, "larson: size_bytes_min is above size_bytes_max");
        return;
    }
    uint32_t *slot = generator_slots(builder, workers * slots);
    if (slot == NULL) {
        return;
    }
    struct chain chain = {.request = request, .builder = builder, .slots = slots};
    random_seed(&chain.random, request->seed, 0);
    for (uint64_t i = 0; i < workers * slots; i++) {
        slot[i] = object(&chain, 0);
    }
    shuffle_slots(&chain.random, slot, workers * slots);
    for (uint32_t worker = 0; worker < workers; worker++) {
        uint32_t first = stream_builder_add_thread(builder);
        start_thread(builder, 0, first);
        chain.slot = slot + worker * slots;
        random_seed(&chain.random, request->seed, worker + 1);
        run_chain(&chain, first, generations, share(operations, workers, worker));
    }
    free(slot);
}

static uint32_t initial_threads(const struct workload_request *request)
{
    (void)request;
    return 1;
}

const struct workload workload_larson = {
    .name = "larson",
    .behaviour = "a server: random replacement; objects outlive the threads that made them",
    .source = "Larson and Krishnan 1998",
    .threaded = true,
    .parameter =
        {
            [SLOTS] = {"slots", 5000, 1, 1 << 20, "objects alive in each of the threads"},
            [SIZE_LEAST] = {"size_bytes_min", 8, 1, 1 << 20, "smallest object"},
            [SIZE_MOST] = {"size_bytes_max", 1000, 1, 1 << 20, "largest object"},
            [ROUNDS] = {"rounds",
                        100,
                        1,
                        1 << 20,
                        "replacements per slot between hand-overs, divided by the threads"},
            [GENERATIONS] =
                {"generations", 3, 1, 1000, "lives of each worker: multiplied by the scale"},
        },
    .generate = generate,
    .initial_threads = initial_threads,
};

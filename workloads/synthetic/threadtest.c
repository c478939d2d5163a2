/* threadtest: every thread allocates its share of small objects, frees them all, and again.
 *
 * Nothing crosses between threads, so whatever is lost against one thread is contention.
 * From Berger, McKinley, Blumofe and Wilson, "Hoard" (ASPLOS 2000), written afresh from its
 * published parameters. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    OBJECTS,
    SIZE,
    ROUNDS
};

static void run_round(struct stream_builder *builder,
                      uint32_t thread,
                      uint32_t *slot,
                      uint64_t objects,
                      uint64_t size)
{
    for (uint64_t i = 0; i < objects; i++) {
        slot[i] = stream_malloc(builder, thread, size);
    }
    for (uint64_t i = 0; i < objects; i++) {
        stream_free(builder, thread, slot[i]);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    uint64_t rounds = scaled(request, parameter[ROUNDS]);
    uint32_t *slot = generator_slots(builder, parameter[OBJECTS]);
    for (uint32_t thread = 0; slot != NULL && thread < request->threads; thread++) {
        uint64_t objects = share(parameter[OBJECTS], request->threads, thread);
        for (uint64_t round = 0; round < rounds; round++) {
            run_round(builder, thread, slot, objects, parameter[SIZE]);
        }
    }
    free(slot);
}

const struct workload workload_threadtest = {
    .name = "threadtest",
    .behaviour = "scalability: threads that share nothing allocate and free small objects",
    .source = "Berger et al. 2000 (Hoard)",
    .threaded = true,
    .parameter =
        {
            [OBJECTS] = {"objects", 100000, 1, 1 << 28, "alive at most, divided by the threads"},
            [SIZE] = {"size_bytes", 8, 1, 1 << 20, "of an object"},
            [ROUNDS] = {"rounds", 15, 1, 1 << 20, "multiplied by the scale"},
        },
    .generate = generate,
};

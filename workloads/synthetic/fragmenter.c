/* fragmenter: an adversary that leaves holes half the size of what it asks for next.
 *
 * With block size n, 2n, 4n, ...: fill the memory that is left with pairs of blocks, then free
 * one of each pair. What is kept is taken off the memory that is left, so that live bytes never
 * exceed memory_bytes; the holes are as large as all that was kept, and each is too small for any
 * later block. It ends when no pair fits. A round frees all and begins again; t threads each do it
 * with a t-th of the memory.
 * From Powers, Tench, Berger and McGregor, "Mesh" (PLDI 2019), written afresh from its
 * published parameters. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    SIZE_LEAST,
    MEMORY,
    ROUNDS
};

struct holes {
    struct stream_builder *builder;
    uint32_t thread;
    uint32_t *kept;
    uint64_t kept_count;
    uint32_t *doomed;
};

/* One round with `left` bytes; emits nothing where no pair fits. */
static void run_round(struct holes *holes, uint64_t left, uint64_t size_least)
{
    holes->kept_count = 0;
    for (uint64_t size = size_least; left >= 2 * size; size *= 2) {
        uint64_t pairs = left / (2 * size);
        for (uint64_t i = 0; i < pairs; i++) {
            holes->kept[holes->kept_count++] = stream_malloc(holes->builder, holes->thread, size);
            holes->doomed[i] = stream_malloc(holes->builder, holes->thread, size);
        }
        for (uint64_t i = 0; i < pairs; i++) {
            stream_free(holes->builder, holes->thread, holes->doomed[i]);
        }
        left -= pairs * size;
    }
    for (uint64_t i = 0; i < holes->kept_count; i++) {
        stream_free(holes->builder, holes->thread, holes->kept[i]);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    uint64_t memory = parameter[MEMORY] / request->threads;
    uint64_t size_least = parameter[SIZE_LEAST];
    uint64_t pairs_most = memory / (2 * size_least) + 1;
    uint64_t rounds = scaled(request, parameter[ROUNDS]);
    /* Each size keeps half of what is left: at most half the pairs of the size before. */
    uint32_t *kept = generator_slots(builder, 2 * pairs_most);
    uint32_t *doomed = generator_slots(builder, pairs_most);
    for (uint32_t thread = 0; kept != NULL && doomed != NULL && thread < request->threads;
         thread++) {
        struct holes holes = {.builder = builder, .thread = thread, .kept = kept, .doomed = doomed};
        for (uint64_t round = 0; round < rounds; round++) {
            run_round(&holes, memory, size_least);
        }
    }
    free(kept);
    free(doomed);
}

const struct workload workload_fragmenter = {
    .name = "fragmenter",
    .behaviour = "the adversary of fragmentation: holes that fit nothing asked for later",
    .source = "Powers et al. 2019 (Mesh)",
    .threaded = true,
    .parameter =
        {
            [SIZE_LEAST] = {"size_bytes_min", 512, 1, 1 << 20, "of the first blocks"},
            [MEMORY] = {"memory_bytes",
                        32 << 20,
                        1 << 20,
                        UINT64_C(1) << 36,
                        "alive at most, divided by the threads"},
            [ROUNDS] = {"rounds", 8, 1, 10000, "multiplied by the scale"},
        },
    .generate = generate,
};

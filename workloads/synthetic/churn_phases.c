/* churn-phases: a program that does one kind of thing, then another, and never quite cleans up.
 *
 * A phase fills live_bytes with sizes of its own mix, replaces blocks at random for its share of
 * the operations, then frees all but some stragglers, which live on to the end of the next phase.
 * Threads begin each phase together. What an allocator set aside for one mix and cannot give to
 * the next shows as memory. Our own; after the phase behaviour that Wilson, Johnstone, Neely and
 * Boles describe in "Dynamic storage allocation: a survey and critical review" (IWMM 1995). */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    PHASES,
    LIVE,
    STRAGGLERS,
    IDLE,
    OPERATIONS
};

/* Uniform on [least, most], but in 1 of 20 cases on [rare_least, rare_most]. */
struct mix {
    uint64_t least;
    uint64_t most;
    uint64_t rare_least;
    uint64_t rare_most;
};

static const struct mix mixes[] = {
    {16, 240, 16, 240},
    {256, 1024, 256, 1024},
    {2048, 8192, 2048, 8192},
    {48, 80, 48, 80},
    {8192, 24576, 8192, 24576},
    {32, 64, 4096, 12288},
};

#define MIXES (sizeof mixes / sizeof mixes[0])

struct heap {
    struct stream_builder *builder;
    uint32_t thread;
    struct random random;
    uint32_t *live;
    uint64_t live_count;
    uint32_t *straggler;
    uint64_t straggler_count;
};

static uint64_t mean_size(const struct mix *mix)
{
    return (19 * (mix->least + mix->most) + mix->rare_least + mix->rare_most) / 40;
}

static uint32_t object(struct heap *heap, const struct mix *mix)
{
    bool rare = random_below(&heap->random, 20) == 0;
    uint64_t size = random_between(
        &heap->random, rare ? mix->rare_least : mix->least, rare ? mix->rare_most : mix->most);
    return stream_malloc(heap->builder, heap->thread, size);
}

static void free_stragglers(struct heap *heap)
{
    for (uint64_t i = 0; i < heap->straggler_count; i++) {
        stream_free(heap->builder, heap->thread, heap->straggler[i]);
    }
    heap->straggler_count = 0;
}

/* Frees the last phase's stragglers, and all of this phase's objects but its stragglers. */
static void end_phase(struct heap *heap, uint64_t stragglers_percent)
{
    free_stragglers(heap);
    for (uint64_t i = 0; i < heap->live_count; i++) {
        if (random_below(&heap->random, 100) < stragglers_percent) {
            heap->straggler[heap->straggler_count++] = heap->live[i];
        } else {
            stream_free(heap->builder, heap->thread, heap->live[i]);
        }
    }
    heap->live_count = 0;
}

static void
run_phase(struct heap *heap, const struct mix *mix, uint64_t blocks, uint64_t operations)
{
    for (uint64_t i = 0; i < blocks; i++) {
        heap->live[heap->live_count++] = object(heap, mix);
    }
    for (uint64_t i = 2 * blocks; i < operations; i += 2) {
        uint64_t victim = random_below(&heap->random, blocks);
        stream_free(heap->builder, heap->thread, heap->live[victim]);
        heap->live[victim] = object(heap, mix);
    }
}

/* `thread`'s part in the beginning of a phase. */
static void begin_phase(const struct workload_request *request,
                        struct stream_builder *builder,
                        uint32_t thread,
                        uint32_t phase)
{
    uint64_t idle_ms = phase > 0 ? request->parameter[IDLE] : 0;
    if (idle_ms > 0) {
        stream_builder_emit(builder,
                            &(struct event){.kind = EVENT_IDLE, .thread = thread, .size = idle_ms});
    }
    barrier(builder, thread, request->threads, phase + 1);
    if (thread == 0) {
        stream_builder_emit(builder, &(struct event){.kind = EVENT_PHASE, .slot = phase});
    }
}

static void run_thread(const struct workload_request *request, struct heap *heap)
{
    const uint64_t *parameter = request->parameter;
    uint64_t operations =
        share(scaled(request, parameter[OPERATIONS]), request->threads, heap->thread);
    for (uint32_t phase = 0; phase < parameter[PHASES]; phase++) {
        const struct mix *mix = &mixes[phase % MIXES];
        uint64_t blocks = parameter[LIVE] / request->threads / mean_size(mix) + 1;
        begin_phase(request, heap->builder, heap->thread, phase);
        run_phase(heap, mix, blocks, share(operations, parameter[PHASES], phase));
        end_phase(heap, parameter[STRAGGLERS]);
    }
    free_stragglers(heap);
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    /* No mix has a mean below 64 bytes. */
    uint64_t blocks_most = request->parameter[LIVE] / request->threads / 64 + 1;
    uint32_t *slot = generator_slots(builder, 2 * blocks_most);
    for (uint32_t thread = 0; slot != NULL && thread < request->threads; thread++) {
        struct heap heap = {
            .builder = builder, .thread = thread, .live = slot, .straggler = slot + blocks_most};
        random_seed(&heap.random, request->seed, thread);
        run_thread(request, &heap);
    }
    free(slot);
}

const struct workload workload_churn_phases = {
    .name = "churn-phases",
    .behaviour = "phases of different sizes, with stragglers of each surviving into the next",
    .source = "heaplab, after Wilson et al. 1995",
    .threaded = true,
    .parameter =
        {
            [PHASES] = {"phases", 6, 1, 1 << 16, "each with the next of six size mixes"},
            [LIVE] = {"live_bytes",
                      8 << 20,
                      1 << 16,
                      UINT64_C(1) << 36,
                      "alive in a phase, divided by the threads; about"},
            [STRAGGLERS] = {"stragglers_percent",
                            5,
                            0,
                            100,
                            "of a phase's last blocks live on through the next phase"},
            [IDLE] = {"idle_ms", 0, 0, 60000, "pause between phases"},
            [OPERATIONS] = {"operations",
                            2400000,
                            1,
                            UINT64_C(1) << 40,
                            "in all phases and threads: multiplied by the scale"},
        },
    .generate = generate,
};

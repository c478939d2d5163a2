/* xmalloc: producers allocate, consumers free; every block crosses from one thread to another.
 *
 * Batches are numbered over all producers. Batch b is made by producer b mod P and freed by
 * consumer b mod C, and no producer begins batch b before batch b - queue_batches was freed: that
 * is the queue's limit. As in the original, the array that holds a batch is itself allocated and
 * freed with it. The original's queue is a stack under a lock; here it is first in, first out,
 * because a stream fixes its order beforehand.
 *
 * Of t threads, t - t/2 produce and t/2 consume. One thread plays both roles in turn, batch by
 * batch: nothing crosses, and what remains is a burst of mallocs followed by as many frees.
 * From Lever and Boreham, "malloc() performance in a multithreaded Linux environment" (USENIX 2000,
 * FREENIX track), written afresh from the published parameters. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    SIZE,
    BATCH,
    QUEUE,
    BATCHES
};

static const uint64_t possible_sizes[17] = {
    8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048};

struct queue {
    const uint64_t *parameter;
    struct stream_builder *builder;
    struct random random;
    uint32_t threads;
    uint32_t producers;
    uint32_t consumers; /* the threads after the producers; with one thread, the same one */
    uint64_t places;    /* batches that have slots of their own */
    uint32_t *slot;     /* for each place the blocks of a batch, then its array */
};

static uint32_t *batch_slots(const struct queue *queue, uint64_t batch)
{
    return queue->slot + batch % queue->places * (queue->parameter[BATCH] + 1);
}

static uint32_t consumer(const struct queue *queue, uint64_t batch)
{
    uint32_t first = queue->threads - queue->consumers;
    return first + (uint32_t)(batch % queue->consumers);
}

static void produce_block(const struct queue *queue, uint32_t thread, uint32_t slot, uint64_t size)
{
    stream_builder_emit(
        queue->builder,
        &(struct event){.kind = EVENT_MALLOC, .thread = thread, .slot = slot, .size = size});
}

static void produce(struct queue *queue, uint64_t batch)
{
    uint64_t blocks = queue->parameter[BATCH];
    uint32_t thread = (uint32_t)(batch % queue->producers);
    const uint32_t *slot = batch_slots(queue, batch);
    if (queue->threads > 1 && batch >= queue->places) {
        uint64_t freed = batch - queue->places;
        stream_wait(queue->builder,
                    thread,
                    consumer(queue, freed),
                    (uint32_t)(freed / queue->consumers + 1));
    }
    uint64_t array_bytes = (blocks + 1) * 8; /* the original's pointers, and a link */
    produce_block(queue, thread, slot[blocks], array_bytes);
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t size = queue->parameter[SIZE];
        if (size == 0) {
            size = possible_sizes[random_below(&queue->random, 17)];
        }
        produce_block(queue, thread, slot[i], size);
    }
    if (queue->threads > 1) {
        stream_signal(queue->builder, thread);
    }
}

static void consume(const struct queue *queue, uint64_t batch)
{
    uint32_t thread = consumer(queue, batch);
    const uint32_t *slot = batch_slots(queue, batch);
    if (queue->threads > 1) {
        stream_wait(queue->builder,
                    thread,
                    (uint32_t)(batch % queue->producers),
                    (uint32_t)(batch / queue->producers + 1));
    }
    for (uint64_t i = 0; i <= queue->parameter[BATCH]; i++) {
        stream_builder_emit(queue->builder,
                            &(struct event){.kind = EVENT_FREE, .thread = thread, .slot = slot[i]});
    }
    if (queue->threads > 1) {
        stream_signal(queue->builder, thread);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    uint32_t threads = request->threads;
    struct queue queue = {.parameter = parameter,
                          .builder = builder,
                          .threads = threads,
                          .producers = threads - threads / 2,
                          .consumers = threads > 1 ? threads / 2 : 1,
                          .places = threads > 1 ? parameter[QUEUE] : 1};
    uint64_t slots = queue.places * (parameter[BATCH] + 1);
    queue.slot = generator_slots(builder, slots);
    if (queue.slot == NULL) {
        return;
    }
    for (uint64_t i = 0; i < slots; i++) {
        queue.slot[i] = stream_builder_take_slot(builder, 0);
    }
    random_seed(&queue.random, request->seed, 0);
    uint64_t batches = scaled(request, parameter[BATCHES]);
    for (uint64_t batch = 0; batch < batches; batch++) {
        produce(&queue, batch);
        consume(&queue, batch);
    }
    free(queue.slot);
}

const struct workload workload_xmalloc = {
    .name = "xmalloc",
    .behaviour = "producers and consumers: every block is freed by a thread that did not make it",
    .source = "Lever and Boreham 2000",
    .threaded = true,
    .parameter =
        {
            [SIZE] = {"size_bytes", 64, 0, 1 << 20, "of a block; 0: one of 17 sizes of 8 to 2048"},
            [BATCH] = {"batch_blocks", 4096, 1, 1 << 20, "blocks that cross at a time"},
            [QUEUE] = {"queue_batches", 100, 1, 10000, "batches queued at most"},
            [BATCHES] = {"batches", 366, 1, 1 << 20, "in all threads: multiplied by the scale"},
        },
    .generate = generate,
};

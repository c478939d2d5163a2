/* Idioms that the generators share. Private to workloads/synthetic. */
#ifndef WORKLOADS_SYNTHETIC_GENERATOR_H
#define WORKLOADS_SYNTHETIC_GENERATOR_H

#include "workloads/random.h"
#include "workloads/workload.h"

/* `count` of something, times the request's scale, rounded, at least 1. */
static inline uint64_t scaled(const struct workload_request *request, uint64_t count)
{
    double product = (double)count * request->scale + 0.5;
    return product < 1.0 ? 1 : (uint64_t)product;
}

/* Part `index` of `total` cut into `parts` whose sizes differ by at most 1. */
static inline uint64_t share(uint64_t total, uint64_t parts, uint64_t index)
{
    return total / parts + (index < total % parts);
}

/* A malloc whose first `touched` bytes, at most all, are then written. Returns the slot. */
static inline uint32_t
malloc_touched(struct stream_builder *builder, uint32_t thread, uint64_t size, uint64_t touched)
{
    uint32_t slot = stream_malloc(builder, thread, size);
    stream_touch(builder, thread, slot, touched < size ? touched : size);
    return slot;
}

/* Permutes `count` slots (Fisher and Yates). */
static inline void shuffle_slots(struct random *random, uint32_t *slot, uint64_t count)
{
    for (uint64_t i = count; i > 1; i--) {
        uint64_t other = random_below(random, i);
        uint32_t held = slot[i - 1];
        slot[i - 1] = slot[other];
        slot[other] = held;
    }
}

/* `thread`'s part in the barrier of that number, counted from 1: no thread goes on before all have
 * come here. For workloads in which threads signal for nothing else. */
static inline void
barrier(struct stream_builder *builder, uint32_t thread, uint32_t threads, uint32_t number)
{
    if (thread > 0) {
        stream_signal(builder, thread);
        stream_wait(builder, thread, 0, number);
        return;
    }
    for (uint32_t i = 1; i < threads; i++) {
        stream_wait(builder, 0, i, number);
    }
    if (threads > 1) {
        stream_signal(builder, 0);
    }
}

/* Emits the start of `started` by `thread`. */
static inline void start_thread(struct stream_builder *builder, uint32_t thread, uint32_t started)
{
    stream_builder_emit(
        builder, &(struct event){.kind = EVENT_THREAD_START, .thread = thread, .slot = started});
}

/* Room for `count` slot numbers; when memory is out, NULL, and the builder fails at its finish. */
uint32_t *generator_slots(struct stream_builder *builder, uint64_t count);

#endif

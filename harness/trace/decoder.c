/* The rare steps of decoding: making and ending a decoder, and the edges between threads. */
#include "harness/trace/decoder.h"

#include <stdlib.h>

const char decoder_no_memory[] = "needs more memory than there is";

struct decoder *decoder_new(const struct trace_source *source,
                            /* NOLINTNEXTLINE(readability-non-const-parameter): runs write there */
                            uint64_t *words,
                            uint64_t bytes_max,
                            struct trace_runs *runs)
{
    uint32_t threads = source->head->threads;
    struct decoder *decoder = calloc(1, sizeof *decoder + threads * sizeof decoder->run[0]);
    if (decoder == NULL) {
        return NULL;
    }
    decoder->threads = threads;
    decoder->runs = runs;
    if (threads > 1) {
        decoder->order = order_new(threads, bytes_max);
    }
    if (!objects_init(&decoder->objects, source->head->objects) ||
        (threads > 1 && decoder->order == NULL)) {
        decoder_free(decoder);
        return NULL;
    }
    for (uint32_t i = 0; i < threads; i++) {
        decoder->run[i] = (struct run){
            .next = words,
            .end = words + source->threads[i].words,
            .slot_given = OBJECTS_NO_SLOT,
            .running = source->threads[i].initial == 1,
            .initial = source->threads[i].initial == 1,
        };
        words = decoder->run[i].end;
    }
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    objects_free(&decoder->objects);
    order_free(decoder->order);
    free(decoder);
}

bool decoder_fail(struct decoder *decoder, const char *problem)
{
    decoder->problem = problem;
    return false;
}

uint64_t decoder_events(const struct decoder *decoder)
{
    return decoder->events;
}

uint32_t decoder_slots(const struct decoder *decoder)
{
    return decoder->objects.slots;
}

bool decoder_signal(struct decoder *decoder, uint32_t thread)
{
    struct run *run = &decoder->run[thread];
    if (run->signals == UINT32_MAX) {
        return decoder_fail(decoder, "is one signal too many");
    }
    run->signals++;
    if (decoder->order != NULL && !order_signal(decoder->order, thread)) {
        return decoder_fail(decoder, decoder_no_memory);
    }
    return true;
}

uint32_t
decoder_wait(struct decoder *decoder, uint32_t thread, uint64_t signaller, uint64_t distance)
{
    if (signaller >= decoder->threads || distance >= decoder->run[signaller].signals) {
        (void)decoder_fail(decoder, "waits for a signal that was not given before");
        return 0;
    }
    uint32_t ordinal = decoder->run[signaller].signals - (uint32_t)distance;
    if (decoder->order != NULL) {
        order_wait(decoder->order, thread, (uint32_t)signaller, ordinal);
    }
    return ordinal;
}

bool decoder_start(struct decoder *decoder, uint32_t thread, uint64_t started)
{
    if (started >= decoder->threads || decoder->run[started].running) {
        return decoder_fail(decoder, "starts a thread out of range, or one that runs already");
    }
    decoder->run[started].running = true;
    if (!order_start(decoder->order, thread, (uint32_t)started)) {
        return decoder_fail(decoder, decoder_no_memory);
    }
    return true;
}

bool decoder_note_run(struct decoder *decoder, uint32_t thread, uint64_t events)
{
    struct trace_runs *runs = decoder->runs;
    if (runs == NULL || events == 0) {
        return true;
    }
    if (runs->count == runs->capacity) {
        size_t capacity = 2 * runs->capacity + 64;
        struct trace_run *run = reallocarray(runs->run, capacity, sizeof *run);
        if (run == NULL) {
            return decoder_fail(decoder, decoder_no_memory);
        }
        runs->run = run;
        runs->capacity = capacity;
    }
    runs->run[runs->count++] = (struct trace_run){.thread = thread, .events = events};
    return true;
}

const char *decoder_finish(struct decoder *decoder, const struct trace_source *source)
{
    for (uint32_t i = 0; i < decoder->threads; i++) {
        const struct run *run = &decoder->run[i];
        if (!run->running) {
            return "a thread never starts";
        }
        if (run->next != run->end || run->events != source->threads[i].events ||
            run->operations != source->threads[i].operations) {
            return "a thread's events are not as many as the index says";
        }
    }
    if (decoder->objects.born != source->head->objects) {
        return "its allocations are not as many as the index says";
    }
    return NULL;
}

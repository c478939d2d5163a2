/* Counting a trace, event by event in its merged order. */
#include "harness/trace/census.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* An object alive. */
struct alive {
    uint64_t bytes;
    uint64_t born_objects; /* the two clocks at its birth */
    uint64_t born_bytes;
    uint32_t thread;
};

static void add(struct census_bucket *buckets, uint64_t value, uint64_t bytes)
{
    struct census_bucket *bucket =
        &buckets[value == 0 ? 0 : (size_t)64 - (size_t)__builtin_clzll(value)];
    bucket->count++;
    bucket->bytes += bytes;
}

static void count_request(struct census *census, uint64_t bytes)
{
    add(census->size, bytes, bytes);
    census->bytes_allocated += bytes;
    census->live_bytes += bytes;
    if (census->live_bytes > census->live_bytes_peak) {
        census->live_bytes_peak = census->live_bytes;
    }
}

static void count_birth(struct census *census, struct alive *alive, uint32_t thread, uint64_t bytes)
{
    *alive = (struct alive){
        .bytes = bytes,
        .born_objects = census->objects,
        .born_bytes = census->bytes_allocated,
        .thread = thread,
    };
    census->objects++;
    census->thread[thread].births++;
    if (++census->live_objects > census->live_objects_peak) {
        census->live_objects_peak = census->live_objects;
    }
    count_request(census, bytes);
}

static void count_free(struct census *census, const struct alive *alive, uint32_t thread)
{
    add(census->life_objects, census->objects - alive->born_objects - 1, alive->bytes);
    add(census->life_bytes, census->bytes_allocated - alive->born_bytes, alive->bytes);
    census->live_bytes -= alive->bytes;
    census->live_objects--;
    census->thread[thread].frees++;
    if (alive->thread != thread) {
        census->thread[thread].frees_foreign++;
        census->frees_foreign++;
    }
}

static void
count_event(struct census *census, struct alive *slots, const uint64_t *word, uint32_t thread)
{
    enum event_kind kind = event_word_kind(*word);
    uint64_t size = event_words(*word) == 2 ? word[1] : event_word_size(*word);
    struct alive *alive = &slots[event_word_slot(*word)];
    census->events[kind]++;
    census->thread[thread].operations += event_is_operation(kind);
    switch (kind) {
    case EVENT_MALLOC:
    case EVENT_CALLOC:
    case EVENT_ALIGNED_ALLOC: count_birth(census, alive, thread, size); break;
    case EVENT_REALLOC:
        census->live_bytes -= alive->bytes;
        alive->bytes = size;
        count_request(census, size);
        break;
    case EVENT_FREE: count_free(census, alive, thread); break;
    default: break;
    }
}

bool census_take(struct census *census, const struct stream *stream, const struct trace_runs *runs)
{
    memset(census, 0, sizeof *census);
    const struct stream_header *header = stream->header;
    struct alive *slots = calloc((size_t)header->slots + 1, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    const uint64_t *next[STREAM_THREADS_MAX] = {NULL};
    for (uint32_t i = 0; i < header->threads; i++) {
        next[i] = stream->words + header->thread[i].first_word;
    }
    uint32_t current = 0;
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t thread = runs->run[i].thread;
        assert(thread < header->threads);
        census->switches += thread != current;
        current = thread;
        for (uint64_t n = 0; n < runs->run[i].events; n++) {
            count_event(census, slots, next[thread], thread);
            next[thread] += event_words(*next[thread]);
        }
    }
    free(slots);
    return true;
}

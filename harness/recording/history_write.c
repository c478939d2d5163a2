/* Writing a history through the trace writer, and proving the result. */
#include "harness/recording/history_write.h"

#include <stdlib.h>

/* Where the history is, and what it still has to put in. */
struct emission {
    const struct history *history;
    struct trace_writer *writer;
    const struct edge *wait; /* the next edge to be waited for */
    const struct edge *waits_end;
    bool *signals; /* per event: a signal follows it */
    bool *begun;   /* per thread */
};

static bool emit_start(const struct emission *emission, uint32_t index)
{
    const struct history_event *event = &emission->history->event[index];
    if (emission->begun[event->thread]) {
        return true;
    }
    emission->begun[event->thread] = true;
    return index == 0 ||
           trace_writer_event(emission->writer,
                              &(struct event){.kind = EVENT_THREAD_START,
                                              .thread = emission->history->event[index - 1].thread,
                                              .slot = event->thread});
}

static bool emit_waits(struct emission *emission, uint32_t index)
{
    const struct history *history = emission->history;
    for (; emission->wait < emission->waits_end && emission->wait->to == index; emission->wait++) {
        const struct event wait = {
            .kind = EVENT_WAIT,
            .thread = history->event[index].thread,
            .slot = history->event[emission->wait->from].thread,
            .size = emission->wait->ordinal,
        };
        if (!trace_writer_event(emission->writer, &wait)) {
            return false;
        }
    }
    return true;
}

static bool emit_event(const struct emission *emission, uint32_t index)
{
    const struct history_event *from = &emission->history->event[index];
    const struct event event = {
        .kind = (enum event_kind)from->kind,
        .thread = from->thread,
        .slot = from->slot,
        .size = from->size,
        .alignment = from->kind == EVENT_ALIGNED_ALLOC ? UINT64_C(1) << from->log2_alignment : 0,
    };
    if (!trace_writer_event(emission->writer, &event)) {
        return false;
    }
    return !emission->signals[index] ||
           trace_writer_event(emission->writer,
                              &(struct event){.kind = EVENT_SIGNAL, .thread = from->thread});
}

/* The writer remembers what went wrong and tells it when it is closed. */
static void emit_all(struct emission *emission)
{
    for (uint32_t i = 0; i < emission->history->count; i++) {
        if (!emit_start(emission, i) || !emit_waits(emission, i) || !emit_event(emission, i)) {
            return;
        }
    }
}

static bool check(const char *path, struct error *error)
{
    struct stream stream;
    if (!trace_load(path, &stream, NULL, error)) {
        return false;
    }
    uint64_t live = 0;
    const char *unsound = stream_check(&stream, &live);
    stream_close(&stream);
    return !unsound || error_set(error, "the trace \"%s\" is unsound: %s", path, unsound);
}

/* The emission up to its writer. False: memory is out. What it holds is freed either way. */
static bool emission_prepare(struct emission *emission,
                             const struct history *history,
                             const struct edges *edges)
{
    *emission = (struct emission){
        .history = history,
        .wait = edges->edge,
        .waits_end = edges->count ? edges->edge + edges->count : edges->edge,
        .signals = calloc((size_t)history->count + 1, sizeof *emission->signals),
        .begun = calloc(history->threads + 1, sizeof *emission->begun),
    };
    if (!emission->signals || !emission->begun) {
        return false;
    }
    for (size_t i = 0; i < edges->count; i++) {
        emission->signals[edges->edge[i].from] = true;
    }
    return true;
}

bool history_write(const struct history *history,
                   const struct edges *edges,
                   const char *path,
                   struct trace_description *description,
                   struct error *error)
{
    struct emission emission;
    bool written = false;
    if (!emission_prepare(&emission, history, edges)) {
        error_set(error, "cannot write the trace \"%s\": memory is out", path);
    } else {
        emission.writer = trace_writer_open(path, description, error);
    }
    if (emission.writer) {
        emit_all(&emission);
        written = trace_writer_close(emission.writer, description, error);
    }
    free(emission.begun);
    free(emission.signals);
    return written && check(path, error);
}

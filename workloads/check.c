/* The proof that a stream is sound under every scheduling that its edges allow.
 *
 * Vector clocks in the manner of Mattern (1989), counted in publications: a thread publishes what
 * it has done by each signal and each thread start, and clock[a] of a thread is how many
 * publications of thread a it knows. An event that thread a did after n publications is ordered
 * before an event of another thread exactly if that thread's clock[a] exceeds n. One walk in one
 * order suffices: were any two events on a slot unordered, some two that the walk sees one after
 * the other on that slot would be. */
#include "workloads/stream.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot_state {
    uint64_t size_plus_1;   /* of the object; 0: the slot is empty */
    uint32_t thread_plus_1; /* that of the last event; 0: there was none */
    uint32_t published;     /* by that thread, before the last event */
};

/* A signal that somebody may wait for. */
struct snapshot {
    uint32_t *clock; /* of the signaller; kept from the signal to the last wait */
    uint32_t waits;  /* still to come */
};

struct thread_state {
    uint64_t first_signal; /* index into checker.snapshots */
    uint64_t signals;      /* in the whole run */
    uint64_t given;
    uint64_t events;
};

struct checker {
    const struct stream *stream;
    struct stream_cursor *cursor;
    struct slot_state *slot;
    struct thread_state *thread;
    struct snapshot *snapshots; /* all threads' signals, thread by thread */
    uint64_t signals;
    uint32_t *clocks; /* all threads' clocks, thread by thread */
    uint32_t threads;
};

static char message[256];

static const char *fault(const struct checker *checker, const struct event *event, const char *what)
{
    snprintf(message,
             sizeof message,
             "thread %" PRIu32 ", event %" PRIu64 " on %s %" PRIu32 ": %s",
             event->thread,
             checker->thread[event->thread].events,
             event->kind <= EVENT_TOUCH ? "slot" : "thread",
             event->slot,
             what);
    return message;
}

static uint32_t *clock_of(const struct checker *checker, uint32_t thread)
{
    return checker->clocks + (size_t)thread * checker->threads;
}

static uint64_t count_signals(const struct stream *stream, uint32_t thread)
{
    const uint64_t *word = stream->words + stream->header->thread[thread].first_word;
    const uint64_t *end = word + stream->header->thread[thread].words;
    uint64_t signals = 0;
    for (; word < end; word += event_words(*word)) {
        signals += event_word_kind(*word) == EVENT_SIGNAL;
    }
    return signals;
}

/* Counts how often each signal is waited for: a snapshot is kept only as long as it is needed. */
static void count_waits(struct checker *checker, uint32_t thread)
{
    const struct stream *stream = checker->stream;
    const uint64_t *word = stream->words + stream->header->thread[thread].first_word;
    const uint64_t *end = word + stream->header->thread[thread].words;
    for (; word < end; word += event_words(*word)) {
        if (event_word_kind(*word) != EVENT_WAIT) {
            continue;
        }
        uint64_t ordinal = event_words(*word) == 2 ? word[1] : event_word_size(*word);
        const struct thread_state *signaller = &checker->thread[event_word_slot(*word)];
        if (ordinal <= signaller->signals) {
            checker->snapshots[signaller->first_signal + ordinal - 1].waits++;
        }
    }
}

/* False when memory is out; release() is due either way. */
static bool prepare(struct checker *checker, const struct stream *stream)
{
    uint32_t threads = stream->header->threads;
    *checker = (struct checker){.stream = stream, .threads = threads};
    checker->cursor = stream_cursor_new(stream);
    checker->thread = calloc(threads, sizeof *checker->thread);
    checker->clocks = calloc((size_t)threads * threads, sizeof *checker->clocks);
    checker->slot = calloc((size_t)stream->header->slots + 1, sizeof *checker->slot);
    if (checker->cursor == NULL || checker->thread == NULL || checker->clocks == NULL ||
        checker->slot == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < threads; i++) {
        checker->thread[i].signals = count_signals(stream, i);
        checker->thread[i].first_signal = checker->signals;
        checker->signals += checker->thread[i].signals;
    }
    checker->snapshots = calloc(checker->signals + 1, sizeof *checker->snapshots);
    if (checker->snapshots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < threads; i++) {
        count_waits(checker, i);
    }
    return true;
}

static void release(struct checker *checker)
{
    for (uint64_t i = 0; checker->snapshots != NULL && i < checker->signals; i++) {
        free(checker->snapshots[i].clock);
    }
    free(checker->snapshots);
    free(checker->thread);
    free(checker->clocks);
    free(checker->slot);
    stream_cursor_free(checker->cursor);
}

static const char *check_object(struct checker *checker, const struct event *event)
{
    struct slot_state *slot = &checker->slot[event->slot];
    const uint32_t *clock = clock_of(checker, event->thread);
    bool other_before = slot->thread_plus_1 != 0 && slot->thread_plus_1 != event->thread + 1;
    if (other_before && clock[slot->thread_plus_1 - 1] <= slot->published) {
        return fault(checker, event, "not ordered after the event of another thread before it");
    }
    slot->thread_plus_1 = event->thread + 1;
    slot->published = clock[event->thread];
    bool fills = event->kind <= EVENT_ALIGNED_ALLOC;
    if (fills && slot->size_plus_1 != 0) {
        return fault(checker, event, "an allocation into a slot that is full");
    }
    if (!fills && slot->size_plus_1 == 0) {
        return fault(checker, event, "the slot is empty");
    }
    if (event->size == UINT64_MAX) {
        return fault(checker, event, "no object can be this large");
    }
    if (event->kind == EVENT_TOUCH) {
        return event->size >= slot->size_plus_1 ? fault(checker, event, "touched beyond its end")
                                                : NULL;
    }
    slot->size_plus_1 = event->kind == EVENT_FREE ? 0 : event->size + 1;
    return NULL;
}

static void merge(uint32_t *clock, const uint32_t *other, uint32_t threads)
{
    for (uint32_t i = 0; i < threads; i++) {
        clock[i] = other[i] > clock[i] ? other[i] : clock[i];
    }
}

static const char *give_signal(struct checker *checker, const struct event *event)
{
    struct thread_state *thread = &checker->thread[event->thread];
    uint32_t *clock = clock_of(checker, event->thread);
    clock[event->thread]++;
    struct snapshot *snapshot = &checker->snapshots[thread->first_signal + thread->given++];
    if (snapshot->waits == 0) {
        return NULL;
    }
    snapshot->clock = calloc(checker->threads, sizeof *clock);
    if (snapshot->clock == NULL) {
        return "out of memory while the stream was checked";
    }
    memcpy(snapshot->clock, clock, checker->threads * sizeof *clock);
    return NULL;
}

static void take_signal(struct checker *checker, const struct event *event)
{
    uint64_t first = checker->thread[event->slot].first_signal;
    struct snapshot *snapshot = &checker->snapshots[first + event->size - 1];
    assert(snapshot->clock != NULL); /* the cursor lets no wait pass before its signal */
    merge(clock_of(checker, event->thread), snapshot->clock, checker->threads);
    if (--snapshot->waits == 0) {
        free(snapshot->clock);
        snapshot->clock = NULL;
    }
}

static const char *check_event(struct checker *checker, const struct event *event)
{
    uint32_t *clock = clock_of(checker, event->thread);
    switch (event->kind) {
    case EVENT_THREAD_START:
        clock[event->thread]++;
        merge(clock_of(checker, event->slot), clock, checker->threads);
        return NULL;
    case EVENT_SIGNAL: return give_signal(checker, event);
    case EVENT_WAIT: take_signal(checker, event); return NULL;
    case EVENT_PHASE:
    case EVENT_IDLE: return NULL;
    default: return check_object(checker, event);
    }
}

/* Names the first thread that cannot go on. */
static const char *deadlock(const struct checker *checker)
{
    uint32_t thread = 0;
    while (checker->thread[thread].events == checker->stream->header->thread[thread].events &&
           thread + 1 < checker->stream->header->threads) {
        thread++;
    }
    uint64_t event = checker->thread[thread].events;
    bool started = event > 0 || checker->stream->header->thread[thread].initial == 1;
    snprintf(message,
             sizeof message,
             "thread %" PRIu32 ", event %" PRIu64 ": %s",
             thread,
             event,
             started ? "a wait whose signal can never be given" : "the thread is never started");
    return message;
}

static const char *walk(struct checker *checker)
{
    struct event event;
    enum cursor_state state;
    while ((state = stream_cursor_next(checker->cursor, &event)) == CURSOR_EVENT) {
        const char *problem = check_event(checker, &event);
        if (problem != NULL) {
            return problem;
        }
        checker->thread[event.thread].events++;
    }
    return state == CURSOR_DEADLOCK ? deadlock(checker) : NULL;
}

const char *stream_check(const struct stream *stream, uint64_t *live)
{
    struct checker checker;
    const char *problem =
        prepare(&checker, stream) ? walk(&checker) : "out of memory while the stream was checked";
    *live = 0;
    for (uint32_t i = 0; problem == NULL && i < stream->header->slots; i++) {
        *live += checker.slot[i].size_plus_1 != 0;
    }
    release(&checker);
    return problem;
}

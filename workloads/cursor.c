/* A walk over a stream in one order that its edges allow: threads take turns, and each goes on
 * until it must wait, ends, or has run for a quantum. The order is a property of the stream alone;
 * it is one of many that a free run may take. */
#include "workloads/stream.h"

#include <stdlib.h>

/* Short enough that threads mix, long enough that switching costs nothing. */
#define QUANTUM_EVENTS 256

struct walker {
    const uint64_t *word;
    const uint64_t *end;
    uint64_t signals; /* given so far */
    bool runs;        /* initial, or started */
};

struct stream_cursor {
    uint32_t threads;
    uint32_t current;
    uint32_t quantum; /* events left to the current thread */
    struct walker walker[];
};

struct stream_cursor *stream_cursor_new(const struct stream *stream)
{
    const struct stream_header *header = stream->header;
    struct stream_cursor *cursor =
        calloc(1, sizeof *cursor + header->threads * sizeof(struct walker));
    if (cursor == NULL) {
        return NULL;
    }
    cursor->threads = header->threads;
    cursor->quantum = QUANTUM_EVENTS;
    for (uint32_t i = 0; i < header->threads; i++) {
        const struct stream_thread *thread = &header->thread[i];
        const uint64_t *first = stream->words + thread->first_word;
        cursor->walker[i] = (struct walker){
            .word = first, .end = first + thread->words, .runs = thread->initial == 1};
    }
    return cursor;
}

void stream_cursor_free(struct stream_cursor *cursor)
{
    free(cursor);
}

static struct event unpack(const uint64_t *word, uint32_t thread)
{
    struct event event = {.kind = event_word_kind(*word),
                          .thread = thread,
                          .slot = event_word_slot(*word),
                          .size = event_word_size(*word)};
    if (event.kind == EVENT_ALIGNED_ALLOC) {
        event.alignment = UINT64_C(1) << event.size;
        event.size = word[1];
    } else if (event.size == EVENT_SIZE_WIDE) {
        event.size = word[1];
    }
    return event;
}

/* Whether the walker has an event that may happen now. */
static bool ready(const struct stream_cursor *cursor, const struct walker *walker)
{
    if (!walker->runs || walker->word == walker->end) {
        return false;
    }
    if (event_word_kind(*walker->word) != EVENT_WAIT) {
        return true;
    }
    struct event wait = unpack(walker->word, 0);
    return cursor->walker[wait.slot].signals >= wait.size;
}

/* Passes the turn to the next thread that is ready, this one last; false when none is. */
static bool pass_turn(struct stream_cursor *cursor)
{
    cursor->quantum = QUANTUM_EVENTS;
    for (uint32_t i = 0; i < cursor->threads; i++) {
        cursor->current = cursor->current + 1 < cursor->threads ? cursor->current + 1 : 0;
        if (ready(cursor, &cursor->walker[cursor->current])) {
            return true;
        }
    }
    return false;
}

static bool all_ended(const struct stream_cursor *cursor)
{
    for (uint32_t i = 0; i < cursor->threads; i++) {
        const struct walker *walker = &cursor->walker[i];
        if (!walker->runs || walker->word != walker->end) {
            return false;
        }
    }
    return true;
}

enum cursor_state stream_cursor_next(struct stream_cursor *cursor, struct event *event)
{
    bool go_on = cursor->quantum > 0 && ready(cursor, &cursor->walker[cursor->current]);
    if (!go_on && !pass_turn(cursor)) {
        return all_ended(cursor) ? CURSOR_END : CURSOR_DEADLOCK;
    }
    struct walker *walker = &cursor->walker[cursor->current];
    *event = unpack(walker->word, cursor->current);
    walker->word += event_words(*walker->word);
    cursor->quantum--;
    if (event->kind == EVENT_SIGNAL) {
        walker->signals++;
    } else if (event->kind == EVENT_THREAD_START) {
        cursor->walker[event->slot].runs = true;
    }
    return CURSOR_EVENT;
}

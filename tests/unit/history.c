/* The history of a stream, taken by one walk in the cursor's order. */
#include "tests/unit/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void
record(struct history *history, const struct event *event, size_t *holder, uint64_t *live_bytes)
{
    if (event->kind == EVENT_PHASE) {
        history->live_at_phase[history->phases++] = history->objects - history->frees;
    } else if (event->kind == EVENT_IDLE) {
        history->idles++;
    } else if (event->kind == EVENT_MALLOC) {
        holder[event->slot] = history->objects;
        history->object[history->objects++] =
            (struct object){.size = event->size, .maker = event->thread};
        *live_bytes += event->size;
    } else if (event->kind == EVENT_FREE) {
        struct object *object = &history->object[holder[event->slot]];
        object->freer = event->thread;
        object->death = history->objects;
        history->freed[history->frees++] = holder[event->slot];
        *live_bytes -= object->size;
    }
}

static struct history walk(const struct workload *workload, const struct workload_request *request)
{
    struct stream stream;
    assert_null(workload_generate(workload, request, &stream));
    uint64_t live;
    assert_null(stream_check(&stream, &live));
    uint64_t operations = stream.header->operations;
    struct history history = {.object = calloc(operations, sizeof *history.object),
                              .freed = calloc(operations, sizeof *history.freed),
                              .threads = stream.header->threads};
    size_t *holder = calloc(stream.header->slots, sizeof *holder);
    struct stream_cursor *cursor = stream_cursor_new(&stream);
    struct event event;
    uint64_t live_bytes = 0;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        record(&history, &event, holder, &live_bytes);
        history.bytes_most = live_bytes > history.bytes_most ? live_bytes : history.bytes_most;
        uint64_t blocks = history.objects - history.frees;
        history.blocks_most = blocks > history.blocks_most ? blocks : history.blocks_most;
    }
    stream_cursor_free(cursor);
    free(holder);
    stream_close(&stream);
    return history;
}

void history_forget(struct history *history)
{
    free(history->object);
    free(history->freed);
}

struct history history_of(const char *name, uint32_t threads, const struct setting *setting)
{
    const struct workload *workload = workload_find(name);
    assert_non_null(workload);
    struct workload_request request;
    workload_request_default(workload, &request);
    request.threads = threads;
    for (; setting->name != NULL; setting++) {
        size_t i = 0;
        while (strcmp(workload->parameter[i].name, setting->name) != 0) {
            i++;
            assert_non_null(workload->parameter[i].name);
        }
        request.parameter[i] = setting->value;
    }
    return walk(workload, &request);
}

size_t freed_by_others(const struct history *history)
{
    size_t count = 0;
    for (size_t i = 0; i < history->objects; i++) {
        count += history->object[i].maker != history->object[i].freer;
    }
    return count;
}

size_t objects_sized(const struct history *history, uint64_t least, uint64_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < history->objects; i++) {
        count += history->object[i].size >= least && history->object[i].size <= most;
    }
    return count;
}

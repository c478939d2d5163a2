/* Saves a stream as a trace. */
#include "harness/trace/trace.h"

static bool save_events(struct trace_writer *writer, struct stream_cursor *cursor)
{
    struct event event;
    enum cursor_state state = stream_cursor_next(cursor, &event);
    while (state == CURSOR_EVENT && trace_writer_event(writer, &event)) {
        state = stream_cursor_next(cursor, &event);
    }
    return state != CURSOR_DEADLOCK;
}

bool trace_save(const char *path,
                const struct stream *stream,
                const struct trace_description *description,
                struct error *error)
{
    struct trace_description described = *description;
    described.threads = stream->header->threads;
    struct stream_cursor *cursor = stream_cursor_new(stream);
    if (cursor == NULL) {
        return error_set(error, "cannot write the trace \"%s\": out of memory", path);
    }
    struct trace_writer *writer = trace_writer_open(path, &described, error);
    if (writer == NULL) {
        stream_cursor_free(cursor);
        return false;
    }
    bool ended = save_events(writer, cursor);
    stream_cursor_free(cursor);
    if (!ended) {
        trace_writer_abandon(writer);
        return error_set(error,
                         "cannot write the trace \"%s\": the stream's threads wait for each other "
                         "for ever",
                         path);
    }
    return trace_writer_close(writer, NULL, error);
}

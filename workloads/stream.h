/* Building, sharing and walking event streams. What a stream is: events.h.
 *
 * Threads: nothing here is thread-safe. Memory: a builder uses malloc and is meant for the process
 * that plans, never for the one that is measured. */
#ifndef WORKLOADS_STREAM_H
#define WORKLOADS_STREAM_H

#include "workloads/events.h"

/* ---- Building ---- */

struct stream_builder;

/* A new builder with `initial_threads` threads (1..STREAM_THREADS_MAX) that run from the start
 * line on, numbered from 0. NULL when memory is out. */
struct stream_builder *stream_builder_new(uint32_t initial_threads);

/* Adds a thread that begins where an emitted EVENT_THREAD_START names it; returns its number. */
uint32_t stream_builder_add_thread(struct stream_builder *builder);

/* Takes an empty slot for use by `thread`: the slot it gave back last, else a new one. */
uint32_t stream_builder_take_slot(struct stream_builder *builder, uint32_t thread);

/* Gives a slot back, by the thread that emptied it (and so is ordered after all its events). */
void stream_builder_give_slot(struct stream_builder *builder, uint32_t thread, uint32_t slot);

/* Appends an event to the run of event->thread. Out of memory, a slot or thread out of range and
 * the like are remembered and make stream_builder_finish fail, so callers need not check. */
void stream_builder_emit(struct stream_builder *builder, const struct event *event);

/* The common events. malloc takes a slot and returns it; free gives the slot back. */
uint32_t stream_malloc(struct stream_builder *builder, uint32_t thread, uint64_t size);
void stream_free(struct stream_builder *builder, uint32_t thread, uint32_t slot);
void stream_touch(struct stream_builder *builder, uint32_t thread, uint32_t slot, uint64_t size);

/* Emits a signal and returns its ordinal: what a matching stream_wait names. */
uint32_t stream_signal(struct stream_builder *builder, uint32_t thread);
void stream_wait(struct stream_builder *builder,
                 uint32_t thread,
                 uint32_t signaller,
                 uint32_t ordinal);

/* Makes stream_builder_finish fail with `problem` (static storage), unless it fails already: for a
 * producer that cannot go on. */
void stream_builder_fail(struct stream_builder *builder, const char *problem);

/* Seals a memfd that holds a stream's image: never to be written or resized again. No writable mapping
 * of it may be left. False with errno set. */
bool stream_seal(int fd);

/* Turns the builder into a stream in a sealed memfd and frees the builder, also on failure.
 * Returns NULL on success, else a message (static storage). The caller ends with stream_close. */
const char *stream_builder_finish(struct stream_builder *builder, struct stream *stream);

/* ---- Sharing ---- */

/* Maps the image behind `fd`, a memfd sealed against writing, shrinking and growing, read-only; the
 * stream then owns `fd`, also on failure. Returns NULL on success, else a message; nothing is read
 * past the end whatever the file holds. */
const char *stream_map(int fd, struct stream *stream);
void stream_close(struct stream *stream);

/* ---- Walking ---- */

/* A walk over all events in one order that the edges allow: threads in turn, each until it must
 * wait or has run for a quantum. Deterministic. */
struct stream_cursor;

struct stream_cursor *stream_cursor_new(const struct stream *stream); /* NULL: out of memory */
void stream_cursor_free(struct stream_cursor *cursor);

enum cursor_state {
    CURSOR_EVENT,
    CURSOR_END,
    CURSOR_DEADLOCK
};
enum cursor_state stream_cursor_next(struct stream_cursor *cursor, struct event *event);

/* Proves that the stream is sound: slots full and empty where they must be, all events on a slot
 * ordered by program order and edges, no wait without its signal. Returns NULL or a message that
 * names the thread and event (static storage). `live` receives the slots still full at the end. */
const char *stream_check(const struct stream *stream, uint64_t *live);

#endif

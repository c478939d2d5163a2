/* The trace writer: checks events, numbers objects, encodes into blocks. The container is
 * output.c's. */
#include "harness/trace/encode.h"
#include "harness/trace/output.h"

#include <stdlib.h>
#include <string.h>

/* What a caller's slot holds. `number` counts from 1, so that a zeroed slot is an empty one. */
struct held {
    uint64_t number;
    uint64_t bytes;
};

struct writer_thread {
    struct trace_index_thread index;
    uint32_t signals;
    bool running; /* has events, or was started */
};

struct trace_writer {
    struct trace_output *output;
    struct trace_description description;
    struct error error; /* the first failure */
    bool failed;
    uint32_t current; /* thread of the event last written */
    uint64_t live_bytes;
    uint64_t live_objects;
    struct held *held;
    uint64_t held_count;
    uint32_t block_events;
    struct writer_thread thread[STREAM_THREADS_MAX];
    struct encoder block;
};

struct trace_writer *trace_writer_open(const char *path,
                                       const struct trace_description *description,
                                       struct error *error)
{
    if (description->threads > STREAM_THREADS_MAX) {
        (void)error_set(error,
                        "cannot write the trace \"%s\": %u threads, more than %d",
                        path,
                        description->threads,
                        STREAM_THREADS_MAX);
        return NULL;
    }
    struct trace_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        (void)error_set(error, "cannot write the trace \"%s\": out of memory", path);
        return NULL;
    }
    writer->description = (struct trace_description){.threads = description->threads};
    memcpy(writer->description.command, description->command, sizeof description->command);
    memcpy(writer->description.generator, description->generator, sizeof description->generator);
    memcpy(writer->description.machine, description->machine, sizeof description->machine);
    memcpy(writer->description.date_utc, description->date_utc, sizeof description->date_utc);
    memcpy(writer->description.note, description->note, sizeof description->note);
    if (writer->description.threads == 0) {
        writer->description.threads = 1;
    }
    for (uint32_t i = 0; i < STREAM_THREADS_MAX; i++) {
        writer->thread[i].index.initial = 1;
    }
    writer->output = trace_output_open(path, &writer->description, error);
    if (writer->output == NULL) {
        free(writer);
        return NULL;
    }
    return writer;
}

/* ---- Events ---- */

static bool fail(struct trace_writer *writer, const struct event *event, const char *reason)
{
    writer->failed = true;
    return error_set(&writer->error,
                     "cannot write the trace \"%s\": event %lu (thread %u, slot %u) %s",
                     trace_output_path(writer->output),
                     (unsigned long)writer->description.events,
                     event->thread,
                     event->slot,
                     reason);
}

static bool make_room(struct trace_writer *writer, uint32_t slot)
{
    uint64_t count = writer->held_count == 0 ? 1024 : writer->held_count;
    while (count <= slot) {
        count *= 2;
    }
    struct held *held = reallocarray(writer->held, count, sizeof *held);
    if (held == NULL) {
        return false;
    }
    memset(held + writer->held_count, 0, (count - writer->held_count) * sizeof *held);
    writer->held = held;
    writer->held_count = count;
    return true;
}

static void count_bytes(struct trace_writer *writer, uint64_t bytes)
{
    struct trace_description *counted = &writer->description;
    counted->bytes_allocated += bytes;
    writer->live_bytes += bytes;
    if (writer->live_bytes > counted->live_bytes_peak) {
        counted->live_bytes_peak = writer->live_bytes;
    }
}

static bool write_birth(struct trace_writer *writer, const struct event *event)
{
    if (event->slot >= writer->held_count && !make_room(writer, event->slot)) {
        return fail(writer, event, "needs more memory than there is");
    }
    struct held *held = &writer->held[event->slot];
    if (held->number != 0) {
        return fail(writer, event, "allocates into a slot that holds an object");
    }
    if (event->size > TRACE_SIZE_MAX || event->slot == EVENT_SLOTS_MAX) {
        return fail(writer, event, "has a size or slot out of range");
    }
    if (event->kind == EVENT_ALIGNED_ALLOC) {
        if (__builtin_popcountll(event->alignment) != 1 ||
            __builtin_ctzll(event->alignment) > TRACE_ALIGNMENT_LOG2_MAX) {
            return fail(writer, event, "has an alignment that is no power of two in range");
        }
        encode_op_number(&writer->block, event->kind, (uint64_t)__builtin_ctzll(event->alignment));
        encode_varint(&writer->block, event->size);
    } else {
        encode_op_size(&writer->block, event->kind, event->size);
    }
    *held = (struct held){.number = ++writer->description.objects, .bytes = event->size};
    if (++writer->live_objects > writer->description.live_objects_peak) {
        writer->description.live_objects_peak = writer->live_objects;
    }
    count_bytes(writer, event->size);
    return true;
}

static void write_free(struct trace_writer *writer, struct held *held)
{
    encode_op_number(&writer->block, EVENT_FREE, writer->description.objects - held->number);
    writer->live_bytes -= held->bytes;
    writer->live_objects--;
    held->number = 0;
}

static bool write_realloc(struct trace_writer *writer, const struct event *event, struct held *held)
{
    if (event->size == 0 || event->size > TRACE_SIZE_MAX) {
        return fail(writer, event, "reallocates to a size out of range");
    }
    encode_op_number(&writer->block, EVENT_REALLOC, writer->description.objects - held->number);
    encode_varint(&writer->block, event->size);
    writer->live_bytes -= held->bytes;
    held->bytes = event->size;
    count_bytes(writer, event->size);
    return true;
}

static bool
write_touch(struct trace_writer *writer, const struct event *event, const struct held *held)
{
    if (event->size > held->bytes) {
        return fail(writer, event, "touches more bytes than the object has");
    }
    encode_op_number(&writer->block, EVENT_TOUCH, writer->description.objects - held->number);
    encode_varint(&writer->block, event->size);
    return true;
}

/* free, realloc, touch */
static bool write_use(struct trace_writer *writer, const struct event *event)
{
    if (event->slot >= writer->held_count || writer->held[event->slot].number == 0) {
        return fail(writer, event, "uses a slot that holds no object");
    }
    struct held *held = &writer->held[event->slot];
    if (event->kind == EVENT_REALLOC) {
        return write_realloc(writer, event, held);
    }
    if (event->kind == EVENT_TOUCH) {
        return write_touch(writer, event, held);
    }
    write_free(writer, held);
    return true;
}

static bool write_thread_start(struct trace_writer *writer, const struct event *event)
{
    if (event->slot == 0 || event->slot >= STREAM_THREADS_MAX ||
        writer->thread[event->slot].running) {
        return fail(writer, event, "starts a thread out of range, or one that runs already");
    }
    struct writer_thread *started = &writer->thread[event->slot];
    started->running = true;
    started->index.initial = 0;
    if (event->slot >= writer->description.threads) {
        writer->description.threads = event->slot + 1;
    }
    encode_op_number(&writer->block, EVENT_THREAD_START, event->slot);
    return true;
}

static bool write_wait(struct trace_writer *writer, const struct event *event)
{
    if (event->slot >= writer->description.threads || event->size == 0 ||
        event->size > writer->thread[event->slot].signals) {
        return fail(writer, event, "waits for a signal that was not given before");
    }
    encode_op_number(&writer->block, EVENT_WAIT, event->slot);
    encode_varint(&writer->block, writer->thread[event->slot].signals - event->size);
    return true;
}

static bool write_signal(struct trace_writer *writer, const struct event *event)
{
    struct writer_thread *thread = &writer->thread[event->thread];
    if (thread->signals == UINT32_MAX) {
        return fail(writer, event, "is one signal too many");
    }
    thread->signals++;
    encode_op(&writer->block, EVENT_SIGNAL, 0);
    return true;
}

static bool write_kind(struct trace_writer *writer, const struct event *event)
{
    switch (event->kind) {
    case EVENT_MALLOC:
    case EVENT_CALLOC:
    case EVENT_ALIGNED_ALLOC: return write_birth(writer, event);
    case EVENT_REALLOC:
    case EVENT_FREE:
    case EVENT_TOUCH: return write_use(writer, event);
    case EVENT_THREAD_START: return write_thread_start(writer, event);
    case EVENT_SIGNAL: return write_signal(writer, event);
    case EVENT_WAIT: return write_wait(writer, event);
    case EVENT_PHASE: encode_op_number(&writer->block, EVENT_PHASE, event->slot); return true;
    case EVENT_IDLE: encode_op_number(&writer->block, EVENT_IDLE, event->size); return true;
    default: return fail(writer, event, "is of no known kind");
    }
}

static bool flush(struct trace_writer *writer)
{
    if (writer->block_events == 0) {
        return true;
    }
    struct trace_block_header header = {
        .type = TRACE_BLOCK_EVENTS,
        .decoded_bytes = writer->block.bytes,
        .events = writer->block_events,
    };
    writer->failed =
        !trace_output_block(writer->output, &header, writer->block.byte, &writer->error);
    writer->block.bytes = 0;
    writer->block_events = 0;
    return !writer->failed;
}

static void switch_thread(struct trace_writer *writer, uint32_t thread)
{
    encode_op_number(&writer->block, TRACE_OP_THREAD, thread);
    writer->current = thread;
    writer->thread[thread].running = true;
    if (thread >= writer->description.threads) {
        writer->description.threads = thread + 1;
    }
}

/* Words of the event in a stream. */
static uint64_t words_of(const struct event *event)
{
    bool sized =
        event->kind <= EVENT_TOUCH || event->kind == EVENT_WAIT || event->kind == EVENT_IDLE;
    bool wide = event->kind == EVENT_ALIGNED_ALLOC ||
                (sized && event->kind != EVENT_FREE && event->size >= EVENT_SIZE_WIDE);
    return wide ? 2 : 1;
}

bool trace_writer_event(struct trace_writer *writer, const struct event *event)
{
    if (writer->failed) {
        return false;
    }
    if (event->thread >= STREAM_THREADS_MAX) {
        return fail(writer, event, "belongs to a thread out of range");
    }
    if (event->thread != writer->current) {
        switch_thread(writer, event->thread);
    }
    if (!write_kind(writer, event)) {
        return false;
    }
    struct trace_index_thread *index = &writer->thread[event->thread].index;
    index->words += words_of(event);
    index->events++;
    index->operations += event_is_operation(event->kind);
    writer->description.events++;
    writer->description.operations += event_is_operation(event->kind);
    writer->block_events++;
    return writer->block.bytes < TRACE_BLOCK_BYTES || flush(writer);
}

/* ---- The end ---- */

static void free_writer(struct trace_writer *writer)
{
    free(writer->held);
    free(writer);
}

void trace_writer_abandon(struct trace_writer *writer)
{
    if (writer != NULL) {
        trace_output_abandon(writer->output);
        free_writer(writer);
    }
}

bool trace_writer_close(struct trace_writer *writer,
                        struct trace_description *counted,
                        struct error *error)
{
    if (writer->failed || !flush(writer)) {
        *error = writer->error;
        trace_writer_abandon(writer);
        return false;
    }
    struct trace_index_thread threads[STREAM_THREADS_MAX];
    for (uint32_t i = 0; i < writer->description.threads; i++) {
        threads[i] = writer->thread[i].index;
    }
    writer->description.live_bytes_end = writer->live_bytes;
    writer->description.live_objects_end = writer->live_objects;
    bool finished = trace_output_finish(writer->output, &writer->description, threads, error);
    if (finished && counted != NULL) {
        *counted = writer->description;
    }
    free_writer(writer);
    return finished;
}

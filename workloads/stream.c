/* The stream builder: threads' runs grow in ordinary memory and end as one image in a sealed memfd.
 *
 * What the image holds and which streams are sound: events.h. Reading an image: image.c. */
#include "workloads/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SEAL_ATTEMPTS 50
#define SEAL_PAUSE_NS 100000000

/* The slots that a thread gave back, the last on top. */
struct slot_stack {
    uint32_t *slot;
    size_t count;
    size_t capacity;
};

struct run {
    uint64_t *word;
    size_t words;
    size_t capacity;
    uint64_t events;
    uint64_t operations;
    uint32_t signals;
    bool initial;
    struct slot_stack given;
};

struct stream_builder {
    struct run *run; /* room for STREAM_THREADS_MAX */
    uint32_t threads;
    uint32_t slots;
    const char *problem; /* the first one; NULL while all is well */
};

void stream_builder_fail(struct stream_builder *builder, const char *problem)
{
    if (builder->problem == NULL) {
        builder->problem = problem;
    }
}

struct stream_builder *stream_builder_new(uint32_t initial_threads)
{
    if (initial_threads < 1 || initial_threads > STREAM_THREADS_MAX) {
        return NULL;
    }
    struct stream_builder *builder = calloc(1, sizeof *builder);
    struct run *run = calloc(STREAM_THREADS_MAX, sizeof *run);
    if (builder == NULL || run == NULL) {
        free(builder);
        free(run);
        return NULL;
    }
    builder->run = run;
    builder->threads = initial_threads;
    for (uint32_t i = 0; i < initial_threads; i++) {
        run[i].initial = true;
    }
    return builder;
}

static void builder_free(struct stream_builder *builder)
{
    for (uint32_t i = 0; i < builder->threads; i++) {
        free(builder->run[i].word);
        free(builder->run[i].given.slot);
    }
    free(builder->run);
    free(builder);
}

uint32_t stream_builder_add_thread(struct stream_builder *builder)
{
    if (builder->threads == STREAM_THREADS_MAX) {
        stream_builder_fail(builder,
                            "a stream holds at most 1024 threads, and this one needs more");
        return 0;
    }
    return builder->threads++;
}

/* Twice the room: realloc moves big arrays by remapping, so growing stays cheap. False and a
 * remembered problem when memory is out. */
static bool grow(struct stream_builder *builder, void **array, size_t *capacity, size_t item_bytes)
{
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = realloc(*array, wanted * item_bytes);
    if (grown == NULL) {
        stream_builder_fail(builder, "out of memory while the stream was built");
        return false;
    }
    *array = grown;
    *capacity = wanted;
    return true;
}

uint32_t stream_builder_take_slot(struct stream_builder *builder, uint32_t thread)
{
    if (thread >= builder->threads) {
        stream_builder_fail(builder,
                            "a slot was asked for by a thread that the stream does not have");
        return 0;
    }
    struct slot_stack *given = &builder->run[thread].given;
    if (given->count > 0) {
        return given->slot[--given->count];
    }
    if (builder->slots == EVENT_SLOTS_MAX) {
        stream_builder_fail(builder,
                            "a stream holds at most 4294967295 slots, and this one needs more");
        return 0;
    }
    return builder->slots++;
}

void stream_builder_give_slot(struct stream_builder *builder, uint32_t thread, uint32_t slot)
{
    if (thread >= builder->threads || slot >= builder->slots) {
        stream_builder_fail(builder, "a slot or thread out of range was given back");
        return;
    }
    struct slot_stack *given = &builder->run[thread].given;
    if (given->count == given->capacity &&
        !grow(builder, (void **)&given->slot, &given->capacity, sizeof *given->slot)) {
        return;
    }
    given->slot[given->count++] = slot;
}

/* Appends an event of one word, or of two when `wide` is given. */
static void
append(struct stream_builder *builder, uint32_t thread, uint64_t word, const uint64_t *wide)
{
    struct run *run = &builder->run[thread];
    if (run->capacity - run->words < 2 &&
        !grow(builder, (void **)&run->word, &run->capacity, sizeof *run->word)) {
        return;
    }
    run->word[run->words++] = word;
    if (wide != NULL) {
        run->word[run->words++] = *wide;
    }
    run->events++;
    run->operations += event_is_operation(event_word_kind(word));
}

static void append_sized(struct stream_builder *builder, const struct event *event)
{
    bool wide = event->size >= EVENT_SIZE_WIDE;
    uint32_t field = wide ? EVENT_SIZE_WIDE : (uint32_t)event->size;
    append(builder,
           event->thread,
           event_word(event->kind, field, event->slot),
           wide ? &event->size : NULL);
}

static bool names_a_later_thread(const struct stream_builder *builder, uint32_t thread)
{
    return thread < builder->threads && !builder->run[thread].initial;
}

/* What is wrong with an event of this builder, or NULL. */
static const char *event_problem(const struct stream_builder *builder, const struct event *event)
{
    if ((unsigned)event->kind >= EVENT_KINDS) {
        return "an event is of no known kind";
    }
    if (event->thread >= builder->threads) {
        return "an event is of a thread that the stream does not have";
    }
    if (event->kind <= EVENT_TOUCH && event->slot >= builder->slots) {
        return "an event names a slot that was never taken";
    }
    if (event->kind == EVENT_ALIGNED_ALLOC && __builtin_popcountll(event->alignment) != 1) {
        return "an alignment is not a power of two";
    }
    if (event->kind == EVENT_REALLOC && event->size == 0) {
        return "a realloc to size 0 is a free, and must be written as one";
    }
    if (event->kind == EVENT_THREAD_START && !names_a_later_thread(builder, event->slot)) {
        return "a thread start names a thread that was not added";
    }
    if (event->kind == EVENT_WAIT && (event->slot >= builder->threads || event->size == 0)) {
        return "a wait names no thread of the stream, or no signal";
    }
    return NULL;
}

void stream_builder_emit(struct stream_builder *builder, const struct event *event)
{
    const char *problem = event_problem(builder, event);
    if (problem != NULL) {
        stream_builder_fail(builder, problem);
        return;
    }
    switch (event->kind) {
    case EVENT_ALIGNED_ALLOC: {
        uint32_t exponent = (uint32_t)__builtin_ctzll(event->alignment);
        append(
            builder, event->thread, event_word(event->kind, exponent, event->slot), &event->size);
        break;
    }
    case EVENT_SIGNAL: stream_signal(builder, event->thread); break;
    case EVENT_FREE:
    case EVENT_THREAD_START:
    case EVENT_PHASE:
        append(builder, event->thread, event_word(event->kind, 0, event->slot), NULL);
        break;
    case EVENT_IDLE:
        append_sized(
            builder,
            &(struct event){.kind = EVENT_IDLE, .thread = event->thread, .size = event->size});
        break;
    default: append_sized(builder, event); break;
    }
}

uint32_t stream_signal(struct stream_builder *builder, uint32_t thread)
{
    if (thread >= builder->threads || builder->run[thread].signals == UINT32_MAX) {
        stream_builder_fail(builder,
                            "a signal of a thread that the stream does not have, or one too many");
        return 0;
    }
    append(builder, thread, event_word(EVENT_SIGNAL, 0, 0), NULL);
    return ++builder->run[thread].signals;
}

static bool write_all(int fd, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        ssize_t written = write(fd, at, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += written;
        bytes -= (size_t)written;
    }
    return true;
}

static bool write_image(struct stream_builder *builder, int fd)
{
    size_t header_bytes =
        sizeof(struct stream_header) + builder->threads * sizeof(struct stream_thread);
    struct stream_header *header = calloc(1, header_bytes);
    if (header == NULL) {
        return false;
    }
    memcpy(header->magic, STREAM_MAGIC, sizeof header->magic);
    header->words_offset = header_bytes;
    header->threads = builder->threads;
    header->slots = builder->slots;
    for (uint32_t i = 0; i < builder->threads; i++) {
        const struct run *run = &builder->run[i];
        header->thread[i] = (struct stream_thread){.first_word = header->words,
                                                   .words = run->words,
                                                   .events = run->events,
                                                   .operations = run->operations,
                                                   .initial = run->initial};
        header->words += run->words;
        header->events += run->events;
        header->operations += run->operations;
    }
    header->image_bytes = header_bytes + header->words * sizeof(uint64_t);
    bool ok = write_all(fd, header, header_bytes);
    free(header);
    for (uint32_t i = 0; ok && i < builder->threads; i++) {
        struct run *run = &builder->run[i];
        ok = write_all(fd, run->word, run->words * sizeof *run->word);
        free(run->word); /* at once: the image and the runs need not both be whole in memory */
        run->word = NULL;
    }
    return ok;
}

/* The kernel refuses to seal with EBUSY while somebody holds one of the pages for a moment (compaction
 * on a busy machine does); it waits itself for a fraction of a second, here it gets more. */
bool stream_seal(int fd)
{
    const struct timespec pause = {.tv_nsec = SEAL_PAUSE_NS};
    for (int attempt = 0; attempt < SEAL_ATTEMPTS; attempt++) {
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
            return true;
        }
        if (errno != EBUSY) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

const char *stream_builder_finish(struct stream_builder *builder, struct stream *stream)
{
    *stream = (struct stream){.fd = -1};
    const char *problem = builder->problem;
    int fd = -1;
    if (problem == NULL) {
        fd = memfd_create("heaplab-stream", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0 || !write_image(builder, fd)) {
            problem = "the stream's image could not be written: is there memory left?";
        } else if (!stream_seal(fd)) {
            problem = "the stream's image could not be sealed: its pages stayed in use";
        }
    }
    builder_free(builder);
    if (problem != NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return problem;
    }
    problem = stream_map(fd, stream);
    if (problem != NULL) {
        stream_close(stream);
    }
    return problem;
}

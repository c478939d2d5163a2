/* Reading a stream's image, which is not trusted: whatever the file holds, a stream that
 * stream_map accepts can be walked from end to end without one look outside it.
 *
 * This says nothing about whether the events make sense together: that is stream_check. */
#include "workloads/stream.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static const char *header_problem(const struct stream_header *header, uint64_t file_bytes)
{
    if (file_bytes < sizeof *header ||
        memcmp(header->magic, STREAM_MAGIC, sizeof header->magic) != 0) {
        return "not a stream image of this version";
    }
    if (header->image_bytes != file_bytes) {
        return "the stream image is cut short or has grown";
    }
    if (header->threads < 1 || header->threads > STREAM_THREADS_MAX) {
        return "the stream image's number of threads is out of range";
    }
    uint64_t offset = sizeof *header + header->threads * sizeof(struct stream_thread);
    if (header->words_offset != offset || file_bytes < offset ||
        (file_bytes - offset) % sizeof(uint64_t) != 0 ||
        header->words != (file_bytes - offset) / sizeof(uint64_t)) {
        return "the stream image's table of threads does not fit its length";
    }
    if (header->thread[0].initial != 1) {
        return "thread 0 of the stream image does not run from the start";
    }
    return NULL;
}

/* The runs follow one another and fill the image. */
static const char *table_problem(const struct stream_header *header)
{
    uint64_t word = 0;
    uint64_t events = 0;
    uint64_t operations = 0;
    for (uint32_t i = 0; i < header->threads; i++) {
        const struct stream_thread *thread = &header->thread[i];
        if (thread->first_word != word || thread->words > header->words - word ||
            thread->initial > 1 || thread->reserved != 0) {
            return "a thread's run lies outside the stream image";
        }
        word += thread->words;
        events += thread->events;
        operations += thread->operations;
    }
    if (word != header->words || events != header->events || operations != header->operations) {
        return "the stream image's totals are not those of its threads";
    }
    return NULL;
}

/* Whether the fields of the event at word[0], which is whole, hold what its kind allows. Fields that
 * a kind does not use must be 0, and a size that fits in one word must be in one: one event has one
 * spelling. */
static bool well_spelt(const uint64_t *word)
{
    enum event_kind kind = event_word_kind(*word);
    uint32_t size = event_word_size(*word);
    uint32_t slot = event_word_slot(*word);
    switch (kind) {
    case EVENT_ALIGNED_ALLOC: /* the size field holds the logarithm of the alignment */
        return size < 64;
    case EVENT_FREE:
    case EVENT_THREAD_START:
    case EVENT_PHASE: return size == 0;
    case EVENT_SIGNAL: return size == 0 && slot == 0;
    default: break;
    }
    bool positive = kind == EVENT_REALLOC || kind == EVENT_WAIT;
    return (size != EVENT_SIZE_WIDE || word[1] >= EVENT_SIZE_WIDE) && (size > 0 || !positive) &&
           (slot == 0 || kind != EVENT_IDLE);
}

/* Checks the event at word[0], of which `left` words remain; `started` marks threads that were. */
static const char *event_problem(const struct stream_header *header,
                                 const uint64_t *word,
                                 uint64_t left,
                                 bool *started)
{
    enum event_kind kind = event_word_kind(*word);
    uint32_t slot = event_word_slot(*word);
    if ((unsigned)kind >= EVENT_KINDS) {
        return "the stream image holds an event of no known kind";
    }
    if (event_words(*word) > left) {
        return "the stream image holds an event cut short by the end of its run";
    }
    if (!well_spelt(word)) {
        return "the stream image holds an event with a field out of range";
    }
    if (kind <= EVENT_TOUCH && slot >= header->slots) {
        return "the stream image holds an event on a slot out of range";
    }
    if ((kind == EVENT_WAIT || kind == EVENT_THREAD_START) && slot >= header->threads) {
        return "the stream image holds an event on a thread out of range";
    }
    if (kind == EVENT_THREAD_START) {
        if (header->thread[slot].initial == 1 || started[slot]) {
            return "the stream image starts a thread that runs already";
        }
        started[slot] = true;
    }
    return NULL;
}

static const char *run_problem(const struct stream_header *header,
                               const uint64_t *words,
                               const struct stream_thread *thread,
                               bool *started)
{
    const uint64_t *word = words + thread->first_word;
    const uint64_t *end = word + thread->words;
    uint64_t events = 0;
    uint64_t operations = 0;
    while (word < end) {
        const char *problem = event_problem(header, word, (uint64_t)(end - word), started);
        if (problem != NULL) {
            return problem;
        }
        events++;
        operations += event_is_operation(event_word_kind(*word));
        word += event_words(*word);
    }
    if (events != thread->events || operations != thread->operations) {
        return "the stream image's counts are not those of its events";
    }
    return NULL;
}

static const uint64_t *image_words(const struct stream_header *header)
{
    return (const uint64_t *)((const char *)header + header->words_offset);
}

static const char *image_problem(const struct stream_header *header, uint64_t file_bytes)
{
    const char *problem = header_problem(header, file_bytes);
    if (problem == NULL) {
        problem = table_problem(header);
    }
    bool started[STREAM_THREADS_MAX] = {false};
    for (uint32_t i = 0; problem == NULL && i < header->threads; i++) {
        problem = run_problem(header, image_words(header), &header->thread[i], started);
    }
    return problem;
}

const char *stream_map(int fd, struct stream *stream)
{
    *stream = (struct stream){.fd = fd};
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &status) != 0) {
        /* Unsealed, it could be cut short or rewritten after it was checked. */
        return "a stream image must lie in a sealed memfd";
    }
    uint64_t bytes = (uint64_t)status.st_size;
    if (bytes < sizeof(struct stream_header)) {
        return "not a stream image of this version";
    }
    /* Private: kernels before 6.7 refuse shared mappings of a memfd sealed against writing. The
     * pages are the memfd's own all the same, as nothing is ever written. */
    void *image = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (image == MAP_FAILED) {
        return "the stream image cannot be mapped: is there memory left?";
    }
    const struct stream_header *header = image;
    const char *problem = image_problem(header, bytes);
    if (problem != NULL) {
        munmap(image, bytes);
        return problem;
    }
    stream->header = header;
    stream->words = image_words(header);
    return NULL;
}

void stream_close(struct stream *stream)
{
    if (stream->header != NULL) {
        munmap((void *)stream->header, stream->header->image_bytes);
    }
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    *stream = (struct stream){.fd = -1};
}

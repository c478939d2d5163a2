/* Fuzzes the trace reader in two ways, by the first byte of the input:
 *
 *   even  the rest is a trace file: the container, its checksums, the decoder
 *   odd   the rest is the decoded bytes of one event block: straight to the decoder, as no mutation
 *         gets past the checksum of a compressed block. Bits 1..3 say how many threads there are,
 *         bits 4..7 which of them run from the start line on.
 *
 * Whatever the reader accepts must be a stream that stream_check finds sound. */
#include "harness/trace/decoder.h"
#include "harness/trace/load.h"

#include <stdlib.h>
#include <string.h>

#define THREADS         4
#define WORDS_MAX       UINT64_C(4096) /* per thread */
#define IMAGE_BYTES_MAX (UINT64_C(4) << 20)

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require_sound(const struct stream *stream)
{
    uint64_t live = 0;
    const char *problem = stream_check(stream, &live);
    if (problem != NULL) {
        (void)fprintf(stderr, "accepted, but %s\n", problem);
        abort();
    }
}

static void fuzz_file(const uint8_t *data, size_t bytes)
{
    struct stream stream;
    struct error error;
    if (trace_load_memory(data, bytes, IMAGE_BYTES_MAX, &stream, &error)) {
        require_sound(&stream);
        stream_close(&stream);
    }
}

/* A stream of what was decoded, in ordinary memory. */
static void require_sound_runs(const struct decoder *decoder, const uint64_t *words)
{
    static union {
        struct stream_header header;
        char room[sizeof(struct stream_header) + THREADS * sizeof(struct stream_thread) +
                  THREADS * WORDS_MAX * sizeof(uint64_t)];
    } image;
    struct stream_header *header = &image.header;
    *header = (struct stream_header){.threads = decoder->threads, .slots = decoder->objects.slots};
    memcpy(header->magic, STREAM_MAGIC, sizeof header->magic);
    header->words_offset = sizeof *header + header->threads * sizeof header->thread[0];
    uint64_t *to = (uint64_t *)(image.room + header->words_offset);
    for (uint32_t i = 0; i < header->threads; i++) {
        const struct run *run = &decoder->run[i];
        if (!run->running) {
            return; /* decoder_finish would have refused it */
        }
        const uint64_t *from = words + (size_t)i * WORDS_MAX;
        uint64_t count = (uint64_t)(run->next - from);
        header->thread[i] = (struct stream_thread){.first_word = header->words,
                                                   .words = count,
                                                   .events = run->events,
                                                   .operations = run->operations,
                                                   .initial = run->initial};
        memcpy(to + header->words, from, count * sizeof *from);
        header->words += count;
        header->events += run->events;
        header->operations += run->operations;
    }
    header->image_bytes = header->words_offset + header->words * sizeof(uint64_t);
    require_sound(&(struct stream){.header = header, .words = to, .fd = -1});
}

static void fuzz_events(unsigned setting, const uint8_t *data, size_t bytes)
{
    static uint64_t words[THREADS * WORDS_MAX];
    static struct trace_index_thread threads[THREADS];
    const struct trace_index_head head = {
        .threads = 1 + (setting >> 1) % THREADS,
        .objects = WORDS_MAX,
    };
    for (uint32_t i = 0; i < THREADS; i++) {
        bool initial = i == 0 || ((setting >> 4) & (1U << i)) != 0;
        threads[i] = (struct trace_index_thread){.words = WORDS_MAX, .initial = initial};
    }
    /* Exactly as much as a reader provides, so that the sanitizer sees every byte too far. */
    uint8_t *block = calloc(1, bytes + TRACE_SLACK_BYTES);
    if (block == NULL) {
        return;
    }
    memcpy(block, data, bytes);
    const struct trace_source source = {.head = &head, .threads = threads, .decoded = block};
    struct decoder *decoder = decoder_new(&source, words, 1 << 20, NULL);
    if (decoder != NULL) {
        if (decoder_decode(decoder, block, (uint32_t)bytes) == NULL) {
            require_sound_runs(decoder, words);
        }
        decoder_free(decoder);
    }
    free(block);
}

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        fuzz_file(data + 1, bytes - 1);
    } else {
        fuzz_events(data[0], data + 1, bytes - 1);
    }
    return 0;
}

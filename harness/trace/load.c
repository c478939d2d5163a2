/* From a trace to a stream: the image, made in one piece from the counts of the index, and the
 * errors. */
#include "harness/trace/load.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Below this, starting a thread takes longer than the faults. */
#define FAULTED_ASIDE_BYTES (UINT64_C(1) << 20)

/* A stream's image while it is filled. */
struct image {
    struct stream_header *header;
    uint64_t bytes;
    int fd;
    bool faulting; /* `faulter` runs */
    pthread_t faulter;
};

static bool refuse(const struct trace_source *source, struct error *error, const char *reason)
{
    (void)error_set(error, "cannot read the trace \"%.160s\": %s", source->name, reason);
    return false;
}

uint64_t trace_load_bytes_max(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes / 4 * 3
                                       : UINT64_C(1) << 32;
}

static void fill_header(const struct trace_source *source, struct stream_header *header)
{
    memcpy(header->magic, STREAM_MAGIC, sizeof header->magic);
    header->threads = source->head->threads;
    header->words_offset = sizeof *header + header->threads * sizeof header->thread[0];
    header->words = source->words;
    header->events = source->events;
    header->operations = source->operations;
    header->image_bytes = header->words_offset + header->words * sizeof(uint64_t);
    uint64_t word = 0;
    for (uint32_t i = 0; i < header->threads; i++) {
        header->thread[i] = (struct stream_thread){
            .first_word = word,
            .words = source->threads[i].words,
            .events = source->threads[i].events,
            .operations = source->threads[i].operations,
            .initial = source->threads[i].initial,
        };
        word += source->threads[i].words;
    }
}

/* Every byte will be written: populating takes a third of the time of as many faults. */
static void *fault_in(void *argument)
{
    const struct image *image = argument;
    (void)madvise(image->header, image->bytes, MADV_POPULATE_WRITE); /* else they come one by one */
    return NULL;
}

/* Faults take longer than a quarter of a load; a second processor does them while this one still
 * decompresses. Where the decoder is faster, it takes its own. */
static void begin_faulting(struct image *image)
{
    image->faulting = image->bytes >= FAULTED_ASIDE_BYTES &&
                      pthread_create(&image->faulter, NULL, fault_in, image) == 0;
    if (!image->faulting) {
        (void)fault_in(image);
    }
}

static void end_faulting(struct image *image)
{
    if (image->faulting) {
        (void)pthread_join(image->faulter, NULL);
        image->faulting = false;
    }
}

static bool make_image(const struct trace_source *source,
                       uint64_t bytes_max,
                       struct image *image,
                       struct error *error)
{
    image->bytes = sizeof(struct stream_header) +
                   source->head->threads * sizeof(struct stream_thread) +
                   source->words * sizeof(uint64_t);
    if (image->bytes > bytes_max) {
        (void)error_set(error,
                        "cannot read the trace \"%.160s\": decoded it takes %lu MiB, and this "
                        "machine should not hold more than %lu; use a larger one",
                        source->name,
                        image->bytes >> 20,
                        bytes_max >> 20);
        return false;
    }
    image->fd = memfd_create("heaplab-stream", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (image->fd < 0 || ftruncate(image->fd, (off_t)image->bytes) != 0) {
        return refuse(source, error, strerrordesc_np(errno));
    }
    void *map = mmap(NULL, image->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
    if (map == MAP_FAILED) {
        return refuse(source, error, "out of memory; close other programs");
    }
    image->header = map;
    begin_faulting(image);
    fill_header(source, image->header);
    return true;
}

static bool unsound(const struct trace_source *source,
                    uint32_t block,
                    const struct decoder *decoder,
                    const char *problem,
                    struct error *error)
{
    return error_set(error,
                     "cannot read the trace \"%.160s\": block %u at byte %lu: event %lu %s; %s",
                     source->name,
                     block,
                     source->blocks[block].offset,
                     decoder_events(decoder),
                     problem,
                     problem == decoder_no_memory ? "use a larger machine" : "record it again");
}

static bool decode_blocks(struct trace_source *source, struct decoder *decoder, struct error *error)
{
    for (uint32_t i = 0; i < source->head->blocks; i++) {
        const struct trace_block_header *header = &source->blocks[i].header;
        if (header->type != TRACE_BLOCK_EVENTS) {
            continue;
        }
        if (!trace_source_block(source, i, error)) {
            return false;
        }
        uint64_t before = decoder_events(decoder);
        const char *problem = decoder_decode(decoder, source->decoded, header->decoded_bytes);
        if (problem == NULL && decoder_events(decoder) - before != header->events) {
            problem = "ends a block of more or fewer events than the index says";
        }
        if (problem != NULL) {
            return unsound(source, i, decoder, problem, error);
        }
    }
    const char *problem = decoder_finish(decoder, source);
    if (problem != NULL) {
        return error_set(
            error, "cannot read the trace \"%.160s\": %s; record it again", source->name, problem);
    }
    return true;
}

static bool fill_image(struct trace_source *source,
                       struct image *image,
                       uint64_t bytes_max,
                       struct trace_runs *runs,
                       struct error *error)
{
    uint64_t *words = (uint64_t *)((char *)image->header + image->header->words_offset);
    struct decoder *decoder = decoder_new(source, words, bytes_max - image->bytes, runs);
    if (decoder == NULL) {
        return refuse(source, error, "out of memory; close other programs");
    }
    bool decoded = decode_blocks(source, decoder, error);
    image->header->slots = decoder_slots(decoder);
    decoder_free(decoder);
    return decoded;
}

/* Turns the full image into a stream. The writable mapping has to go before the seal. What
 * stream_map checks of an image that comes from elsewhere, decoding has made sure of. */
static bool seal_image(const struct trace_source *source,
                       struct image *image,
                       struct stream *stream,
                       struct error *error)
{
    end_faulting(image);
    (void)munmap(image->header, image->bytes);
    image->header = NULL;
    if (fcntl(image->fd, F_ADD_SEALS, SEALS) != 0) {
        return refuse(source, error, strerrordesc_np(errno));
    }
    void *map = mmap(NULL, image->bytes, PROT_READ, MAP_PRIVATE, image->fd, 0);
    if (map == MAP_FAILED) {
        return refuse(source, error, "out of memory; close other programs");
    }
    const struct stream_header *header = map;
    *stream = (struct stream){
        .header = header,
        .words = (const uint64_t *)((const char *)map + header->words_offset),
        .fd = image->fd,
    };
    image->fd = -1; /* the stream's now */
    return true;
}

bool trace_load_source(struct trace_source *source,
                       uint64_t bytes_max,
                       struct stream *stream,
                       struct trace_runs *runs,
                       struct error *error)
{
    struct image image = {.fd = -1};
    bool loaded = make_image(source, bytes_max, &image, error) &&
                  fill_image(source, &image, bytes_max, runs, error) &&
                  seal_image(source, &image, stream, error);
    end_faulting(&image);
    if (image.header != NULL) {
        (void)munmap(image.header, image.bytes);
    }
    if (image.fd >= 0) {
        (void)close(image.fd);
    }
    return loaded;
}

void trace_source_describe(const struct trace_source *source, struct trace_description *description)
{
    trace_description_parse(description, source->text, source->text_bytes);
    description->threads = source->head->threads;
    description->events = source->events;
    description->operations = source->operations;
}

bool trace_load(const char *path,
                struct stream *stream,
                struct trace_description *description,
                struct error *error)
{
    struct trace_source source;
    if (!trace_source_open(&source, path, error)) {
        return false;
    }
    bool loaded = trace_load_source(&source, trace_load_bytes_max(), stream, NULL, error);
    if (loaded && description != NULL) {
        trace_source_describe(&source, description);
    }
    trace_source_close(&source);
    return loaded;
}

bool trace_load_memory(const void *memory,
                       uint64_t bytes,
                       uint64_t bytes_max,
                       struct stream *stream,
                       struct error *error)
{
    struct trace_source source;
    if (!trace_source_open_memory(&source, memory, bytes, error)) {
        return false;
    }
    bool loaded = trace_load_source(&source, bytes_max, stream, NULL, error);
    trace_source_close(&source);
    return loaded;
}

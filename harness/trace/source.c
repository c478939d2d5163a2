/* Trace files as containers, the reading side: see source.h, and README.md for the layout. */
#include "harness/trace/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define HEADER_BYTES sizeof(struct trace_block_header)

/* What to do about a file that cannot be what a writer left behind. */
#define ADVICE_DAMAGED "it is damaged; copy or record it again"
#define ADVICE_CUT     "it was cut off; copy or record it again"

__attribute__((format(printf, 3, 4))) static bool
refuse(const struct trace_source *source, struct error *error, const char *format, ...)
{
    char reason[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    (void)error_set(error, "cannot read the trace \"%.160s\": %s", source->name, reason);
    return false;
}

/* Reads exactly `bytes`, which the caller knows to lie inside the file. */
static bool read_at(
    const struct trace_source *source, uint64_t offset, void *to, size_t bytes, struct error *error)
{
    if (source->fd < 0) {
        memcpy(to, (const char *)source->memory + offset, bytes);
        return true;
    }
    char *at = to;
    while (bytes > 0) {
        ssize_t got = pread(source->fd, at, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return refuse(source, error, "%s at byte %lu", strerrordesc_np(errno), offset);
        }
        if (got == 0) {
            return refuse(source, error, "it became shorter while it was read; try again");
        }
        at += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return true;
}

/* ---- The header ---- */

static bool check_preamble(const struct trace_source *source,
                           const struct trace_preamble *preamble,
                           struct error *error)
{
    if (memcmp(preamble->magic, TRACE_MAGIC, sizeof preamble->magic) != 0) {
        return refuse(source,
                      error,
                      "it is no heaplab trace; traces are made by \"heaplab record\" and by the "
                      "importers");
    }
    if (preamble->version != TRACE_VERSION) {
        return refuse(source,
                      error,
                      "it is of trace format %u, and this heaplab reads format %d; use a newer "
                      "heaplab",
                      preamble->version,
                      TRACE_VERSION);
    }
    if (preamble->text_bytes > TRACE_TEXT_BYTES_MAX) {
        return refuse(source, error, "its header has a length out of range: " ADVICE_DAMAGED);
    }
    if (preamble->text_bytes > source->bytes - sizeof *preamble) {
        return refuse(source, error, "the file ends inside its header: " ADVICE_CUT);
    }
    return true;
}

static bool read_header(struct trace_source *source, struct error *error)
{
    struct trace_preamble preamble = {.version = 0};
    size_t bytes = source->bytes < sizeof preamble ? source->bytes : sizeof preamble;
    if (bytes == 0) {
        return refuse(source, error, "it is empty; record it again");
    }
    if (!read_at(source, 0, &preamble, bytes, error)) {
        return false;
    }
    size_t magic_bytes = bytes < sizeof preamble.magic ? bytes : sizeof preamble.magic;
    if (bytes < sizeof preamble && memcmp(preamble.magic, TRACE_MAGIC, magic_bytes) == 0) {
        return refuse(source, error, "the file ends inside its header: " ADVICE_CUT);
    }
    if (!check_preamble(source, &preamble, error)) {
        return false;
    }
    source->text_bytes = preamble.text_bytes;
    source->text = calloc(1, source->text_bytes + 1);
    if (source->text == NULL) {
        return refuse(source, error, "out of memory; close other programs");
    }
    if (!read_at(source, sizeof preamble, source->text, source->text_bytes, error)) {
        return false;
    }
    uint32_t crc = trace_crc(0, &preamble.version, 2 * sizeof(uint32_t));
    if (trace_crc(crc, source->text, source->text_bytes) != preamble.crc) {
        return refuse(source, error, "its header does not match its checksum: " ADVICE_DAMAGED);
    }
    return true;
}

/* ---- Blocks ---- */

/* Reads the frame of `header` at `offset` and decompresses it into `to`. `what` is for errors. */
static bool read_frame(struct trace_source *source,
                       uint64_t offset,
                       const struct trace_block_header *header,
                       void *to,
                       struct error *error)
{
    if (!read_at(source, offset, source->stored, header->stored_bytes, error)) {
        return false;
    }
    size_t decoded = ZSTD_decompressDCtx(
        source->decompressor, to, header->decoded_bytes, source->stored, header->stored_bytes);
    if (ZSTD_isError(decoded)) {
        return refuse(source,
                      error,
                      "the block at byte %lu cannot be decompressed (%s): " ADVICE_DAMAGED,
                      offset - HEADER_BYTES,
                      ZSTD_getErrorName(decoded));
    }
    if (decoded != header->decoded_bytes) {
        return refuse(source,
                      error,
                      "the block at byte %lu holds %zu bytes, not %u: " ADVICE_DAMAGED,
                      offset - HEADER_BYTES,
                      decoded,
                      header->decoded_bytes);
    }
    return true;
}

static bool sizes_in_range(const struct trace_block_header *header)
{
    return header->decoded_bytes <= TRACE_BLOCK_BYTES_MAX &&
           header->stored_bytes <= ZSTD_compressBound(TRACE_BLOCK_BYTES_MAX);
}

bool trace_source_block(struct trace_source *source, uint32_t block, struct error *error)
{
    const struct trace_index_block *entry = &source->blocks[block];
    struct trace_block_header header;
    if (!read_at(source, entry->offset, &header, sizeof header, error)) {
        return false;
    }
    if (memcmp(&header, &entry->header, sizeof header) != 0) {
        return refuse(source,
                      error,
                      "block %u at byte %lu is not what the index says: " ADVICE_DAMAGED,
                      block,
                      entry->offset);
    }
    if (!read_frame(source, entry->offset + HEADER_BYTES, &header, source->decoded, error)) {
        return false;
    }
    memset(source->decoded + header.decoded_bytes, 0, TRACE_SLACK_BYTES);
    return true;
}

/* ---- The index ---- */

static bool
read_trailer(struct trace_source *source, struct trace_trailer *trailer, struct error *error)
{
    uint64_t begin = sizeof(struct trace_preamble) + source->text_bytes;
    if (source->bytes - begin < HEADER_BYTES + sizeof *trailer) {
        return refuse(source, error, "the file ends behind its header: " ADVICE_CUT);
    }
    if (!read_at(source, source->bytes - sizeof *trailer, trailer, sizeof *trailer, error)) {
        return false;
    }
    if (memcmp(trailer->magic, TRACE_END_MAGIC, sizeof trailer->magic) != 0) {
        return refuse(source, error, "the file does not end as a trace does: " ADVICE_CUT);
    }
    if (trailer->file_bytes != source->bytes) {
        return refuse(source,
                      error,
                      "it was written with %lu bytes and has %lu: " ADVICE_DAMAGED,
                      trailer->file_bytes,
                      source->bytes);
    }
    if (trailer->index_offset < begin ||
        trailer->index_offset > source->bytes - sizeof *trailer - HEADER_BYTES) {
        return refuse(source, error, "its index lies outside the file: " ADVICE_DAMAGED);
    }
    return true;
}

/* The blocks of the index follow one another from the header to the index itself. */
static bool check_blocks(const struct trace_source *source, uint64_t index_offset)
{
    uint64_t offset = sizeof(struct trace_preamble) + source->text_bytes;
    uint64_t events = 0;
    for (uint32_t i = 0; i < source->head->blocks; i++) {
        const struct trace_index_block *block = &source->blocks[i];
        if (block->offset != offset || !sizes_in_range(&block->header) ||
            block->header.events > block->header.decoded_bytes ||
            index_offset - offset < HEADER_BYTES + block->header.stored_bytes) {
            return false;
        }
        offset += HEADER_BYTES + block->header.stored_bytes;
        events += block->header.type == TRACE_BLOCK_EVENTS ? block->header.events : 0;
    }
    return offset == index_offset && events == source->events;
}

/* The sums stay below 2^63: each part is held below 2^50, and there are at most 1,024. */
static bool sum_threads(struct trace_source *source)
{
    const uint64_t most = UINT64_C(1) << 50;
    for (uint32_t i = 0; i < source->head->threads; i++) {
        const struct trace_index_thread *thread = &source->threads[i];
        if (thread->events > most || thread->words > 2 * thread->events ||
            thread->words < thread->events || thread->operations > thread->events ||
            thread->initial > 1 || thread->reserved != 0) {
            return false;
        }
        source->events += thread->events;
        source->words += thread->words;
        source->operations += thread->operations;
    }
    return source->threads[0].initial == 1 && source->head->objects <= source->operations;
}

static bool check_index(struct trace_source *source,
                        const struct trace_block_header *header,
                        uint64_t index_offset,
                        struct error *error)
{
    const struct trace_index_head *head = source->index;
    size_t threads_bytes = 0;
    bool fits = header->decoded_bytes >= sizeof *head && head->threads >= 1 &&
                head->threads <= STREAM_THREADS_MAX;
    if (fits) {
        threads_bytes = head->threads * sizeof *source->threads;
        fits = header->decoded_bytes ==
               sizeof *head + threads_bytes + (uint64_t)head->blocks * sizeof *source->blocks;
    }
    if (!fits) {
        return refuse(source, error, "its index does not fit its length: " ADVICE_DAMAGED);
    }
    source->head = head;
    source->threads = (const void *)((const char *)source->index + sizeof *head);
    source->blocks = (const void *)((const char *)source->threads + threads_bytes);
    if (!sum_threads(source) || !check_blocks(source, index_offset)) {
        return refuse(source, error, "its index contradicts itself: " ADVICE_DAMAGED);
    }
    return true;
}

static bool read_index(struct trace_source *source, struct error *error)
{
    struct trace_trailer trailer = {.index_offset = 0};
    struct trace_block_header header;
    if (!read_trailer(source, &trailer, error) ||
        !read_at(source, trailer.index_offset, &header, sizeof header, error)) {
        return false;
    }
    uint64_t end = trailer.index_offset + HEADER_BYTES + header.stored_bytes;
    if (header.type != TRACE_BLOCK_INDEX || header.events != 0 || !sizes_in_range(&header) ||
        end != source->bytes - sizeof trailer) {
        return refuse(source, error, "its index has a wrong header: " ADVICE_DAMAGED);
    }
    source->index = calloc(1, header.decoded_bytes + 1);
    if (source->index == NULL) {
        return refuse(source, error, "out of memory; close other programs");
    }
    return read_frame(source, trailer.index_offset + HEADER_BYTES, &header, source->index, error) &&
           check_index(source, &header, trailer.index_offset, error);
}

/* ---- Opening and closing ---- */

/* What it takes to read any block of this file: no more than the file is long. */
static bool prepare_blocks(struct trace_source *source, struct error *error)
{
    uint64_t stored_bytes = ZSTD_compressBound(TRACE_BLOCK_BYTES_MAX);
    source->decompressor = ZSTD_createDCtx();
    source->stored = malloc(stored_bytes < source->bytes ? stored_bytes : source->bytes);
    return (source->decompressor != NULL && source->stored != NULL) ||
           refuse(source, error, "out of memory; close other programs");
}

static bool prepare_decoded(struct trace_source *source, struct error *error)
{
    uint32_t decoded_bytes = 0;
    for (uint32_t i = 0; i < source->head->blocks; i++) {
        uint32_t bytes = source->blocks[i].header.decoded_bytes;
        decoded_bytes = bytes > decoded_bytes ? bytes : decoded_bytes;
    }
    source->decoded = malloc(decoded_bytes + TRACE_SLACK_BYTES);
    return source->decoded != NULL || refuse(source, error, "out of memory; close other programs");
}

static bool open_inside(struct trace_source *source, struct error *error)
{
    bool opened = read_header(source, error) && prepare_blocks(source, error) &&
                  read_index(source, error) && prepare_decoded(source, error);
    if (!opened) {
        trace_source_close(source);
    }
    return opened;
}

bool trace_source_open(struct trace_source *source, const char *path, struct error *error)
{
    *source =
        (struct trace_source){.name = path, .fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    struct stat status;
    if (source->fd < 0) {
        return refuse(source, error, "%s; check the name", strerrordesc_np(errno));
    }
    if (fstat(source->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        trace_source_close(source);
        return refuse(source, error, "it is no regular file; name a trace file");
    }
    source->bytes = (uint64_t)status.st_size;
    return open_inside(source, error);
}

bool trace_source_open_memory(struct trace_source *source,
                              const void *memory,
                              uint64_t bytes,
                              struct error *error)
{
    *source = (struct trace_source){.name = "memory", .fd = -1, .memory = memory, .bytes = bytes};
    return open_inside(source, error);
}

void trace_source_close(struct trace_source *source)
{
    if (source->fd >= 0) {
        (void)close(source->fd);
    }
    ZSTD_freeDCtx(source->decompressor);
    free(source->stored);
    free(source->decoded);
    free(source->text);
    free(source->index);
    source->fd = -1;
    source->decompressor = source->stored = source->decoded = NULL;
    source->text = NULL;
    source->index = NULL;
}

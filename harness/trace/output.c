/* Trace files as containers, the writing side: see output.h, and README.md for the layout. */
#include "harness/trace/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

/* Files are written once and read for years. */
#define COMPRESSION_LEVEL 19
#define TEMPORARY_NAMES   100

struct trace_output {
    char *path;
    char *temporary;
    int fd;
    uint64_t offset;     /* where the next block goes */
    uint32_t text_bytes; /* room kept for the description */
    ZSTD_CCtx *compressor;
    void *stored; /* room for any block compressed */
    struct trace_index_block *blocks;
    uint32_t blocks_count;
    uint32_t blocks_capacity;
};

static bool cannot_write(const struct trace_output *output, int reason, struct error *error)
{
    (void)error_set(error,
                    "cannot write the trace \"%s\": %s; free some space or choose another place",
                    output->path,
                    strerrordesc_np(reason));
    return false;
}

static bool out_of_memory(const struct trace_output *output, struct error *error)
{
    (void)error_set(
        error, "cannot write the trace \"%s\": out of memory; close other programs", output->path);
    return false;
}

static bool write_at(struct trace_output *output, uint64_t offset, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes > 0) {
        ssize_t written = pwrite(output->fd, from, bytes, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        from += written;
        offset += (uint64_t)written;
        bytes -= (size_t)written;
    }
    return true;
}

/* What is replaced must be a file: a rename over a device or directory does other than was meant. */
static bool check_place(const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        (void)error_set(error,
                        "cannot write the trace \"%s\": it is there and is no regular file; "
                        "choose another name",
                        path);
        return false;
    }
    return true;
}

static bool open_temporary(struct trace_output *output, struct error *error)
{
    for (int i = 0; i < TEMPORARY_NAMES; i++) {
        free(output->temporary);
        if (asprintf(&output->temporary, "%s.%ld-%d.tmp", output->path, (long)getpid(), i) < 0) {
            output->temporary = NULL;
            return out_of_memory(output, error);
        }
        output->fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0 || errno != EEXIST) {
            break;
        }
    }
    if (output->fd < 0) {
        return cannot_write(output, errno, error);
    }
    return true;
}

static void free_output(struct trace_output *output)
{
    if (output->fd >= 0) {
        (void)close(output->fd);
    }
    ZSTD_freeCCtx(output->compressor);
    free(output->path);
    free(output->temporary);
    free(output->stored);
    free(output->blocks);
    free(output);
}

void trace_output_abandon(struct trace_output *output)
{
    if (output->fd >= 0 && output->temporary != NULL) {
        (void)unlink(output->temporary);
    }
    free_output(output);
}

const char *trace_output_path(const struct trace_output *output)
{
    return output->path;
}

/* The text with all its numbers at their longest: what the description may grow to. */
static uint32_t text_room(const struct trace_description *description)
{
    struct trace_description longest = *description;
    longest.events = longest.operations = longest.objects = longest.bytes_allocated = UINT64_MAX;
    longest.live_bytes_peak = longest.live_objects_peak = UINT64_MAX;
    longest.live_bytes_end = longest.live_objects_end = UINT64_MAX;
    longest.threads = UINT32_MAX;
    char text[TRACE_TEXT_BYTES_MAX];
    return (uint32_t)trace_description_format(&longest, text);
}

static bool make_compressor(struct trace_output *output)
{
    output->compressor = ZSTD_createCCtx();
    output->stored = malloc(ZSTD_compressBound(TRACE_BLOCK_BYTES_MAX));
    if (output->compressor == NULL || output->stored == NULL) {
        return false;
    }
    ZSTD_CCtx *compressor = output->compressor;
    return !ZSTD_isError(
               ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, COMPRESSION_LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 1));
}

struct trace_output *trace_output_open(const char *path,
                                       const struct trace_description *description,
                                       struct error *error)
{
    if (!check_place(path, error)) {
        return NULL;
    }
    struct trace_output *output = calloc(1, sizeof *output);
    if (output == NULL) {
        (void)error_set(error, "cannot write the trace \"%s\": out of memory", path);
        return NULL;
    }
    output->fd = -1;
    output->path = strdup(path);
    output->text_bytes = text_room(description);
    output->offset = sizeof(struct trace_preamble) + output->text_bytes;
    if (output->path == NULL || !make_compressor(output)) {
        (void)error_set(error, "cannot write the trace \"%s\": out of memory", path);
        trace_output_abandon(output);
        return NULL;
    }
    if (!open_temporary(output, error)) {
        trace_output_abandon(output);
        return NULL;
    }
    return output;
}

/* Compresses and appends one block; `header` lacks only its stored_bytes. */
static bool append_block(struct trace_output *output,
                         const void *data,
                         struct trace_block_header *header,
                         struct error *error)
{
    size_t stored = ZSTD_compress2(output->compressor,
                                   output->stored,
                                   ZSTD_compressBound(TRACE_BLOCK_BYTES_MAX),
                                   data,
                                   header->decoded_bytes);
    if (ZSTD_isError(stored)) {
        return error_set(error,
                         "cannot write the trace \"%s\": compression failed: %s",
                         output->path,
                         ZSTD_getErrorName(stored));
    }
    header->stored_bytes = (uint32_t)stored;
    if (!write_at(output, output->offset, header, sizeof *header) ||
        !write_at(output, output->offset + sizeof *header, output->stored, stored)) {
        return cannot_write(output, errno, error);
    }
    output->offset += sizeof *header + stored;
    return true;
}

bool trace_output_block(struct trace_output *output,
                        const struct trace_block_header *block,
                        const void *data,
                        struct error *error)
{
    if (output->blocks_count == output->blocks_capacity) {
        uint32_t capacity = 2 * output->blocks_capacity + 16;
        struct trace_index_block *blocks =
            reallocarray(output->blocks, capacity, sizeof *output->blocks);
        if (blocks == NULL) {
            return out_of_memory(output, error);
        }
        output->blocks = blocks;
        output->blocks_capacity = capacity;
    }
    struct trace_index_block *entry = &output->blocks[output->blocks_count++];
    *entry = (struct trace_index_block){.offset = output->offset, .header = *block};
    return append_block(output, data, &entry->header, error);
}

static bool write_index(struct trace_output *output,
                        const struct trace_index_head *head,
                        const struct trace_index_thread *threads,
                        struct error *error)
{
    size_t thread_bytes = head->threads * sizeof *threads;
    size_t block_bytes = head->blocks * sizeof *output->blocks;
    size_t bytes = sizeof *head + thread_bytes + block_bytes;
    if (bytes > TRACE_BLOCK_BYTES_MAX) {
        return error_set(error,
                         "cannot write the trace \"%s\": it has too many blocks; save less",
                         output->path);
    }
    char *index = malloc(bytes);
    if (index == NULL) {
        return out_of_memory(output, error);
    }
    memcpy(index, head, sizeof *head);
    memcpy(index + sizeof *head, threads, thread_bytes);
    if (block_bytes > 0) {
        memcpy(index + sizeof *head + thread_bytes, output->blocks, block_bytes);
    }
    struct trace_trailer trailer = {.index_offset = output->offset};
    struct trace_block_header header = {.type = TRACE_BLOCK_INDEX,
                                        .decoded_bytes = (uint32_t)bytes};
    bool written = append_block(output, index, &header, error);
    free(index);
    if (!written) {
        return false;
    }
    trailer.file_bytes = output->offset + sizeof trailer;
    memcpy(trailer.magic, TRACE_END_MAGIC, sizeof trailer.magic);
    return write_at(output, output->offset, &trailer, sizeof trailer) ||
           cannot_write(output, errno, error);
}

static bool write_description(struct trace_output *output,
                              const struct trace_description *description,
                              struct error *error)
{
    char text[TRACE_TEXT_BYTES_MAX];
    size_t used = trace_description_format(description, text);
    memset(text + used, '\n', output->text_bytes - used);
    struct trace_preamble preamble = {
        .magic = TRACE_MAGIC,
        .version = TRACE_VERSION,
        .text_bytes = output->text_bytes,
    };
    preamble.crc = trace_crc(0, &preamble.version, 2 * sizeof(uint32_t));
    preamble.crc = trace_crc(preamble.crc, text, output->text_bytes);
    return (write_at(output, 0, &preamble, sizeof preamble) &&
            write_at(output, sizeof preamble, text, output->text_bytes)) ||
           cannot_write(output, errno, error);
}

/* The directory too must reach the disk, or a crash may undo the rename. Some file systems cannot
 * do that; the trace is whole all the same, so a failure here is none. */
static void sync_directory(struct trace_output *output)
{
    int directory = open(dirname(output->temporary), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        (void)fsync(directory);
        (void)close(directory);
    }
}

static bool put_in_place(struct trace_output *output, struct error *error)
{
    if (fsync(output->fd) != 0) {
        return cannot_write(output, errno, error);
    }
    int fd = output->fd;
    output->fd = -1;
    if (close(fd) != 0 || rename(output->temporary, output->path) != 0) {
        int reason = errno;
        (void)unlink(output->temporary);
        return cannot_write(output, reason, error);
    }
    sync_directory(output);
    return true;
}

bool trace_output_finish(struct trace_output *output,
                         const struct trace_description *description,
                         const struct trace_index_thread *threads,
                         struct error *error)
{
    struct trace_index_head head = {
        .threads = description->threads,
        .blocks = output->blocks_count,
        .objects = description->objects,
    };
    bool finished = write_index(output, &head, threads, error) &&
                    write_description(output, description, error) && put_in_place(output, error);
    if (finished) {
        free_output(output);
    } else {
        trace_output_abandon(output);
    }
    return finished;
}

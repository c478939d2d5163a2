/* A trace file while it is read: header, index and blocks, checked and decompressed. Knows the
 * container, nothing of events. Inside harness/trace only.
 *
 * Nothing is trusted: every read lies inside the file, every block's place and size are those of
 * the index, and no more memory is taken than TRACE_BLOCK_BYTES_MAX twice and the index. */
#ifndef HARNESS_TRACE_SOURCE_H
#define HARNESS_TRACE_SOURCE_H

#include "harness/trace/format.h"

struct trace_source {
    const char *name; /* for errors: the path */
    int fd;           /* -1: the file is in memory */
    const void *memory;
    uint64_t bytes;

    char *text; /* the description's lines, ended by a NUL */
    uint32_t text_bytes;
    void *index; /* decoded; the next three point into it */
    const struct trace_index_head *head;
    const struct trace_index_thread *threads;
    const struct trace_index_block *blocks;
    uint64_t events; /* the sums over the threads; no sum overflows */
    uint64_t words;
    uint64_t operations;

    void *decompressor;
    void *stored;     /* buffers for one block; in `decoded` TRACE_SLACK_BYTES */
    uint8_t *decoded; /* zero bytes follow the block */
};

/* Opens the file at `path`, or the `bytes` at `memory`, and reads header and index. On failure
 * nothing stays open. `path` and `memory` must outlive the source. */
bool trace_source_open(struct trace_source *source, const char *path, struct error *error);
bool trace_source_open_memory(struct trace_source *source,
                              const void *memory,
                              uint64_t bytes,
                              struct error *error);

/* Reads and decompresses block `block` (below head->blocks) into `decoded`. */
bool trace_source_block(struct trace_source *source, uint32_t block, struct error *error);

void trace_source_close(struct trace_source *source);

#endif

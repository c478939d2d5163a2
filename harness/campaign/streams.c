#include "harness/campaign/streams.h"

#include "harness/campaign/process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_MS 100

bool streams_init(struct streams *streams,
                  const struct options *options,
                  const char *worker,
                  struct error *error)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    size_t room = options->source_count * options->thread_count;
    *streams = (struct streams){.options = options, .worker = worker, .bytes_most = memory / 4};
    streams->held = calloc(room, sizeof *streams->held);
    return streams->held != NULL || error_set(error, "cannot hold the streams: out of memory");
}

static void close_held(struct streams *streams, struct held_stream *held)
{
    if (held->open) {
        streams->bytes -= held->stream.header->image_bytes;
        stream_close(&held->stream);
        held->open = false;
    }
}

static struct held_stream *find_held(struct streams *streams, uint32_t source, uint32_t threads)
{
    if (!source_is_threaded(&streams->options->sources[source])) {
        threads = 1; /* there is but one stream of it */
    }
    for (size_t i = 0; i < streams->count; i++) {
        if (streams->held[i].source == source && streams->held[i].threads == threads) {
            return &streams->held[i];
        }
    }
    struct held_stream *held = &streams->held[streams->count++];
    *held = (struct held_stream){.source = source, .threads = threads};
    return held;
}

const struct stream *
streams_get(struct streams *streams, uint32_t source, uint32_t threads, struct error *error)
{
    struct held_stream *held = find_held(streams, source, threads);
    if (held->open) {
        return &held->stream;
    }
    struct workload_request request = {
        .seed = streams->options->seed, .threads = threads, .scale = streams->options->scale};
    if (!source_open(&streams->options->sources[source], &request, &held->stream, error)) {
        return NULL;
    }
    held->open = true;
    streams->bytes += held->stream.header->image_bytes;
    for (size_t i = 0; i < streams->count && streams->bytes > streams->bytes_most; i++) {
        if (&streams->held[i] != held) {
            close_held(streams, &streams->held[i]);
        }
    }
    return &held->stream;
}

uint64_t streams_bare_bytes(struct streams *streams, uint32_t source, uint32_t threads)
{
    return find_held(streams, source, threads)->bare_bytes.value;
}

bool streams_measure_bare(struct streams *streams,
                          uint32_t source,
                          uint32_t threads,
                          struct error *error)
{
    struct held_stream *held = find_held(streams, source, threads);
    const struct stream *stream = streams_get(streams, source, threads, error);
    if (stream == NULL || held->bare_bytes.known) {
        return stream != NULL;
    }
    const struct process_request request = {
        .worker = streams->worker,
        .pass = "bare",
        .touch = streams->options->touch,
        .thp = streams->options->thp,
        .library = "",
        .stream_fd = stream->fd,
        .timeout_ns = streams->options->timeout_s * UINT64_C(1000000000),
        .memory_limit_bytes = streams->options->memory_limit_bytes,
    };
    struct process process;
    struct process *const listened = &process;
    char detail[WORKER_DETAIL_BYTES];
    if (!process_start(&process, &request, error)) {
        return false;
    }
    while (process.state != PROCESS_ENDED) {
        process_listen(&listened, 1, LISTEN_MS);
    }
    bool ok = strcmp(process_status(&process, detail), "ok") == 0;
    if (ok) {
        held->bare_bytes = count_of(process_result(&process)->anonymous_bytes_start);
    } else {
        error_set(error, "cannot measure a process at the start line: %s", detail);
    }
    process_free(&process);
    return ok;
}

void streams_free(struct streams *streams)
{
    for (size_t i = 0; i < streams->count; i++) {
        close_held(streams, &streams->held[i]);
    }
    free(streams->held);
    *streams = (struct streams){0};
}

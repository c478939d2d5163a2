/* `heaplab bench`: what the harness itself costs: loading a trace, replaying with the null
 * allocator, and the harness's share of each cell. Prints medians and the least over the rounds. */
#include "harness/allocators.h"
#include "harness/campaign/process.h"
#include "harness/clock.h"
#include "harness/commands.h"
#include "harness/places.h"
#include "harness/sources.h"
#include "harness/statistics/interval.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     5
#define TIMEOUT_NS UINT64_C(60000000000)
#define LISTEN_MS  100

struct bench {
    char worker[PATH_MAX];
    struct allocator_list allocators;
};

static int fail(const struct error *error)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return EXIT_FAILED;
}

static bool open_stream(const struct source *source, struct stream *stream, struct error *error)
{
    const struct workload_request request = {.seed = 1, .threads = 1, .scale = 1};
    return source_open(source, &request, stream, error);
}

/* Replays the stream once; NAN when the cell does not end well. */
static double
replay_ns(const struct bench *bench, const struct allocator *allocator, const struct stream *stream)
{
    const struct process_request request = {
        .worker = bench->worker,
        .pass = "throughput",
        .touch = "page",
        .thp = "system",
        .library = allocator->library,
        .stream_fd = stream->fd,
        .timeout_ns = TIMEOUT_NS,
        .memory_limit_bytes = UINT64_MAX,
    };
    struct process process;
    struct process *const listened = &process;
    struct error error;
    char detail[WORKER_DETAIL_BYTES];
    double elapsed_ns = NAN;
    if (!process_start(&process, &request, &error)) {
        return NAN;
    }
    while (process.state != PROCESS_ENDED) {
        process_listen(&listened, 1, LISTEN_MS);
    }
    if (strcmp(process_status(&process, detail), "ok") == 0) {
        elapsed_ns = (double)process_result(&process)->elapsed_ns;
    }
    process_free(&process);
    return elapsed_ns;
}

static struct estimate replay_rounds(const struct bench *bench,
                                     const struct allocator *allocator,
                                     const struct stream *stream,
                                     double *least)
{
    double values[ROUNDS];
    *least = INFINITY;
    for (size_t i = 0; i < ROUNDS; i++) {
        values[i] = replay_ns(bench, allocator, stream);
        *least = fmin(*least, values[i]);
    }
    return estimate_median(values, ROUNDS);
}

static bool bench_loading(const struct source *source, struct error *error)
{
    double values[ROUNDS];
    double least = INFINITY;
    uint64_t events = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct stream stream;
        uint64_t started_ns = clock_monotonic_ns();
        if (!open_stream(source, &stream, error)) {
            return false;
        }
        values[i] = (double)(clock_monotonic_ns() - started_ns);
        least = fmin(least, values[i]);
        events = stream.header->events;
        stream_close(&stream);
    }
    struct estimate ns = estimate_median(values, ROUNDS);
    (void)printf("  %-14s %10" PRIu64 " events %8.1f million events/s (best %.1f)\n",
                 source->name,
                 events,
                 (double)events / ns.median * 1e3,
                 (double)events / least * 1e3);
    return true;
}

static bool bench_floor(const struct bench *bench, const struct source *source, struct error *error)
{
    struct stream stream;
    double least;
    if (!open_stream(source, &stream, error)) {
        return false;
    }
    const struct allocator *floor = allocators_find(&bench->allocators, ALLOCATOR_FLOOR);
    double events = (double)stream.header->events;
    struct estimate ns = replay_rounds(bench, floor, &stream, &least);
    (void)printf("  %-14s %3" PRIu32 " threads %8.2f ns/event (best %.2f)\n",
                 source->name,
                 stream.header->threads,
                 ns.median / events,
                 least / events);
    stream_close(&stream);
    return true;
}

/* The classical policies would take longer than all others together. */
static bool is_shown(const struct allocator *allocator)
{
    return allocator->found && allocator->standard && strcmp(allocator->name, ALLOCATOR_FLOOR) != 0;
}

/* Of the least times, not of medians: a neighbour's noise in a cell of some milliseconds is larger
 * than the floor. */
static bool bench_share(const struct bench *bench, const struct source *source, struct error *error)
{
    struct stream stream;
    double floor_ns;
    if (!open_stream(source, &stream, error)) {
        return false;
    }
    const struct allocator *floor = allocators_find(&bench->allocators, ALLOCATOR_FLOOR);
    (void)replay_rounds(bench, floor, &stream, &floor_ns);
    (void)printf("  %-14s", source->name);
    for (size_t i = 0; i < bench->allocators.count; i++) {
        const struct allocator *allocator = &bench->allocators.items[i];
        if (is_shown(allocator)) {
            double ns;
            (void)replay_rounds(bench, allocator, &stream, &ns);
            (void)printf(" %8.0f %%", floor_ns / ns * 100);
            (void)fflush(stdout);
        }
    }
    (void)putchar('\n');
    stream_close(&stream);
    return true;
}

/* Calls `each` for every listed workload, or only for the recorded ones. */
static bool for_sources(const struct bench *bench,
                        bool recorded_only,
                        bool (*each)(const struct bench *, const struct source *, struct error *),
                        struct error *error)
{
    char name[SOURCE_NAME_BYTES];
    for (size_t i = 0; source_listed(i, name); i++) {
        struct source source;
        if (!source_parse(name, &source, error)) {
            return false;
        }
        bool wanted = !recorded_only || source.workload == NULL;
        if (wanted && !each(bench, &source, error)) {
            return false;
        }
    }
    return true;
}

static bool load_each(const struct bench *bench, const struct source *source, struct error *error)
{
    (void)bench;
    return bench_loading(source, error);
}

static bool run_bench(struct bench *bench, struct error *error)
{
    (void)printf("median of %d rounds\n\nloading a recorded trace\n", ROUNDS);
    if (!for_sources(bench, true, load_each, error)) {
        return false;
    }
    (void)puts("\nreplay by the null allocator: the floor");
    if (!for_sources(bench, true, bench_floor, error)) {
        return false;
    }
    (void)printf("\nshare of the floor in a cell, one thread, least times\n  %-14s", "workload");
    for (size_t i = 0; i < bench->allocators.count; i++) {
        const struct allocator *allocator = &bench->allocators.items[i];
        if (is_shown(allocator)) {
            (void)printf(" %10.10s", allocator->name);
        }
    }
    (void)putchar('\n');
    return for_sources(bench, false, bench_share, error);
}

int command_bench(int argc, char **argv)
{
    struct bench bench = {0};
    struct error error;
    if (argc > 1) {
        bool help = strcmp(argv[1], "--help") == 0;
        if (!help) {
            (void)fprintf(stderr, "heaplab: bench: unknown word \"%s\"\n\n", argv[1]);
        }
        (void)fputs(
            "usage: heaplab bench\n\nMeasures what the harness itself costs: loading traces, "
            "the null allocator, and its\nshare of each cell.\n",
            help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_USAGE;
    }
    bool ok = place_find("heaplab-worker", bench.worker) ||
              error_set(&error, "\"%s\" is missing; run make", bench.worker);
    ok = ok && allocators_listed(&bench.allocators, &error) && run_bench(&bench, &error);
    allocators_free(&bench.allocators);
    return ok ? EXIT_SUCCESS : fail(&error);
}

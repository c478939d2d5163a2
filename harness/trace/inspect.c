/* What a person wants to know of a trace, printed. The counting is census.c's. */
#include "harness/trace/census.h"
#include "harness/trace/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR_WIDTH 30
#define TEXT_MAX  32

static const char *const kind_names[EVENT_KINDS] = {
    [EVENT_MALLOC] = "malloc",
    [EVENT_CALLOC] = "calloc",
    [EVENT_ALIGNED_ALLOC] = "aligned_alloc",
    [EVENT_REALLOC] = "realloc",
    [EVENT_FREE] = "free",
    [EVENT_TOUCH] = "touch",
    [EVENT_THREAD_START] = "thread start",
    [EVENT_SIGNAL] = "signal",
    [EVENT_WAIT] = "wait",
    [EVENT_PHASE] = "phase",
    [EVENT_IDLE] = "idle",
};

/* 12345678 as 12,345,678. */
static const char *count_text(uint64_t count, char text[TEXT_MAX])
{
    char digits[TEXT_MAX];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

static const char *bytes_text(uint64_t bytes, char text[TEXT_MAX])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    bool whole = value == (double)(uint64_t)value;
    (void)snprintf(text, TEXT_MAX, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100 * (double)part / (double)whole;
}

/* ---- The description ---- */

static void print_text(FILE *out, const char *label, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    (void)fprintf(out, "  %-12s ", label);
    for (const char *c = text; *c != '\0'; c++) {
        /* What comes from a file must not steer the terminal. */
        (void)fputc((unsigned char)*c < ' ' || *c == 127 ? '?' : *c, out);
    }
    (void)fputc('\n', out);
}

static void print_description(FILE *out, const struct trace_source *source, const char *path)
{
    struct trace_description description;
    char text[TEXT_MAX];
    trace_source_describe(source, &description);
    (void)fprintf(out, "Trace \"%s\"\n", path);
    print_text(out, "command", description.command);
    print_text(out, "generator", description.generator);
    print_text(out, "machine", description.machine);
    print_text(out, "date", description.date_utc);
    print_text(out, "note", description.note);
    (void)fprintf(out, "  %-12s %s", "file", bytes_text(source->bytes, text));
    if (source->events > 0) {
        (void)fprintf(
            out, ", %.3f bytes per event", (double)source->bytes / (double)source->events);
    }
    (void)fprintf(out, ", blocks: %" PRIu32 "\n", source->head->blocks);
}

static void print_events(FILE *out, const struct census *census, uint64_t events)
{
    char text[TEXT_MAX];
    (void)fprintf(out, "\nEvents %32s\n", count_text(events, text));
    for (size_t kind = 0; kind < EVENT_KINDS; kind++) {
        if (census->events[kind] > 0) {
            (void)fprintf(out,
                          "  %-14s %22s  %5.1f %%\n",
                          kind_names[kind],
                          count_text(census->events[kind], text),
                          percent(census->events[kind], events));
        }
    }
}

static void print_memory(FILE *out, const struct census *census)
{
    char bytes[TEXT_MAX];
    char count[TEXT_MAX];
    (void)fprintf(out, "\nMemory (requested)            bytes          objects\n");
    (void)fprintf(out,
                  "  allocated in all %16s %16s\n",
                  bytes_text(census->bytes_allocated, bytes),
                  count_text(census->objects, count));
    (void)fprintf(out,
                  "  alive at most    %16s %16s\n",
                  bytes_text(census->live_bytes_peak, bytes),
                  count_text(census->live_objects_peak, count));
    (void)fprintf(out,
                  "  never freed      %16s %16s\n",
                  bytes_text(census->live_bytes, bytes),
                  count_text(census->live_objects, count));
}

/* ---- Histograms ---- */

/* The values of a bucket: "16 B to < 32 B", "16 to < 32", one value alone as itself. */
static void print_range(FILE *out, size_t bucket, const char *(*value_text)(uint64_t, char *))
{
    char low[TEXT_MAX];
    char high[TEXT_MAX] = "more";
    uint64_t least = bucket == 0 ? 0 : UINT64_C(1) << (bucket - 1);
    (void)value_text(least, low);
    if (bucket <= 1) {
        (void)fprintf(out, "  %9s %15s", low, "");
        return;
    }
    if (bucket < CENSUS_BUCKETS - 1) {
        (void)value_text(2 * least, high);
    }
    (void)fprintf(out, "  %9s to < %9s ", low, high);
}

static void print_histogram(FILE *out,
                            const struct census_bucket *buckets,
                            const char *title,
                            const char *(*value_text)(uint64_t, char *))
{
    uint64_t count = 0;
    uint64_t bytes = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < CENSUS_BUCKETS; i++) {
        count += buckets[i].count;
        bytes += buckets[i].bytes;
        most = buckets[i].count > most ? buckets[i].count : most;
    }
    if (count == 0) {
        return;
    }
    (void)fprintf(out, "\n%-27s%15s %7s %7s\n", title, "count", "", "bytes");
    for (size_t i = 0; i < CENSUS_BUCKETS; i++) {
        if (buckets[i].count == 0) {
            continue;
        }
        char text[TEXT_MAX];
        char bar[BAR_WIDTH + 1] = "";
        size_t width = 1 + (size_t)((double)buckets[i].count / (double)most * (BAR_WIDTH - 1));
        memset(bar, '#', width);
        print_range(out, i, value_text);
        (void)fprintf(out,
                      "%15s %5.1f %% %5.1f %%  %s\n",
                      count_text(buckets[i].count, text),
                      percent(buckets[i].count, count),
                      percent(buckets[i].bytes, bytes),
                      bar);
    }
}

/* ---- Threads ---- */

/* "Of others'": objects freed by another thread than the one that allocated them. */
static void print_threads(FILE *out, const struct census *census, const struct stream *stream)
{
    char text[4][TEXT_MAX];
    uint32_t threads = stream->header->threads;
    (void)fprintf(out, "\nThreads %31" PRIu32 "\n", threads);
    if (threads == 1) {
        return;
    }
    (void)fprintf(out,
                  "  %-20s %16s\n  %-20s %16s  %5.1f %%\n",
                  "changes of thread",
                  count_text(census->switches, text[0]),
                  "frees of others'",
                  count_text(census->frees_foreign, text[1]),
                  percent(census->frees_foreign, census->events[EVENT_FREE]));
    (void)fprintf(
        out, "\n  thread       operations      allocations            frees        of others'\n");
    for (uint32_t i = 0; i < threads; i++) {
        const struct census_thread *thread = &census->thread[i];
        (void)fprintf(out,
                      "  %6" PRIu32 " %16s %16s %16s %16s%s\n",
                      i,
                      count_text(thread->operations, text[0]),
                      count_text(thread->births, text[1]),
                      count_text(thread->frees, text[2]),
                      count_text(thread->frees_foreign, text[3]),
                      stream->header->thread[i].initial == 1 ? "" : "  (started later)");
    }
}

static void print_census(FILE *out, const struct census *census, const struct stream *stream)
{
    print_events(out, census, stream->header->events);
    print_memory(out, census);
    print_histogram(out, census->size, "Sizes requested", bytes_text);
    print_histogram(out, census->life_objects, "Lifetimes in allocations", count_text);
    print_histogram(out, census->life_bytes, "Lifetimes in bytes", bytes_text);
    print_threads(out, census, stream);
}

static bool
inspect_source(struct trace_source *source, const char *path, FILE *out, struct error *error)
{
    struct stream stream;
    struct trace_runs runs = {.run = NULL};
    if (!trace_load_source(source, trace_load_bytes_max(), &stream, &runs, error)) {
        free(runs.run);
        return false;
    }
    struct census *census = malloc(sizeof *census);
    bool taken = census != NULL && census_take(census, &stream, &runs);
    if (taken) {
        print_description(out, source, path);
        print_census(out, census, &stream);
    } else {
        (void)error_set(
            error, "cannot inspect the trace \"%s\": out of memory; close other programs", path);
    }
    free(census);
    free(runs.run);
    stream_close(&stream);
    return taken;
}

bool trace_inspect(const char *path, FILE *out, struct error *error)
{
    struct trace_source source;
    if (!trace_source_open(&source, path, error)) {
        return false;
    }
    bool inspected = inspect_source(&source, path, out, error);
    trace_source_close(&source);
    return inspected;
}

/* `heaplab heapmap`: what lies where in an allocator's heap at moments of a stream. */
#include "harness/campaign/folder.h"
#include "harness/commands.h"
#include "harness/heapmap/cells.h"
#include "harness/heapmap/tables.h"
#include "harness/heapmap/take.h"
#include "harness/places.h"
#include "harness/report/gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const struct error *error, int code)
{
    (void)fflush(stdout); /* errors come last where both go to one place */
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* The moments as numbers of events. */
static bool find_events(const struct map_request *request,
                        const struct stream *stream,
                        uint64_t *events,
                        struct error *error)
{
    uint64_t all = stream->header->events;
    for (size_t i = 0; i < request->moment_count; i++) {
        double event = request->moments[i] * (double)all;
        events[i] = event < 1 ? 1 : (uint64_t)event;
        if (i > 0 && events[i] <= events[i - 1]) {
            return error_set(error,
                             "the moments %.10g%% and %.10g%% fall on the same event of the "
                             "stream's %" PRIu64 "; name fewer with --at or --frames",
                             100 * request->moments[i - 1],
                             100 * request->moments[i],
                             all);
        }
    }
    return all > 0 || error_set(error, "the stream of \"%s\" has no events", request->source.name);
}

/* ---- The folder ---- */

static bool holds_files(const char *path)
{
    DIR *folder = opendir(path);
    size_t entries = 0;
    while (folder != NULL && readdir(folder) != NULL) {
        entries++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return entries > 2; /* . and .. */
}

static bool make_folder(const char *output, char folder[PATH_MAX], struct error *error)
{
    char named[PATH_MAX];
    if (output == NULL) {
        char results[PATH_MAX - 64];
        char found[PATH_MAX];
        char date[32];
        time_t now = time(NULL);
        struct tm utc;
        (void)snprintf(
            results, sizeof results, "%s", place_find("results", found) ? found : "results");
        (void)gmtime_r(&now, &utc);
        (void)strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
        (void)snprintf(named, sizeof named, "%s/heapmap-%s", results, date);
        output = named;
    }
    if (holds_files(output)) {
        return error_set(
            error, "\"%s\" already holds files; choose another folder with --output", output);
    }
    return folder_make(output, folder, error);
}

/* ---- Files ---- */

/* Collects where there is anything in the frames, and writes their regions. */
static bool write_regions(const struct frames *frames,
                          struct map_tables *tables,
                          struct extents *extents,
                          struct error *error)
{
    for (size_t i = 0; i < frames->count; i++) {
        struct frame frame;
        bool ok = frame_load(frames, i, &frame, error);
        for (size_t r = 0; ok && r < frame.count; r++) {
            uint64_t start = frame.regions[r].address;
            ok = extents_add(extents, start, start + frame.regions[r].bytes) ||
                 error_set(error, "cannot lay out the heap: out of memory");
        }
        extents_join(extents, 0);
        ok = ok && map_tables_regions(tables, &frame, error);
        frame_free(&frame);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static void tell(const struct map_tables *tables, const struct frame *frame)
{
    (void)printf("%5zu %8.4g %% %12" PRIu64 " %12" PRIu64,
                 frame->number + 1,
                 100 * (double)frame->events_done / (double)tables->events,
                 frame->live_bytes,
                 frame->kind_bytes[MAP_USED]);
    if (frame->has_walk) {
        (void)printf(" %12" PRIu64 " %12" PRIu64 "\n",
                     frame->kind_bytes[MAP_FREE],
                     frame->kind_bytes[MAP_METADATA]);
    } else {
        (void)printf(" %20" PRIu64 "\n", frame->kind_bytes[MAP_RESIDENT]);
    }
}

/* Writes the frames' sums and cells, and tells them. */
static bool write_cells(const struct frames *frames,
                        struct map_tables *tables,
                        const struct cells *cells,
                        struct error *error)
{
    bool ok = true;
    for (size_t i = 0; ok && i < frames->count; i++) {
        struct frame frame;
        ok = frame_load(frames, i, &frame, error);
        if (ok && i == 0) {
            (void)printf("frame     stream   live bytes   used bytes %s\n",
                         frame.has_walk ? "  free bytes     metadata" : "other resident bytes");
            ok = cells_write_key(cells, frame.has_walk, error);
        }
        ok = ok && map_tables_frame(tables, &frame, cells->layout[CELLS_LARGE].lowest, error) &&
             cells_write(cells, &frame, error);
        if (ok) {
            tell(tables, &frame);
        }
        frame_free(&frame);
    }
    return ok;
}

static bool write_files(const struct frames *frames,
                        struct map_tables *tables,
                        const char *folder,
                        struct error *error)
{
    struct extents extents = {0};
    struct cells cells = {0};
    bool ok = map_tables_open(tables, folder, error) &&
              write_regions(frames, tables, &extents, error) &&
              cells_open(&cells, folder, &extents, tables->request->by, error) &&
              write_cells(frames, tables, &cells, error);
    struct error ignored;
    ok = map_tables_close(tables, ok ? error : &ignored) && ok;
    cells_free(&cells);
    extents_free(&extents);
    return ok;
}

static bool draw(const char *folder, struct error *error)
{
    static const char *const scripts[] = {
        "plots/heapmap/frames.gp", "plots/heapmap/strip.gp", "plots/heapmap/animation.gp"};
    char gnuplot[] = "gnuplot";
    char defaults[] = "-d"; /* whatever a person's own start-up file says */
    char call[] = "-c";
    char from[PATH_MAX];
    char target[PATH_MAX];
    (void)snprintf(from, sizeof from, "%s", folder);
    (void)snprintf(target, sizeof target, "%s/plots", folder);
    if (mkdir(target, 0777) != 0 && errno != EEXIST) {
        return error_set(error, "cannot make the folder \"%s\": %s", target, strerror(errno));
    }
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        char path[PATH_MAX];
        char formats[] = "svg png";
        char *const words[] = {gnuplot, defaults, call, path, from, target, formats, NULL};
        if (!place_find(scripts[i], path)) {
            return error_set(error, "the script \"%s\" is missing", path);
        }
        if (!gnuplot_run(words, path, error)) {
            struct error reason = *error;
            return error_set(error, "%s; the CSV files are in \"%s\"", reason.text, folder);
        }
    }
    return true;
}

/* ---- The command ---- */

static int conclude(const struct map_request *request,
                    const struct stream *stream,
                    const struct taken *taken,
                    struct error *error)
{
    char folder[PATH_MAX];
    struct frames frames;
    struct map_tables tables = {
        .request = request, .library = taken->library, .events = stream->header->events};
    bool ok = make_folder(request->output, folder, error) && frames_open(&frames, taken->fd, error);
    if (ok) {
        ok = (frames.count == request->moment_count ||
              error_set(error, "the worker told %zu moments", frames.count)) &&
             write_files(&frames, &tables, folder, error);
        frames_close(&frames);
    }
    if (!ok || (request->plots && !draw(folder, error))) {
        return fail(error, EXIT_FAILED);
    }
    (void)printf("%s\n", folder);
    return EXIT_SUCCESS;
}

static int tell_failure(const struct map_request *request, const char *status, const char *detail)
{
    (void)fprintf(stderr,
                  "heaplab: %s on %s: %s: %s\n",
                  request->allocator.name,
                  request->source.name,
                  status,
                  detail);
    return EXIT_FAILED_CELLS;
}

static int run_stream(const struct map_request *request, const struct stream *stream)
{
    struct error error;
    struct taken taken = {.fd = -1};
    uint64_t events[WORKER_MOMENTS_MAX];
    if (!find_events(request, stream, events, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    int code;
    if (!take_frames(request, stream, events, &taken, &error)) {
        code = fail(&error, EXIT_FAILED);
    } else if (strcmp(taken.status, "ok") != 0) {
        code = tell_failure(request, taken.status, taken.detail);
    } else {
        code = conclude(request, stream, &taken, &error);
    }
    if (taken.fd >= 0) {
        (void)close(taken.fd);
    }
    return code;
}

int command_heapmap(int argc, char **argv)
{
    struct map_request request;
    struct error error;
    struct stream stream;
    if (!map_request_parse(&request, argc, argv, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (request.help) {
        map_request_help();
        return EXIT_SUCCESS;
    }
    if (!request.allocator.found) {
        char detail[PATH_MAX + 128];
        bool packaged = request.allocator.package[0] != '\0';
        (void)snprintf(detail,
                       sizeof detail,
                       "\"%s\" is not there%s%s",
                       request.allocator.library,
                       packaged ? "; apt-get install " : "",
                       request.allocator.package);
        return tell_failure(&request, "missing_library", detail);
    }
    const struct workload_request wanted = {
        .seed = request.seed, .threads = request.threads, .scale = request.scale};
    if (!source_open(&request.source, &wanted, &stream, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    int code = run_stream(&request, &stream);
    stream_close(&stream);
    return code;
}

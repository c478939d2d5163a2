/* The steps of one image: map, merge and repair, find the edges, write, check, report. */
#include "harness/recording/finalise.h"

#include "harness/recording/edges.h"
#include "harness/recording/history.h"
#include "harness/recording/history_write.h"
#include "harness/recording/images.h"
#include "harness/revision.h"
#include "harness/trace/trace.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM_BYTES 128
#define TRACE_SUFFIX  ".trace"

/* ---- What a trace says of itself ---- */

/* The processor's name as the kernel gives it, or the machine's architecture. */
static void describe_processor(const struct utsname *system, char *name, size_t name_bytes)
{
    (void)snprintf(name, name_bytes, "%s", system->machine);
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (!file) {
        return;
    }
    char line[256];
    while (fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (colon && strncmp(line, "model name", 10) == 0) {
            (void)snprintf(name, name_bytes, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    (void)fclose(file);
}

static void describe_machine(char *machine, size_t machine_bytes)
{
    struct utsname system;
    char processor[128];
    uname(&system);
    describe_processor(&system, processor, sizeof processor);
    (void)snprintf(machine,
                   machine_bytes,
                   "%s, %s %.40s, glibc %s",
                   processor,
                   system.sysname,
                   system.release,
                   gnu_get_libc_version());
}

/* Adds "<count> <what>" to a note unless the count is 0. */
static void note_count(FILE *note, uint64_t count, const char *what)
{
    if (count > 0) {
        (void)fprintf(note, "%" PRIu64 " %s; ", count, what);
    }
}

/* What the reader of the trace should know: what could not be recorded as it was. */
static void describe_repairs(const struct image *image,
                             const struct history *history,
                             const struct edges *edges,
                             char *text,
                             size_t text_bytes)
{
    FILE *note = fmemopen(text, text_bytes, "w");
    if (!note) {
        return;
    }
    if (image->process.truncated_stamp != RAW_NOT_TRUNCATED) {
        (void)fputs("truncated, no room was left for the recording; ", note);
    }
    if (image->process.forked) {
        (void)fputs("began with a fork; ", note);
    }
    note_count(note, history->unknown_frees, "frees of blocks from before the recording, dropped");
    note_count(note, history->unknown_reallocs, "reallocs of such blocks, made allocations");
    note_count(note, history->implicit_frees, "frees that were not seen, put in");
    note_count(note, history->threads_folded, "threads joined to ended ones");
    (void)fprintf(note,
                  "%zu edges for %" PRIu64 " changes of thread on an object",
                  edges->count,
                  edges->crossings);
    (void)fclose(note);
}

static void describe(const struct image *image,
                     const struct history *history,
                     const struct edges *edges,
                     struct trace_description *description)
{
    *description = (struct trace_description){.threads = history->threads};
    image_command(image, description->command, sizeof description->command);
    (void)snprintf(description->generator,
                   sizeof description->generator,
                   "heaplab record %s",
                   heaplab_revision);
    describe_machine(description->machine, sizeof description->machine);
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    (void)strftime(description->date_utc, sizeof description->date_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
    describe_repairs(image, history, edges, description->note, sizeof description->note);
}

/* ---- Names ---- */

/* The name of an image's trace: what was asked for, PROGRAM.trace, PROGRAM.PID.trace, and with a
 * number where that is taken, by an earlier image of the same process or by the user's files. */
static void name_trace(const struct finalise_request *request,
                       const struct image *image,
                       bool command,
                       char path[PATH_MAX])
{
    char program[PROGRAM_BYTES];
    image_program(image, program, sizeof program);
    const char *slash = request->output ? strrchr(request->output, '/') : NULL;
    int folder = slash ? (int)(slash - request->output) + 1 : 0;
    const char *output = request->output ? request->output : "";
    if (command && request->output) {
        (void)snprintf(path, PATH_MAX, "%s", request->output);
    } else if (command) {
        (void)snprintf(path, PATH_MAX, "%s" TRACE_SUFFIX, program);
    } else {
        (void)snprintf(path,
                       PATH_MAX,
                       "%.*s%s.%" PRIu64 TRACE_SUFFIX,
                       folder,
                       output,
                       program,
                       image->process.pid);
    }
    bool replace = command && request->force;
    for (unsigned number = 2; !replace && access(path, F_OK) == 0; number++) {
        (void)snprintf(path,
                       PATH_MAX,
                       "%.*s%s.%" PRIu64 ".%u" TRACE_SUFFIX,
                       folder,
                       output,
                       program,
                       image->process.pid,
                       number);
    }
}

/* ---- One image ---- */

static void
report(const char *path, const struct image *image, const struct trace_description *counted)
{
    struct stat status = {0};
    (void)stat(path, &status);
    (void)fprintf(stderr,
                  "heaplab: wrote %s: %" PRIu64 " events, %jd bytes, %.3f bytes/event, %" PRIu32
                  " thread%s%s\n",
                  path,
                  counted->events,
                  (intmax_t)status.st_size,
                  (double)status.st_size / (double)counted->events,
                  counted->threads,
                  counted->threads == 1 ? "" : "s",
                  image->process.truncated_stamp == RAW_NOT_TRUNCATED
                      ? ""
                      : "; truncated, no room was left for the recording");
}

static bool write_history(const struct image *image,
                          const struct history *history,
                          const char *path,
                          struct error *error)
{
    struct edges edges;
    if (!edges_find(history, &edges, error)) {
        return false;
    }
    struct trace_description description;
    describe(image, history, &edges, &description);
    bool written = history_write(history, &edges, path, &description, error);
    edges_free(&edges);
    if (written) {
        report(path, image, &description);
    }
    return written;
}

static bool finalise_image(const struct finalise_request *request,
                           const struct image *image,
                           bool command,
                           struct finalise_result *result,
                           struct error *error)
{
    struct image_words words;
    struct history history = {0};
    bool done =
        image_map(request->directory, image, &words, error) &&
        history_build(words.thread, words.count, image->process.truncated_stamp, &history, error);
    image_unmap(&words);
    if (done && history.count > 0) {
        char path[PATH_MAX];
        name_trace(request, image, command, path);
        done = write_history(image, &history, path, error);
        result->traces += done;
        result->command |= done && command;
    }
    history_free(&history);
    return done;
}

bool finalise(const struct finalise_request *request,
              struct finalise_result *result,
              struct error *error)
{
    *result = (struct finalise_result){0};
    struct images images;
    if (!images_list(request->directory, &images, error)) {
        return false;
    }
    result->processes = images.count;
    size_t main_image = SIZE_MAX;
    for (size_t i = 0; i < images.count; i++) {
        if (images.image[i].process.pid == (uint64_t)request->pid) {
            main_image = i;
        }
    }
    bool done = true;
    for (size_t i = 0; i < images.count && done; i++) {
        done = finalise_image(request, &images.image[i], i == main_image, result, error);
    }
    images_free(&images);
    return done;
}

/* `heaplab trace`: looking into traces and saving workloads as traces. */
#include "harness/commands.h"
#include "harness/revision.h"
#include "harness/sources.h"
#include "harness/trace/trace.h"
#include "harness/values.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab trace inspect FILE\n"
    "       heaplab trace save [--threads N] [--seed S] [--scale F] [--force] WORKLOAD FILE\n"
    "\n"
    "inspect  prints events, live and peak bytes, sizes, lifetimes, threads, cross-thread frees\n"
    "save     writes a workload of `heaplab list` (with parameters: sized:sizes=4) as a trace\n"
    "\n"
    "  --threads N  that share the work; some workloads have one more, which starts them\n"
    "               (default: 1)\n"
    "  --seed S     of the stream (default: 1)\n"
    "  --scale F    factor on the number of operations (default: 1)\n"
    "  --force      replace FILE if it is there\n"
    "\n"
    "Examples\n"
    "  heaplab trace inspect workloads/recorded/perl.trace\n"
    "  heaplab trace save --threads 2 larson larson.trace\n";

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* What `save` is asked to do. */
struct save_request {
    struct workload_request workload;
    bool force;
};

static bool take_option(struct save_request *request, int key, struct error *error)
{
    const struct range seeds = {0, UINT64_MAX};
    struct workload_request *workload = &request->workload;
    switch (key) {
    case 't': return value_u32("--threads", optarg, STREAM_THREADS_MAX, &workload->threads, error);
    case 's': return value_number("--seed", optarg, seeds, &workload->seed, error);
    case 'f': return value_factor("--scale", optarg, &workload->scale, error);
    default: request->force = true; return true;
    }
}

static bool parse_request(int argc, char **argv, struct save_request *request, struct error *error)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"scale", required_argument, NULL, 'f'},
        {"force", no_argument, NULL, 'r'},
        {0},
    };
    *request = (struct save_request){.workload = {.seed = 1, .threads = 1, .scale = 1}};
    optind = 0;
    opterr = 0;
    int key;
    while ((key = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
        if (key == '?' || key == ':') {
            return error_set(error,
                             "%s \"%s\"; see `heaplab trace --help`",
                             key == ':' ? "a value is missing after" : "unknown option",
                             argv[optind - 1]);
        }
        if (!take_option(request, key, error)) {
            return false;
        }
    }
    if (argc - optind > 2) {
        const char *word = argv[optind + 2];
        return error_set(error,
                         "%s \"%s\"; see `heaplab trace --help`",
                         word[0] == '-' ? "options stand before WORKLOAD and FILE, not behind:"
                                        : "a word too many:",
                         word);
    }
    return argc - optind == 2 ||
           error_set(error,
                     "trace save: %s is missing; see `heaplab trace --help`",
                     argc - optind == 1 ? "the FILE to write" : "a WORKLOAD and the FILE to write");
}

static void describe(struct trace_description *description,
                     const struct source *source,
                     const struct workload_request *request)
{
    struct utsname system;
    time_t now = time(NULL);
    struct tm utc;
    *description = (struct trace_description){0};
    (void)uname(&system);
    (void)gmtime_r(&now, &utc);
    (void)snprintf(description->command,
                   sizeof description->command,
                   "workload %s%s%s, %" PRIu32 " thread%s, seed %" PRIu64 ", scale %g",
                   source->name,
                   source->parameters[0] != '\0' ? ":" : "",
                   source->parameters,
                   request->threads,
                   request->threads == 1 ? "" : "s",
                   request->seed,
                   request->scale);
    (void)snprintf(description->generator,
                   sizeof description->generator,
                   "heaplab trace save %s",
                   heaplab_revision);
    (void)snprintf(description->machine,
                   sizeof description->machine,
                   "%s, Linux %s",
                   system.machine,
                   system.release);
    (void)strftime(description->date_utc, sizeof description->date_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Says what came of it: --threads counts those that share the work, the trace all there are. */
static void tell_saved(const char *path,
                       const struct source *source,
                       const struct stream_header *header,
                       uint32_t asked)
{
    (void)printf("%s: %" PRIu64 " events, %" PRIu32 " thread%s",
                 path,
                 header->events,
                 header->threads,
                 header->threads == 1 ? "" : "s");
    if (source_is_threaded(source) && header->threads > asked) {
        (void)printf(": %" PRIu32 " of --threads, and one that starts %s",
                     asked,
                     asked == 1 ? "it" : "them");
    }
    (void)putchar('\n');
}

static int
write_trace(const struct save_request *request, const struct source *source, const char *path)
{
    struct error error;
    struct stream stream;
    struct trace_description description;
    if (!request->force && access(path, F_OK) == 0) {
        (void)error_set(
            &error, "will not replace \"%s\": it exists; give another name, or --force", path);
        return fail(&error, EXIT_FAILED);
    }
    if (!source_open(source, &request->workload, &stream, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    describe(&description, source, &request->workload);
    bool ok = trace_save(path, &stream, &description, &error);
    if (ok) {
        tell_saved(path, source, stream.header, request->workload.threads);
    }
    stream_close(&stream);
    return ok ? EXIT_SUCCESS : fail(&error, EXIT_FAILED);
}

static int save(int argc, char **argv)
{
    struct error error;
    struct source source;
    struct save_request request;
    if (!parse_request(argc, argv, &request, &error) ||
        !source_parse(argv[optind], &source, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    return write_trace(&request, &source, argv[optind + 1]);
}

static int inspect(int argc, char **argv)
{
    struct error error;
    if (argc != 2 || (argv[1][0] == '-' && argv[1][1] != '\0')) {
        const char *word = argc < 2 ? "" : argv[argv[1][0] == '-' ? 1 : 2];
        (void)error_set(&error,
                        "trace inspect takes one FILE and no options%s%s%s; see `heaplab trace "
                        "--help`",
                        argc < 2 ? "" : ", not \"",
                        word,
                        argc < 2 ? "" : "\"");
        return fail(&error, EXIT_USAGE);
    }
    return trace_inspect(argv[1], stdout, &error) ? EXIT_SUCCESS : fail(&error, EXIT_FAILED);
}

int command_trace(int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[argc - 1], "--help") == 0;
    if (help) {
        (void)fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (argc > 1 && strcmp(argv[1], "save") == 0) {
        return save(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "inspect") == 0) {
        return inspect(argc - 1, argv + 1);
    }
    if (argc > 1) {
        (void)fprintf(
            stderr, "heaplab: trace: unknown word \"%s\"; there are inspect and save\n\n", argv[1]);
    }
    (void)fputs(usage, stderr);
    return EXIT_USAGE;
}

/* `heaplab trace`: looking into traces and saving workloads as traces. */
#include "harness/commands.h"
#include "harness/revision.h"
#include "harness/sources.h"
#include "harness/trace/trace.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static const char usage[] =
    "usage: heaplab trace inspect FILE\n"
    "       heaplab trace save [--threads N] [--seed S] [--scale F] WORKLOAD FILE\n"
    "\n"
    "inspect  prints events, live and peak bytes, sizes, lifetimes, threads, cross-thread frees\n"
    "save     writes a workload of `heaplab list` (with parameters: sized:sizes=4) as a trace\n"
    "\n"
    "Examples\n"
    "  heaplab trace inspect workloads/recorded/perl.trace\n"
    "  heaplab trace save --threads 2 larson larson.trace\n";

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

static bool
parse_request(int argc, char **argv, struct workload_request *request, struct error *error)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"scale", required_argument, NULL, 'f'},
        {0},
    };
    *request = (struct workload_request){.seed = 1, .threads = 1, .scale = 1};
    optind = 0;
    opterr = 0;
    int key;
    while ((key = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
        char *end = NULL;
        if (key == 't') {
            request->threads = (uint32_t)strtoul(optarg, &end, 10);
        } else if (key == 's') {
            request->seed = strtoull(optarg, &end, 10);
        } else if (key == 'f') {
            request->scale = strtod(optarg, &end);
        }
        if (end == NULL || *end != '\0' || optarg[0] == '-') {
            return error_set(error,
                             "wrong option or value at \"%s\"; see `heaplab trace --help`",
                             argv[optind - 1]);
        }
    }
    return true;
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
                   "workload %s%s%s, %" PRIu32 " threads, seed %" PRIu64 ", scale %g",
                   source->name,
                   source->parameters[0] != '\0' ? ":" : "",
                   source->parameters,
                   request->threads,
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

static int save(int argc, char **argv)
{
    struct error error;
    struct source source;
    struct stream stream;
    struct workload_request request;
    struct trace_description description;
    if (!parse_request(argc, argv, &request, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (argc - optind != 2) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!source_parse(argv[optind], &source, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (!source_open(&source, &request, &stream, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    describe(&description, &source, &request);
    bool ok = trace_save(argv[optind + 1], &stream, &description, &error);
    if (ok) {
        (void)printf("%s: %" PRIu64 " events, %" PRIu32 " threads\n",
                     argv[optind + 1],
                     stream.header->events,
                     stream.header->threads);
    }
    stream_close(&stream);
    return ok ? EXIT_SUCCESS : fail(&error, EXIT_FAILED);
}

int command_trace(int argc, char **argv)
{
    struct error error;
    if (argc >= 2 && strcmp(argv[1], "save") == 0) {
        return save(argc - 1, argv + 1);
    }
    if (argc == 3 && strcmp(argv[1], "inspect") == 0) {
        return trace_inspect(argv[2], stdout, &error) ? EXIT_SUCCESS : fail(&error, EXIT_FAILED);
    }
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    (void)fputs(usage, help ? stdout : stderr);
    return help ? EXIT_SUCCESS : EXIT_USAGE;
}

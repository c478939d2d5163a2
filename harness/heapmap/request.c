#include "harness/heapmap/request.h"

#include "harness/choice.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "heaplab heapmap: pictures of the heap at moments of a stream\n"
    "\n"
    "  heaplab heapmap [OPTION...]\n"
    "\n"
    "What\n"
    "  --allocator NAME          from `heaplab list`, one of ours with settings as "
    "NAME:key=value,\n"
    "                            or any shared object as NAME=PATH (default: bin)\n"
    "  --workload W              from `heaplab list`, with parameters, or a trace's path\n"
    "                            (default: fragmenter)\n"
    "  --threads N               for a workload that uses threads (default: 1)\n"
    "  --scale F                 factor on the number of operations (default: 1)\n"
    "  --seed S                  of the stream (default: 1)\n"
    "  --touch POLICY            none, page, line, all (default: page)\n"
    "\n"
    "When and how\n"
    "  --at 10%,50%,90%          parts of the stream (that is the default)\n"
    "  --frames N                N moments evenly over the stream instead\n"
    "  --by kind|class|age       colours by kind of memory, by the blocks' sizes, or by their age\n"
    "                            in events (default: kind)\n"
    "  --timeout SECONDS         the process is ended after (default: 60)\n"
    "\n"
    "Where to\n"
    "  --output DIR              becomes the folder (default: results/heapmap-<utc>)\n"
    "  --no-plots                CSV only\n"
    "\n"
    "Writes heapmap.csv (every region), frames.csv (sums), and in plots/ a picture of each moment\n"
    "and a strip of all as PNG and SVG, and heapmap.gif, all of them in turn. An allocator "
    "without\n"
    "a heap walk is shown by its live blocks and resident pages.\n"
    "\n"
    "Examples\n"
    "  heaplab heapmap --allocator buddy --workload larson\n"
    "  heaplab heapmap --allocator glibc --workload churn-phases --frames 12\n"
    "  heaplab heapmap --allocator mine=./libmine.so --workload ./my.trace --at 99.5% --by age\n"
    "\n"
    "Ends with 0, or 5 when the measured process failed, 1 on errors, 2 on wrong usage.\n";

void map_request_help(void)
{
    (void)fputs(help_text, stdout);
}

enum option_key {
    KEY_ALLOCATOR = 256,
    KEY_WORKLOAD,
    KEY_THREADS,
    KEY_SCALE,
    KEY_SEED,
    KEY_TOUCH,
    KEY_AT,
    KEY_FRAMES,
    KEY_BY,
    KEY_TIMEOUT,
    KEY_OUTPUT,
    KEY_NO_PLOTS,
    KEY_HELP,
};

static const struct option long_options[] = {
    {"allocator", required_argument, NULL, KEY_ALLOCATOR},
    {"workload", required_argument, NULL, KEY_WORKLOAD},
    {"threads", required_argument, NULL, KEY_THREADS},
    {"scale", required_argument, NULL, KEY_SCALE},
    {"seed", required_argument, NULL, KEY_SEED},
    {"touch", required_argument, NULL, KEY_TOUCH},
    {"at", required_argument, NULL, KEY_AT},
    {"frames", required_argument, NULL, KEY_FRAMES},
    {"by", required_argument, NULL, KEY_BY},
    {"timeout", required_argument, NULL, KEY_TIMEOUT},
    {"output", required_argument, NULL, KEY_OUTPUT},
    {"no-plots", no_argument, NULL, KEY_NO_PLOTS},
    {"help", no_argument, NULL, KEY_HELP},
    {0},
};

/* What was chosen by name. */
struct names {
    const char *allocator;
    const char *workload;
    bool at;
    bool frames;
};

/* A whole number in decimal digits from `least` to `most`. */
static bool
parse_number(const char *name, uint64_t least, uint64_t most, uint64_t *number, struct error *error)
{
    char *end = NULL;
    errno = 0;
    *number = strtoull(optarg, &end, 10);
    if (*optarg < '0' || *optarg > '9' || *end != '\0' || errno != 0 || *number < least ||
        *number > most) {
        return error_set(error,
                         "%s \"%s\": must be a whole number from %" PRIu64 " to %" PRIu64,
                         name,
                         optarg,
                         least,
                         most);
    }
    return true;
}

static bool parse_u32(const char *name, uint64_t most, uint32_t *number, struct error *error)
{
    uint64_t value = 0;
    bool ok = parse_number(name, 1, most, &value, error);
    *number = (uint32_t)value;
    return ok;
}

static bool add_moment(void *context, const char *word, struct error *error)
{
    struct map_request *request = context;
    char *end = NULL;
    double percent = strtod(word, &end);
    if (end == word || strcmp(end, "%") != 0 || !isfinite(percent) || percent <= 0 ||
        percent > 100) {
        return error_set(error,
                         "--at \"%s\": must be a part of the stream above 0%% and at most 100%%, "
                         "for example 50%%",
                         word);
    }
    if (request->moment_count == WORKER_MOMENTS_MAX) {
        return error_set(error, "--at: at most %d moments", WORKER_MOMENTS_MAX);
    }
    request->moments[request->moment_count++] = percent / 100;
    return true;
}

/* The middles of N equal parts: a stream's last event leaves nothing to see. */
static bool set_frames(struct map_request *request, struct error *error)
{
    uint32_t frames = 0;
    if (!parse_u32("--frames", WORKER_MOMENTS_MAX, &frames, error)) {
        return false;
    }
    request->moment_count = frames;
    for (uint32_t i = 0; i < frames; i++) {
        request->moments[i] = (i + 0.5) / frames;
    }
    return true;
}

/* The index of optarg among the words, which end with NULL. */
static bool
parse_word(const char *name, const char *const *words, unsigned *index, struct error *error)
{
    for (*index = 0; words[*index] != NULL; (*index)++) {
        if (strcmp(optarg, words[*index]) == 0) {
            return true;
        }
    }
    return error_set(error, "%s \"%s\": unknown; see `heaplab heapmap --help`", name, optarg);
}

static bool parse_touch(struct map_request *request, struct error *error)
{
    static const char *const touches[] = {"none", "page", "line", "all", NULL};
    unsigned index = 0;
    bool ok = parse_word("--touch", touches, &index, error);
    request->touch = touches[index];
    return ok;
}

static bool parse_by(struct map_request *request, struct error *error)
{
    static const char *const ways[] = {"kind", "class", "age", NULL};
    unsigned index = 0;
    bool ok = parse_word("--by", ways, &index, error);
    request->by = (enum map_by)index;
    return ok;
}

static bool parse_scale(struct map_request *request, struct error *error)
{
    char *end = NULL;
    request->scale = strtod(optarg, &end);
    if (end == optarg || *end != '\0' || !isfinite(request->scale) || request->scale <= 0 ||
        request->scale > 1e6) {
        return error_set(
            error, "--scale \"%s\": must be a number above 0, at most 1000000", optarg);
    }
    return true;
}

static bool
take_option(struct map_request *request, struct names *names, int key, struct error *error)
{
    switch (key) {
    case KEY_ALLOCATOR: names->allocator = optarg; return true;
    case KEY_WORKLOAD: names->workload = optarg; return true;
    case KEY_THREADS: return parse_u32("--threads", STREAM_THREADS_MAX, &request->threads, error);
    case KEY_SCALE: return parse_scale(request, error);
    case KEY_SEED: return parse_number("--seed", 0, UINT64_MAX, &request->seed, error);
    case KEY_TOUCH: return parse_touch(request, error);
    case KEY_AT:
        names->at = true;
        request->moment_count = 0;
        return choice_each_word(optarg, add_moment, request, error);
    case KEY_FRAMES: names->frames = true; return set_frames(request, error);
    case KEY_BY: return parse_by(request, error);
    case KEY_TIMEOUT: return parse_u32("--timeout", 86400, &request->timeout_s, error);
    case KEY_OUTPUT: request->output = optarg; return true;
    case KEY_NO_PLOTS: request->plots = false; return true;
    default: request->help = true; return true;
    }
}

/* NAME=PATH, or a listed one: there a '=' stands behind the ':' only. */
static bool choose_allocator(struct map_request *request, const char *text, struct error *error)
{
    if (text[strcspn(text, ":=")] == '=') {
        return allocator_parse(text, &request->allocator, error);
    }
    struct allocator_list listed = {0};
    bool ok = allocators_listed(&listed, error) &&
              allocators_choose(&listed, text, &request->allocator, error);
    allocators_free(&listed);
    if (ok && strcmp(request->allocator.name, ALLOCATOR_FLOOR) == 0) {
        return error_set(
            error, "--allocator \"%s\": has no heap to show: its blocks lie on each other", text);
    }
    return ok;
}

static int ascending(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

bool map_request_parse(struct map_request *request, int argc, char **argv, struct error *error)
{
    struct names names = {.allocator = "bin", .workload = "fragmenter"};
    *request = (struct map_request){
        .threads = 1,
        .scale = 1,
        .seed = 1,
        .touch = "page",
        .moments = {0.1, 0.5, 0.9},
        .moment_count = 3,
        .timeout_s = 60,
        .plots = true,
    };
    optind = 0;
    opterr = 0;
    int key;
    while ((key = getopt_long(argc, argv, "+:", long_options, NULL)) != -1) {
        if (key == '?' || key == ':') {
            return error_set(error,
                             "%s \"%s\"; see `heaplab heapmap --help`",
                             key == ':' ? "a value is missing after" : "unknown option",
                             argv[optind - 1]);
        }
        if (!take_option(request, &names, key, error)) {
            return false;
        }
    }
    if (optind < argc) {
        return error_set(error, "unknown word \"%s\"; see `heaplab heapmap --help`", argv[optind]);
    }
    if (names.at && names.frames && !request->help) {
        return error_set(error, "--frames and --at both choose the moments; give one of them");
    }
    qsort(request->moments, request->moment_count, sizeof *request->moments, ascending);
    return request->help || (choose_allocator(request, names.allocator, error) &&
                             source_parse(names.workload, &request->source, error));
}

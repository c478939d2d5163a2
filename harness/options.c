#include "harness/options.h"

#include "harness/campaign/kernel_files.h"
#include "harness/choice.h"
#include "harness/processors.h"
#include "harness/values.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help_text[] =
    "heaplab run: measure allocators on workloads\n"
    "\n"
    "  heaplab run [OPTION...]\n"
    "\n"
    "What is measured\n"
    "  --campaign standard|classic  what is run where no names are given: the allocators one\n"
    "                            would use, or the classical policies (default: standard)\n"
    "  --allocators A,B,...      from `heaplab list` (default: all that are installed)\n"
    "  --allocator NAME=PATH     any shared object with the malloc family; repeatable\n"
    "  --baseline NAME           what ratios relate to (default: glibc, else the first)\n"
    "  --workloads W,X:key=5,... from `heaplab list`, with parameters, or paths of traces\n"
    "                            (default: all)\n"
    "  --threads 1,2,...         for workloads that use threads (default: 1,2)\n"
    "  --passes P,...            throughput, memory, latency, instructions, check\n"
    "                            (default: throughput,memory)\n"
    "\n"
    "How\n"
    "  --blocks N                counted blocks; with --precision or --budget at most so many\n"
    "                            (default: 9, in 5 minutes; classic: 6; with --precision or\n"
    "                            --budget 64)\n"
    "  --precision P             go on until every interval of time and of peak memory is within\n"
    "                            P of its ratio, for example 2% or 0.02; 1% tells what is\n"
    "                            equivalent (looked at after 8, 11, 16, 22, 32, 46, 64 blocks)\n"
    "  --budget T                begin no block that would end after T: 90s, 30m, 8h; one block "
    "is\n"
    "                            always measured; a run that is resumed has its T anew\n"
    "  --keep-noisy              count blocks that were disturbed instead of running them again\n"
    "  --no-warm-up              without the uncounted first block of timed cells\n"
    "  --seed S                  of the streams and of the order of cells (default: 1)\n"
    "  --scale F                 factor on the number of operations of synthetic workloads\n"
    "                            (default: 0.25, some 30 ms a cell; classic: 0.2)\n"
    "  --touch POLICY            none, page, line, all: what is written to a new block\n"
    "                            (default: page = its first byte and one on each page)\n"
    "  --thp system|off          transparent huge pages (default: system)\n"
    "  --timeout SECONDS         a cell is ended after (default: 60; ten times as much where\n"
    "                            valgrind counts instructions)\n"
    "  --memory-limit MIB        a cell is ended above (default: 3/4 of what is available)\n"
    "\n"
    "Where to\n"
    "  --output DIR              becomes the run's folder (default: results/<utc>-<host>)\n"
    "  --resume DIR              go on with an interrupted run\n"
    "  --no-plots                CSV and the table only\n"
    "\n"
    "Examples\n"
    "  heaplab run --allocators glibc,bin --workloads larson --blocks 12\n"
    "  heaplab run --allocator mine=./libmine.so --baseline jemalloc\n"
    "  heaplab run --precision 1% --budget 30m --threads 1\n"
    "  heaplab run --passes instructions --workloads larson --threads 1 --blocks 2\n"
    "  heaplab run --passes latency --allocators glibc,bin --workloads sqlite,larson\n"
    "  heaplab run --workloads sized:sizes=4,./build.trace --passes memory --thp off\n"
    "\n"
    "Ends with 0, or 5 when a cell failed, 1 on errors, 2 on wrong usage, 130 when interrupted.\n";

void options_help(void)
{
    (void)fputs(help_text, stdout);
}

enum option_key {
    KEY_CAMPAIGN = 256,
    KEY_ALLOCATORS,
    KEY_ALLOCATOR,
    KEY_BASELINE,
    KEY_WORKLOADS,
    KEY_THREADS,
    KEY_PASSES,
    KEY_BLOCKS,
    KEY_PRECISION,
    KEY_BUDGET,
    KEY_KEEP_NOISY,
    KEY_NO_WARM_UP,
    KEY_SEED,
    KEY_SCALE,
    KEY_TOUCH,
    KEY_THP,
    KEY_TIMEOUT,
    KEY_MEMORY_LIMIT,
    KEY_OUTPUT,
    KEY_RESUME,
    KEY_NO_PLOTS,
    KEY_HELP,
};

static const struct option long_options[] = {
    {"campaign", required_argument, NULL, KEY_CAMPAIGN},
    {"allocators", required_argument, NULL, KEY_ALLOCATORS},
    {"allocator", required_argument, NULL, KEY_ALLOCATOR},
    {"baseline", required_argument, NULL, KEY_BASELINE},
    {"workloads", required_argument, NULL, KEY_WORKLOADS},
    {"threads", required_argument, NULL, KEY_THREADS},
    {"passes", required_argument, NULL, KEY_PASSES},
    {"blocks", required_argument, NULL, KEY_BLOCKS},
    {"precision", required_argument, NULL, KEY_PRECISION},
    {"budget", required_argument, NULL, KEY_BUDGET},
    {"keep-noisy", no_argument, NULL, KEY_KEEP_NOISY},
    {"no-warm-up", no_argument, NULL, KEY_NO_WARM_UP},
    {"seed", required_argument, NULL, KEY_SEED},
    {"scale", required_argument, NULL, KEY_SCALE},
    {"touch", required_argument, NULL, KEY_TOUCH},
    {"thp", required_argument, NULL, KEY_THP},
    {"timeout", required_argument, NULL, KEY_TIMEOUT},
    {"memory-limit", required_argument, NULL, KEY_MEMORY_LIMIT},
    {"output", required_argument, NULL, KEY_OUTPUT},
    {"resume", required_argument, NULL, KEY_RESUME},
    {"no-plots", no_argument, NULL, KEY_NO_PLOTS},
    {"help", no_argument, NULL, KEY_HELP},
    {0},
};

static bool add_threads(void *context, const char *word, struct error *error)
{
    struct options *options = context;
    if (options->thread_count == OPTIONS_THREADS_MAX) {
        return error_set(error, "--threads: at most %d numbers", OPTIONS_THREADS_MAX);
    }
    uint32_t *threads = &options->threads[options->thread_count];
    if (!value_u32("--threads", word, STREAM_THREADS_MAX, threads, error)) {
        return false;
    }
    for (size_t i = 0; i < options->thread_count; i++) {
        if (options->threads[i] == *threads) {
            return error_set(error, "--threads: %s is named twice", word);
        }
    }
    options->thread_count++;
    return true;
}

static bool add_pass(void *context, const char *word, struct error *error)
{
    struct options *options = context;
    bool throughput = strcmp(word, "throughput") == 0;
    bool memory = strcmp(word, "memory") == 0;
    bool check = strcmp(word, "check") == 0;
    bool instructions = strcmp(word, "instructions") == 0;
    bool latency = strcmp(word, "latency") == 0;
    if (!throughput && !memory && !check && !instructions && !latency) {
        return error_set(error,
                         "unknown pass \"%s\"; there are throughput, memory, latency, "
                         "instructions, check",
                         word);
    }
    options->pass_throughput |= throughput;
    options->pass_memory |= memory;
    options->pass_check |= check;
    options->pass_instructions |= instructions;
    options->pass_latency |= latency;
    return true;
}

static bool parse_word(const char *name,
                       const char *text,
                       const char *const *allowed,
                       const char **chosen,
                       struct error *error)
{
    for (size_t i = 0; allowed[i] != NULL; i++) {
        if (strcmp(text, allowed[i]) == 0) {
            *chosen = allowed[i];
            return true;
        }
    }
    return error_set(error, "%s \"%s\": unknown; `heaplab run --help` lists them", name, text);
}

static bool take_allocator(struct options *options, const char *text, struct error *error)
{
    struct allocator allocator;
    if (!allocator_parse(text, &allocator, error)) {
        return false;
    }
    if (strcmp(allocator.name, ALLOCATOR_AGAIN) == 0) {
        return error_set(error,
                         "--allocator \"%s\": the name \"%s\" is heaplab's own, for the baseline's "
                         "second cell; choose another",
                         text,
                         ALLOCATOR_AGAIN);
    }
    return allocators_add(&options->allocators, &allocator, error);
}

static bool take_limits(struct options *options, int key, const char *text, struct error *error)
{
    uint64_t mib;
    switch (key) {
    case KEY_BLOCKS: return value_u32("--blocks", text, 10000, &options->blocks, error);
    case KEY_PRECISION: return value_share("--precision", text, &options->precision, error);
    case KEY_BUDGET: return value_time("--budget", text, &options->budget_ns, error);
    case KEY_SEED:
        return value_number("--seed", text, (struct range){0, UINT64_MAX}, &options->seed, error);
    case KEY_SCALE: return value_factor("--scale", text, &options->scale, error);
    case KEY_TIMEOUT: return value_u32("--timeout", text, 86400, &options->timeout_s, error);
    default:
        if (!value_number("--memory-limit", text, (struct range){1, UINT32_MAX}, &mib, error)) {
            return false;
        }
        options->memory_limit_bytes = mib << 20;
        return true;
    }
}

static bool take_campaign(struct choice *choice, const char *text, struct error *error)
{
    static const char *const campaigns[] = {"standard", "classic", NULL};
    const char *campaign = NULL;
    if (!parse_word("--campaign", text, campaigns, &campaign, error)) {
        return false;
    }
    choice->classic = campaign == campaigns[1];
    return true;
}

static bool
take_option(struct options *options, struct choice *choice, int key, struct error *error)
{
    static const char *const touches[] = {"none", "page", "line", "all", NULL};
    static const char *const thps[] = {"system", "off", NULL};
    switch (key) {
    case KEY_CAMPAIGN: return take_campaign(choice, optarg, error);
    case KEY_ALLOCATORS: choice->allocators = optarg; return true;
    case KEY_ALLOCATOR: return take_allocator(options, optarg, error);
    case KEY_BASELINE: choice->baseline = optarg; return true;
    case KEY_WORKLOADS: choice->workloads = optarg; return true;
    case KEY_THREADS: return choice_each_word(optarg, add_threads, options, error);
    case KEY_PASSES: return choice_each_word(optarg, add_pass, options, error);
    case KEY_KEEP_NOISY: options->keep_noisy = true; return true;
    case KEY_NO_WARM_UP: options->warm_up = false; return true;
    case KEY_TOUCH: return parse_word("--touch", optarg, touches, &options->touch, error);
    case KEY_THP: return parse_word("--thp", optarg, thps, &options->thp, error);
    case KEY_OUTPUT: options->output = optarg; return true;
    case KEY_RESUME: options->resume = optarg; return true;
    case KEY_NO_PLOTS: options->plots = false; return true;
    case KEY_HELP: options->help = true; return true;
    default: return take_limits(options, key, optarg, error);
    }
}

/* Free memory leaves out what the page cache would give back: little is free on a machine that has
 * run for a while. */
uint64_t options_memory_limit(const char *root)
{
    char value[KERNEL_LINE_BYTES];
    char path[PATH_MAX];
    uint64_t most;
    uint64_t bytes = kernel_field(root, "/proc/meminfo", "MemAvailable", value)
                         ? strtoull(value, NULL, 10) * 1024
                         : (uint64_t)sysconf(_SC_AVPHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    kernel_group_file(root, "memory", "memory.max", path);
    if (path[0] != '\0' && kernel_number(root, path, &most) && most < bytes) {
        bytes = most; /* without a limit it holds a word */
    }
    return bytes / 4 * 3;
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .warm_up = true,
        .seed = 1,
        .touch = "page",
        .thp = "system",
        .timeout_s = 60,
        .memory_limit_bytes = options_memory_limit(""),
        .plots = true,
    };
}

/* How long it goes on where nothing is said of it, or only what shall end it. */
static void fill_in_stopping(struct options *options, bool classic)
{
    bool asked = options->precision > 0 || options->budget_ns > 0;
    if (options->blocks > 0) {
        return;
    }
    options->blocks = asked     ? OPTIONS_BLOCKS_MOST
                      : classic ? OPTIONS_BLOCKS_CLASSIC
                                : OPTIONS_BLOCKS;
    if (!asked && !classic) {
        options->budget_ns = OPTIONS_BUDGET_NS;
    }
}

static void fill_in(struct options *options, bool classic)
{
    if (options->scale <= 0) {
        options->scale = classic ? OPTIONS_SCALE_CLASSIC : OPTIONS_SCALE;
    }
    if (options->thread_count == 0) {
        options->threads[options->thread_count++] = 1;
        if (processors_allowed() > 1) {
            options->threads[options->thread_count++] = 2;
        }
    }
    if (!options->pass_throughput && !options->pass_memory && !options->pass_check &&
        !options->pass_instructions && !options->pass_latency) {
        options->pass_throughput = true;
        options->pass_memory = true;
    }
}

/* getopt takes abbreviations; who looks for a word among ours (nightly does) would not see them. */
static bool is_exact(const char *word, int key)
{
    const struct option *option = long_options;
    while (option->name != NULL && option->val != key) {
        option++;
    }
    size_t length = strcspn(word + 2, "=");
    return option->name != NULL && strlen(option->name) == length &&
           strncmp(option->name, word + 2, length) == 0;
}

bool options_parse(struct options *options, int argc, char **argv, struct error *error)
{
    struct choice choice = {0};
    set_defaults(options);
    options->argc = argc;
    options->argv = argv;
    optind = 0; /* start anew: --resume parses a second time */
    opterr = 0;
    int key;
    int at = 1; /* the word that getopt looks at: of a cluster -xyz it has not moved on */
    while ((key = getopt_long(argc, argv, "+:", long_options, NULL)) != -1) {
        if (key == '?' || key == ':' || !is_exact(argv[at], key)) {
            return error_set(error,
                             "%s \"%s\"; see `heaplab run --help`",
                             key == ':' ? "a value is missing after" : "unknown option",
                             argv[at]);
        }
        at = optind;
        if (!take_option(options, &choice, key, error)) {
            return false;
        }
    }
    if (optind < argc) {
        return error_set(error, "unknown word \"%s\"; see `heaplab run --help`", argv[optind]);
    }
    fill_in(options, choice.classic);
    fill_in_stopping(options, choice.classic);
    return options->help || options->resume != NULL || choice_resolve(&choice, options, error);
}

void options_free(struct options *options)
{
    allocators_free(&options->allocators);
    free(options->sources);
    options->sources = NULL;
}

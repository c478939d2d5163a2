/* What a campaign is asked to do: the words after `heaplab run`. */
#ifndef HARNESS_OPTIONS_H
#define HARNESS_OPTIONS_H

#include "harness/allocators.h"
#include "harness/error.h"
#include "harness/sources.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_THREADS_MAX 32

/* The standard campaign: these decide how long it takes. Nine blocks are what verdicts on the geometric
 * means of its seven contestants need. */
#define OPTIONS_BLOCKS    9
#define OPTIONS_SCALE     0.25
#define OPTIONS_BUDGET_NS UINT64_C(300000000000)

/* The classic one: 18 allocators and walks of large heaps; the least blocks with an interval. */
#define OPTIONS_BLOCKS_CLASSIC 6
#define OPTIONS_SCALE_CLASSIC  0.2

#define OPTIONS_BLOCKS_MOST 64 /* where --precision or --budget ends a run: the last look */

struct options {
    struct allocator_list allocators; /* as chosen, the floor included */
    char baseline[ALLOCATOR_NAME_BYTES];
    struct source *sources;
    size_t source_count;
    uint32_t threads[OPTIONS_THREADS_MAX];
    size_t thread_count;
    bool pass_throughput;
    bool pass_memory;
    bool pass_check;
    bool pass_instructions;
    bool pass_latency;
    uint32_t blocks;    /* counted ones, at most; the warm-up block comes before them */
    double precision;   /* go on until the primary ratios' intervals have this half-width; 0: no */
    uint64_t budget_ns; /* begin no block that would end later; 0: no limit */
    bool keep_noisy;    /* blocks that were disturbed count */
    bool warm_up;
    uint64_t seed;
    double scale;
    const char *touch; /* none, page, line, all */
    const char *thp;   /* system, off */
    uint32_t timeout_s;
    uint64_t memory_limit_bytes;
    bool plots;         /* draw charts and the page at the end */
    const char *output; /* NULL: a new folder under results/ */
    const char *resume; /* NULL: a new run */
    bool help;
    int argc; /* the words themselves, for environment.csv and --resume */
    char **argv;
    const char *history; /* of a night: the folder of the history it goes into; else NULL */
};

/* Understands the words argv[1..]; argv must outlive the options. False is a usage error. Ends
 * with options_free, also after a failure. Skipped allocators are told on standard error. */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_free(struct options *options);

/* The default of --memory-limit: of what is available, or what the control group may have, three
 * quarters. `root` is put before the kernel's paths: "". */
uint64_t options_memory_limit(const char *root);

/* Prints what `heaplab run --help` shows. */
void options_help(void);

#endif

#include "harness/nightly/night_options.h"

#include "harness/campaign/environment.h"
#include "harness/nightly/gate.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <stdlib.h>
#include <string.h>

/* Comparisons of one figure: candidates, workloads and threads. */
static size_t family_of(const struct options *options)
{
    size_t candidates = 0;
    size_t cells = 0;
    for (size_t i = 0; i < options->allocators.count; i++) {
        const char *name = options->allocators.items[i].name;
        candidates += allocator_is_contestant(name, options->baseline) ? 1 : 0;
    }
    for (size_t i = 0; i < options->source_count; i++) {
        cells += source_is_threaded(&options->sources[i]) ? options->thread_count : 1;
    }
    return candidates * cells;
}

/* Whether the words say how long to measure. */
static bool says_how_long(const struct words *passed)
{
    static const char *const options[] = {"--blocks", "--precision", "--budget"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (words_value(passed->items, passed->count, options[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool parse_words(struct night_options *night,
                        const struct request *request,
                        const struct pinned *pinned,
                        size_t blocks,
                        struct error *error)
{
    night_options_free(night);
    return (request_run_words(request, pinned, blocks, &night->words) ||
            error_set(error, "cannot read the options: out of memory")) &&
           options_parse(&night->options, (int)night->words.count, night->words.items, error);
}

bool night_options_new(struct night_options *night,
                       const struct request *request,
                       const struct pinned *pinned,
                       struct error *error)
{
    *night = (struct night_options){0};
    bool ok = request_check_baseline(request, pinned, error) &&
              parse_words(night, request, pinned, 0, error);
    if (ok && !says_how_long(&request->passed)) {
        size_t blocks = verdict_blocks_needed(family_of(&night->options), VERDICT_ALPHA);
        blocks = blocks > GATE_BLOCKS_LEAST ? blocks : GATE_BLOCKS_LEAST;
        ok = parse_words(night, request, pinned, blocks, error);
    }
    return ok && (!night->options.help ||
                  error_set(error, "no option of a night; see `heaplab nightly --help`"));
}

bool night_options_earlier(struct night_options *night, const char *folder, struct error *error)
{
    char path[PATH_MAX];
    struct environment_table environment = {0};
    struct error reason;
    int argc = 0;
    *night = (struct night_options){0};
    if (!environment_read(run_path(path, folder, environment_layout.file), &environment, &reason)) {
        environment_free(&environment);
        return error_set(error, "cannot resume: %.480s", reason.text);
    }
    char **argv = environment_arguments(&environment, &argc);
    bool ok = argv != NULL;
    for (int i = 0; ok && i < argc; i++) {
        ok = words_add(&night->words, argv[i]);
    }
    free(argv);
    environment_free(&environment);
    ok = ok || error_set(error, "cannot resume: out of memory");
    ok = ok && options_parse(&night->options, (int)night->words.count, night->words.items, error);
    night->options.resume = folder;
    return ok;
}

void night_options_free(struct night_options *night)
{
    options_free(&night->options);
    words_free(&night->words);
    *night = (struct night_options){0};
}

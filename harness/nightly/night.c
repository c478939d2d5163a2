#include "harness/nightly/night.h"

#include "harness/campaign/campaign.h"
#include "harness/campaign/environment.h"
#include "harness/campaign/folder.h"
#include "harness/nightly/accounts.h"
#include "harness/nightly/gate.h"
#include "harness/nightly/store.h"
#include "harness/report/attempts.h"
#include "harness/report/summary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct night_work {
    const char *store;
    struct options options;
    struct words words;
    char again[PATH_MAX]; /* folder of the second campaign; "" when there was none */
    struct measurements_table measurements;
    struct summary_table summary;
    struct summary_table fresh;
    struct acknowledgements acknowledgements;
    struct accounts accounts;
    struct gate gate;
};

/* ---- Options ---- */

/* Comparisons of one figure: candidates, workloads and threads. */
static size_t family_of(const struct options *options)
{
    size_t candidates = 0;
    size_t cells = 0;
    for (size_t i = 0; i < options->allocators.count; i++) {
        const char *name = options->allocators.items[i].name;
        candidates += strcmp(name, options->baseline) != 0 && strcmp(name, ALLOCATOR_AGAIN) != 0 &&
                              strcmp(name, ALLOCATOR_FLOOR) != 0
                          ? 1
                          : 0;
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

static bool parse_words(struct night_work *work,
                        const struct request *request,
                        const struct pinned *pinned,
                        size_t blocks,
                        struct error *error)
{
    options_free(&work->options);
    words_free(&work->words);
    return (request_run_words(request, pinned, blocks, &work->words) ||
            error_set(error, "cannot read the options: out of memory")) &&
           options_parse(&work->options, (int)work->words.count, work->words.items, error);
}

/* The options of a new night; where nothing says how long, as many blocks as its comparisons need. */
static bool new_options(struct night_work *work,
                        const struct request *request,
                        const struct pinned *pinned,
                        struct error *error)
{
    bool ok = parse_words(work, request, pinned, 0, error);
    if (ok && !says_how_long(&request->passed)) {
        size_t blocks = verdict_blocks_needed(family_of(&work->options), VERDICT_ALPHA);
        blocks = blocks > GATE_BLOCKS_LEAST ? blocks : GATE_BLOCKS_LEAST;
        ok = parse_words(work, request, pinned, blocks, error);
    }
    return ok && (!work->options.help ||
                  error_set(error, "no option of a night; see `heaplab nightly --help`"));
}

/* The options of an earlier run stand in its environment.csv. */
static bool earlier_options(const char *folder,
                            struct words *words,
                            struct options *options,
                            struct error *error)
{
    char path[PATH_MAX];
    struct environment_table environment = {0};
    struct error reason;
    int argc = 0;
    *options = (struct options){0};
    *words = (struct words){0};
    if (!environment_read(run_path(path, folder, environment_layout.file), &environment, &reason)) {
        environment_free(&environment);
        return error_set(error, "cannot resume: %.480s", reason.text);
    }
    char **argv = environment_arguments(&environment, &argc);
    bool ok = argv != NULL;
    for (int i = 0; ok && i < argc; i++) {
        ok = words_add(words, argv[i]);
    }
    free(argv);
    environment_free(&environment);
    ok = ok || error_set(error, "cannot resume: out of memory");
    ok = ok && options_parse(options, (int)words->count, words->items, error);
    options->resume = folder;
    return ok;
}

/* ---- The campaigns ---- */

static bool summarise(const char *folder, struct summary_table *summary, struct error *error)
{
    char path[PATH_MAX];
    return summary_write(folder, error) &&
           summary_read(run_path(path, folder, summary_layout.file), summary, error);
}

/* Runs the worse cells again, or goes on doing so. */
static bool run_again(struct night_work *work, struct night_result *result, struct error *error)
{
    struct words words = {0};
    struct options options = {0};
    struct campaign_outcome outcome = {0};
    char path[PATH_MAX];
    (void)snprintf(work->again, sizeof work->again, "%s-again", result->folder);
    bool ok;
    if (access(run_path(path, work->again, environment_layout.file), F_OK) == 0) {
        ok = earlier_options(work->again, &words, &options, error);
    } else {
        ok = (gate_again_words(&work->gate, &work->options, work->again, &words) ||
              error_set(error, "cannot run the worse cells again: out of memory")) &&
             options_parse(&options, (int)words.count, words.items, error);
    }
    (void)fprintf(stderr,
                  "heaplab: %zu comparison%s to be worse; run again with fresh blocks\n",
                  work->gate.worse,
                  work->gate.worse == 1 ? " seems" : "s seem");
    ok = ok && campaign_run(&options, &outcome, error);
    result->interrupted = ok && outcome.interrupted;
    ok = ok && (result->interrupted || summarise(work->again, &work->fresh, error));
    if (ok && !result->interrupted) {
        gate_decide(&work->gate, &work->fresh);
    }
    options_free(&options);
    words_free(&words);
    return ok;
}

/* The rows of the first campaign, judged. */
static bool judge(struct night_work *work, const char *folder, struct error *error)
{
    char path[PATH_MAX];
    char today[ACKNOWLEDGE_DATE_BYTES];
    acknowledge_today(today);
    if (!summarise(folder, &work->summary, error) ||
        !measurements_read(
            run_path(path, folder, measurements_layout.file), &work->measurements, error) ||
        !acknowledgements_read(work->store, &work->acknowledgements, stderr, error)) {
        return false;
    }
    bool ok = accounts_make(&work->accounts, &work->options, &work->measurements, &work->summary) &&
              attempts_drop_void(&work->measurements) &&
              gate_fill(&work->gate,
                        &work->summary,
                        &work->acknowledgements,
                        today,
                        work->accounts.started_unix_ns) &&
              gate_add_faults(
                  &work->gate, &work->options, &work->measurements, work->accounts.started_unix_ns);
    return ok || error_set(error, "cannot judge the night: out of memory");
}

static bool add_to_history(struct night_work *work, const char *folder, struct error *error)
{
    const struct store_run run = {
        .folder = folder,
        .again = work->again[0] != '\0' ? work->again : NULL,
        .verdicts = work->gate.rows,
        .verdict_count = work->gate.count,
        .accounts = work->accounts.rows,
        .account_count = work->accounts.count,
        .started_unix_ns = work->accounts.started_unix_ns,
    };
    return store_add(work->store, &run, error);
}

static bool measure(struct night_work *work, struct night_result *result, struct error *error)
{
    struct campaign_outcome outcome;
    bool ok = campaign_run(&work->options, &outcome, error);
    (void)snprintf(result->folder, sizeof result->folder, "%s", outcome.folder);
    result->interrupted = ok && outcome.interrupted;
    if (!ok || result->interrupted) {
        return ok;
    }
    ok = judge(work, result->folder, error) &&
         (work->gate.worse == 0 || run_again(work, result, error));
    return ok && (result->interrupted || add_to_history(work, result->folder, error));
}

/* ---- The night ---- */

/* The options, held against what is pinned. */
static bool prepare(struct night_work *work,
                    const struct request *request,
                    struct night_result *result,
                    struct error *error)
{
    struct pinned pinned = {0};
    if (!store_check(work->store, error) || !pinned_read(work->store, &pinned, stderr, error)) {
        return false;
    }
    if (request->resume != NULL) {
        if (!earlier_options(request->resume, &work->words, &work->options, error)) {
            return false;
        }
    } else if (!new_options(work, request, &pinned, error)) {
        result->usage = true;
        return false;
    }
    const struct allocator *baseline =
        allocators_find(&work->options.allocators, work->options.baseline);
    return pinned_hold(work->store, &pinned, baseline, request->pin, error);
}

/* Whether the history has a run of the name that this one will have. */
static bool look_up(const struct night_work *work, bool *has, struct error *error)
{
    char name[NAME_MAX + 1];
    const char *folder = work->options.resume != NULL ? work->options.resume : work->options.output;
    *has = false;
    if (folder == NULL) {
        return true; /* named by the time */
    }
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    size_t from = length;
    while (from > 0 && folder[from - 1] != '/') {
        from--;
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)(length - from), folder + from);
    if (!store_has(work->store, name, has, error)) {
        return false;
    }
    return !*has || work->options.resume != NULL ||
           error_set(error,
                     "the history has a run \"%s\" already; choose another folder with --output",
                     name);
}

static void release(struct night_work *work)
{
    gate_free(&work->gate);
    accounts_free(&work->accounts);
    acknowledgements_free(&work->acknowledgements);
    summary_free(&work->summary);
    summary_free(&work->fresh);
    measurements_free(&work->measurements);
    options_free(&work->options);
    words_free(&work->words);
}

bool night_run(const struct request *request,
               const char *store,
               struct night_result *result,
               struct error *error)
{
    struct night_work work = {.store = store};
    bool has = false;
    *result = (struct night_result){0};
    bool ok = prepare(&work, request, result, error) && look_up(&work, &has, error);
    if (ok && has) {
        ok = realpath(request->resume, result->folder) != NULL;
        (void)fprintf(stderr,
                      "heaplab: the history has the run \"%s\" already; nothing is appended\n",
                      folder_name(result->folder));
    } else if (ok) {
        ok = measure(&work, result, error);
    }
    release(&work);
    return ok;
}

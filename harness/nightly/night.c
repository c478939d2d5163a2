#include "harness/nightly/night.h"

#include "harness/campaign/campaign.h"
#include "harness/campaign/environment.h"
#include "harness/campaign/folder.h"
#include "harness/campaign/trial.h"
#include "harness/nightly/accounts.h"
#include "harness/nightly/gate.h"
#include "harness/nightly/night_options.h"
#include "harness/nightly/store.h"
#include "harness/report/attempts.h"
#include "harness/report/summary.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct night_work {
    const char *store;
    struct night_options night;
    struct pinned pinned; /* with what this night pins */
    bool pins;
    char again[PATH_MAX]; /* folder of the second campaign; "" when there was none */
    struct measurements_table measurements;
    struct measurements_table fresh_measurements;
    struct summary_table summary;
    struct summary_table fresh;
    struct acknowledgements acknowledgements;
    struct accounts accounts;
    struct gate gate;
};

/* ---- The campaigns ---- */

static bool summarise(const char *folder, struct summary_table *summary, struct error *error)
{
    char path[PATH_MAX];
    return summary_write(folder, error) &&
           summary_read(run_path(path, folder, summary_layout.file), summary, error);
}

/* Whether a campaign in the folder got so far that it can be resumed: measurements.csv is the last of
 * its files to be made. */
static bool is_begun(const char *folder)
{
    char path[PATH_MAX];
    struct stat state;
    return stat(run_path(path, folder, measurements_layout.file), &state) == 0 && state.st_size > 0;
}

/* Removes what a campaign that was killed at its very beginning left, so that it can begin anew. */
static void remove_leftovers(const char *folder)
{
    const char *const files[] = {environment_layout.file,
                                 timeline_layout.file,
                                 latency_layout.file,
                                 measurements_layout.file};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)unlink(run_path(path, folder, files[i]));
    }
}

/* The time that the first campaign took; 0 where its folder does not say. */
static uint64_t spent_ns(const char *folder)
{
    char path[PATH_MAX];
    struct environment_table environment = {0};
    struct error ignored;
    double wall_s = 0;
    bool ok =
        environment_read(run_path(path, folder, environment_layout.file), &environment, &ignored);
    for (size_t i = 0; ok && i < environment.count; i++) {
        if (strcmp(environment.rows[i].key, "campaign_wall_s") == 0) {
            wall_s = strtod(environment.rows[i].value, NULL);
        }
    }
    environment_free(&environment);
    return wall_s > 0 ? (uint64_t)(wall_s * 1e9) : 0;
}

/* The time for the second campaign. */
static struct gate_time time_left(const struct night_work *work, const char *folder)
{
    uint64_t wall_ns = spent_ns(folder);
    uint64_t blocks = 1; /* and the one that warms up */
    for (size_t i = 0; i < work->gate.count; i++) {
        uint64_t counted = work->gate.rows[i].blocks.value;
        blocks = counted >= blocks ? counted + 1 : blocks;
    }
    return (struct gate_time){gate_again_budget(work->night.options.budget_ns, wall_ns),
                              wall_ns / blocks};
}

/* The options of the second campaign: as it was begun, or new ones. */
static bool options_again(const struct night_work *work,
                          const char *folder,
                          struct night_options *again,
                          struct error *error)
{
    if (is_begun(work->again)) {
        return night_options_earlier(again, work->again, error);
    }
    remove_leftovers(work->again);
    const struct gate_time time = time_left(work, folder);
    return (gate_again_words(
                &work->gate, &work->night.options, work->again, &time, &again->words) ||
            error_set(error, "cannot run cells again: out of memory")) &&
           options_parse(&again->options, (int)again->words.count, again->words.items, error);
}

/* Judges by the second campaign. */
static bool decide(struct night_work *work, struct error *error)
{
    char path[PATH_MAX];
    if (!summarise(work->again, &work->fresh, error) ||
        !measurements_read(run_path(path, work->again, measurements_layout.file),
                           &work->fresh_measurements,
                           error)) {
        return false;
    }
    gate_decide(&work->gate, &work->fresh);
    return accounts_add_failed(&work->accounts, &work->fresh_measurements) ||
           error_set(error, "cannot judge the night: out of memory");
}

/* Runs the pending cells again, or goes on doing so. */
static bool run_again(struct night_work *work, struct night_result *result, struct error *error)
{
    struct night_options again = {0};
    struct campaign_outcome outcome = {0};
    (void)snprintf(work->again, sizeof work->again, "%s-again", result->folder);
    bool ok = options_again(work, result->folder, &again, error);
    (void)fprintf(stderr,
                  "heaplab: %zu comparison%s suspect or undecided; run again with fresh blocks\n",
                  work->gate.pending,
                  work->gate.pending == 1 ? " is" : "s are");
    ok = ok && campaign_run(&again.options, &outcome, error);
    result->interrupted = ok && outcome.interrupted;
    ok = ok && (result->interrupted || decide(work, error));
    night_options_free(&again);
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
    bool ok =
        accounts_make(&work->accounts, &work->night.options, &work->measurements, &work->summary) &&
        attempts_drop_void(&work->measurements) &&
        gate_fill(&work->gate,
                  &work->summary,
                  &work->acknowledgements,
                  today,
                  work->accounts.started_unix_ns) &&
        gate_add_faults(
            &work->gate, &work->night.options, &work->measurements, work->accounts.started_unix_ns);
    return ok || error_set(error, "cannot judge the night: out of memory");
}

static bool add_to_history(struct night_work *work, const char *folder, struct error *error)
{
    char now[STORE_DATE_BYTES];
    store_now(now);
    const struct pinned *pinned = &work->pinned;
    const struct pinned_row row = {
        count_of(TABLE_SCHEMA), pinned->name, pinned->path, pinned->sha256, now};
    const struct store_run run = {
        .folder = folder,
        .again = work->again[0] != '\0' ? work->again : NULL,
        .verdicts = work->gate.rows,
        .verdict_count = work->gate.count,
        .accounts = work->accounts.rows,
        .account_count = work->accounts.count,
        .started_unix_ns = work->accounts.started_unix_ns,
        .pinned = work->pins ? &row : NULL,
    };
    if (!store_add(work->store, &run, error)) {
        return false;
    }
    if (work->pins) {
        (void)printf("the baseline %s is pinned: SHA-256 %.12s...\n", row.name, row.sha256);
    }
    return true;
}

static bool measure(struct night_work *work, struct night_result *result, struct error *error)
{
    struct campaign_outcome outcome;
    bool ok = campaign_run(&work->night.options, &outcome, error);
    (void)snprintf(result->folder, sizeof result->folder, "%s", outcome.folder);
    result->interrupted = ok && outcome.interrupted;
    if (!ok || result->interrupted) {
        return ok;
    }
    ok = judge(work, result->folder, error) &&
         (work->gate.pending == 0 || run_again(work, result, error));
    return ok && (result->interrupted || add_to_history(work, result->folder, error));
}

/* ---- The night ---- */

bool night_check(const struct request *request, bool *usage, struct error *error)
{
    struct night_options night = {0};
    struct pinned pinned = {0};
    char store[PATH_MAX];
    *usage = false;
    if (request->resume != NULL) {
        return true;
    }
    store_path(request->history, store);
    if (!pinned_read(store, &pinned, NULL, error)) {
        return false;
    }
    bool ok = night_options_new(&night, request, &pinned, error) &&
              trial_tunables(&night.options.allocators, error);
    *usage = !ok;
    night_options_free(&night);
    return ok;
}

/* The options, held against what is pinned. */
static bool prepare(struct night_work *work, const struct request *request, struct error *error)
{
    if (!store_check(work->store, error) ||
        !pinned_read(work->store, &work->pinned, stderr, error) ||
        !(request->resume != NULL
              ? night_options_earlier(&work->night, request->resume, error)
              : night_options_new(&work->night, request, &work->pinned, error))) {
        return false;
    }
    struct options *options = &work->night.options;
    options->history = request->history;
    const struct allocator *baseline = allocators_find(&options->allocators, options->baseline);
    return pinned_hold(&work->pinned, baseline, request->pin, &work->pins, error);
}

/* Whether the history has a run of the name that this one will have. */
static bool look_up(const struct night_work *work, bool *has, struct error *error)
{
    char name[NAME_MAX + 1];
    const struct options *options = &work->night.options;
    const char *folder = options->resume != NULL ? options->resume : options->output;
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
    return !*has || options->resume != NULL ||
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
    measurements_free(&work->fresh_measurements);
    night_options_free(&work->night);
}

bool night_run(const struct request *request,
               const char *store,
               struct night_result *result,
               struct error *error)
{
    struct night_work work = {.store = store};
    bool has = false;
    *result = (struct night_result){0};
    bool ok = prepare(&work, request, error) && look_up(&work, &has, error);
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

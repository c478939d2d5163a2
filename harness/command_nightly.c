/* `heaplab nightly`: tonight's allocators against a pinned baseline, the gate, the morning page. */
#include "harness/campaign/fitness.h"
#include "harness/campaign/folder.h"
#include "harness/commands.h"
#include "harness/nightly/home.h"
#include "harness/nightly/lock.h"
#include "harness/nightly/morning.h"
#include "harness/nightly/night.h"
#include "harness/nightly/store.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBSERVE_NS UINT64_C(1000000000)

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* ---- The page ---- */

static bool
write_page(const struct morning *morning, const char *path, bool markdown, struct error *error)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
    }
    bool ok = morning_print(morning, markdown, out, error);
    return (fclose(out) == 0 ||
            error_set(error, "cannot write \"%s\": %s", path, strerror(errno))) &&
           ok;
}

/* Into a file. The night is in the history already: what it found is its code, whatever becomes of a
 * copy of its page. */
static void publish_file(const struct morning *morning,
                         const struct request *request,
                         const char *path,
                         bool markdown)
{
    struct error error;
    if (!write_page(morning, path, markdown, &error)) {
        (void)fprintf(stderr,
                      "heaplab: %s; the night is in the history: `heaplab nightly --history %s "
                      "--page %s%s` writes its page again\n",
                      error.text,
                      request->history,
                      morning->nights->nights[morning->night].run,
                      markdown ? " --markdown FILE" : "");
    }
}

/* Prints the page of a night that was just measured, and writes it beside the run and where it was
 * asked for. */
static bool publish_night(const struct morning *morning,
                          const struct request *request,
                          const char *run_folder,
                          struct error *error)
{
    char path[PATH_MAX];
    publish_file(morning, request, run_path(path, run_folder, "morning.txt"), false);
    publish_file(morning, request, run_path(path, run_folder, "morning.md"), true);
    if (request->markdown != NULL) {
        publish_file(morning, request, request->markdown, true);
    }
    return morning_print(morning, false, stdout, error);
}

/* Prints the page of an earlier night, and writes it where it was asked for. */
static bool
publish_earlier(const struct morning *morning, const struct request *request, struct error *error)
{
    return morning_print(morning, false, stdout, error) &&
           (request->markdown == NULL || write_page(morning, request->markdown, true, error));
}

/* The night of that name, "" = the last one. */
static bool
find_night(const struct nights *nights, const char *run, size_t *night, struct error *error)
{
    const struct night *found = run[0] != '\0'      ? nights_find(nights, run)
                                : nights->count > 0 ? &nights->nights[nights->count - 1]
                                                    : NULL;
    if (found == NULL) {
        return error_set(error,
                         run[0] != '\0' ? "the history has no run \"%s\"; name one of its "
                                          "nights (`heaplab history CELL` lists them), or "
                                          "its folder"
                                        : "the history is empty%s; `heaplab nightly "
                                          "--candidate NAME` adds a night",
                         run);
    }
    *night = (size_t)(found - nights->nights);
    return true;
}

/* Prints the page of a run in the history; returns the code of that night. `run_folder` is "" where the
 * run was not measured now. */
static int
show_page(const struct request *request, const char *store, const char *run, const char *run_folder)
{
    struct error error;
    struct nights nights = {0};
    struct findings findings = {0};
    struct drift drift = {0};
    struct acknowledgements acknowledgements = {0};
    struct morning morning = {&nights, 0, &findings, &drift, &acknowledgements, ""};
    char *told = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&told, &bytes);
    bool ok = out != NULL && nights_read(store, &nights, out, &error) &&
              acknowledgements_read(store, &acknowledgements, out, &error) &&
              find_night(&nights, run, &morning.night, &error);
    if (out == NULL || fclose(out) != 0) {
        ok = error_set(&error, "cannot print the morning page: out of memory");
    }
    if (ok && !findings_make(&findings, &nights, morning.night)) {
        ok = error_set(&error, "cannot print the morning page: out of memory");
    }
    morning.told = told;
    ok = ok && drift_find(&nights, NULL, &drift, &error) &&
         (run_folder[0] != '\0' ? publish_night(&morning, request, run_folder, &error)
                                : publish_earlier(&morning, request, &error));
    int code = ok ? findings_code(&findings) : fail(&error, EXIT_FAILED);
    free(told);
    drift_free(&drift);
    findings_free(&findings);
    acknowledgements_free(&acknowledgements);
    nights_free(&nights);
    return code;
}

static int show_earlier_page(struct request *request)
{
    struct error error;
    char store[PATH_MAX];
    char run[NAME_MAX + 1];
    return home_of_page(request, run, &error) && home_check(request, &error) &&
                   store_find(request->history, NULL, store, &error)
               ? show_page(request, store, run, "")
               : fail(&error, EXIT_FAILED);
}

/* ---- The night ---- */

static bool is_fit(void)
{
    struct fitness *fitness = malloc(sizeof *fitness);
    bool fit = true;
    if (fitness == NULL) {
        return true; /* the night itself will tell */
    }
    fitness_examine(fitness, OBSERVE_NS);
    for (size_t i = 0; i < fitness->count; i++) {
        const struct fitness_finding *finding = &fitness->finding[i];
        if (finding->severity == FITNESS_UNFIT) {
            (void)fprintf(stderr, "heaplab: unfit: %s; %s\n", finding->what, finding->remedy);
            fit = false;
        }
    }
    free(fitness);
    if (!fit) {
        (void)fputs("heaplab: this machine is unfit for a night's figures: `heaplab doctor` lists "
                    "what to mend; --force runs it all the same\n",
                    stderr);
    }
    return fit;
}

static int tell_interrupted(const struct request *request, const char *folder)
{
    (void)fprintf(stderr,
                  "heaplab: interrupted; nothing is lost, the history is as before. Go on with\n"
                  "  ./run.sh nightly --resume %s%s%s%s%s\n",
                  folder,
                  request->force ? " --force" : "",
                  request->pin ? " --pin" : "",
                  request->markdown != NULL ? " --markdown " : "",
                  request->markdown != NULL ? request->markdown : "");
    return EXIT_INTERRUPTED;
}

static int run_locked(const struct request *request, const char *store)
{
    struct error error;
    struct night_result result;
    if (!night_run(request, store, &result, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    return result.interrupted
               ? tell_interrupted(request, result.folder)
               : show_page(request, store, folder_name(result.folder), result.folder);
}

static int run_night(struct request *request)
{
    struct error error;
    char store[PATH_MAX];
    int lock = -1;
    bool usage = false;
    if ((request->resume != NULL && !home_of_resumed(request, &error)) ||
        !home_check(request, &error) || !night_check(request, &usage, &error)) {
        return fail(&error, usage ? EXIT_USAGE : EXIT_FAILED);
    }
    if (!request->force && !is_fit()) {
        return EXIT_UNFIT;
    }
    if (!store_make(request->history, store, &error) || !home_settle(request, &error) ||
        !lock_take(store, &lock, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    int code = run_locked(request, store);
    (void)close(lock);
    return code;
}

int command_nightly(int argc, char **argv)
{
    struct request request;
    struct error error;
    int code = EXIT_SUCCESS;
    if (!request_parse(&request, argc, argv, &error)) {
        code = fail(&error, EXIT_USAGE);
    } else if (request.help) {
        request_help();
    } else {
        code = request.page != NULL ? show_earlier_page(&request) : run_night(&request);
    }
    request_free(&request);
    return code;
}

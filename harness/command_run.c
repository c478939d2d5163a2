/* `heaplab run` and `heaplab plot`: a campaign, and what is made of its rows. */
#include "harness/campaign/campaign.h"
#include "harness/campaign/environment.h"
#include "harness/campaign/failures.h"
#include "harness/campaign/progress.h"
#include "harness/campaign/trial.h"
#include "harness/commands.h"
#include "harness/interrupts.h"
#include "harness/options.h"
#include "harness/places.h"
#include "harness/report/closing.h"
#include "harness/report/page.h"
#include "harness/report/plot.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* Charts and page. */
static bool draw(const char *folder, struct error *error)
{
    char plots[PATH_MAX];
    if (!place_find("plots", plots)) {
        return error_set(error, "the scripts in \"%s\" are missing", plots);
    }
    return plot_run(folder, plots, error) && page_write(folder, error);
}

static int tell_interrupted(const struct campaign_outcome *outcome)
{
    (void)fprintf(stderr,
                  "heaplab: interrupted; the rows so far are whole. Go on with\n"
                  "  ./run.sh run --resume %s\n",
                  outcome->folder);
    return EXIT_INTERRUPTED;
}

static int tell_undrawn(const struct campaign_outcome *outcome)
{
    (void)fprintf(stderr,
                  "heaplab: interrupted while drawing; the figures are whole. Draw with\n"
                  "  ./run.sh plot %s\n",
                  outcome->folder);
    return EXIT_INTERRUPTED;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Why it was stopped before its blocks were done, and what a verdict would take. */
static void tell_stop(const struct options *options, const struct campaign_outcome *outcome)
{
    char time[32];
    size_t needed = verdict_blocks_needed(outcome->comparisons, VERDICT_ALPHA);
    if (strcmp(outcome->stopped_by, "precision") == 0) {
        (void)fprintf(stderr,
                      "heaplab: stopped after %" PRIu64 " blocks: every interval is within %g %%\n",
                      outcome->blocks,
                      100 * options->precision);
    } else if (strcmp(outcome->stopped_by, "budget") == 0) {
        progress_format_time(options->budget_ns, time);
        (void)fprintf(stderr,
                      "heaplab: stopped after %" PRIu64 " block%s: another would not end within "
                      "%s (--budget)\n",
                      outcome->blocks,
                      plural(outcome->blocks),
                      time);
    }
    if (outcome->comparisons > 0 && outcome->blocks < needed && outcome->block_ns > 0) {
        progress_format_time(outcome->block_ns * needed, time);
        (void)fprintf(stderr, "heaplab: --blocks %zu would take about %s\n", needed, time);
    }
}

static int conclude(const struct options *options, const struct campaign_outcome *outcome)
{
    struct error error;
    int code = EXIT_SUCCESS;
    if (!summary_write(outcome->folder, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    if (options->plots && !draw(outcome->folder, &error)) {
        code = interrupts_seen != 0 ? tell_undrawn(outcome) : fail(&error, EXIT_FAILED);
    }
    if (!closing_print(outcome->folder, stdout, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    (void)fflush(stdout); /* what follows is for standard error: one file may hold both */
    tell_stop(options, outcome);
    if (!failures_tell_sums(outcome->folder, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    if (outcome->failed > 0) {
        (void)fprintf(stderr,
                      "heaplab: %zu cell%s without figures: see the column status of "
                      "measurements.csv\n",
                      outcome->failed,
                      outcome->failed == 1 ? "" : "s");
        return EXIT_FAILED_CELLS;
    }
    return code;
}

static int run_campaign(const struct options *options)
{
    struct error error;
    struct campaign_outcome outcome;
    if (!trial_tunables(&options->allocators, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (!campaign_run(options, &outcome, &error)) {
        return fail(&error, EXIT_FAILED);
    }
    return outcome.interrupted ? tell_interrupted(&outcome) : conclude(options, &outcome);
}

/* The request of an earlier run stands in its environment.csv. */
static int resume(const struct options *asked)
{
    struct error error;
    char path[PATH_MAX];
    struct environment_table environment;
    struct options options = {0};
    int argc = 0;
    char **argv = NULL;
    int code = EXIT_FAILED;
    if (!environment_read(
            run_path(path, asked->resume, environment_layout.file), &environment, &error)) {
        (void)fprintf(stderr, "heaplab: cannot resume: %s\n", error.text);
    } else if ((argv = environment_arguments(&environment, &argc)) == NULL ||
               !options_parse(&options, argc, argv, &error)) {
        code = fail(&error, EXIT_FAILED);
    } else {
        options.resume = asked->resume;
        code = run_campaign(&options);
    }
    options_free(&options);
    free(argv);
    environment_free(&environment);
    return code;
}

int command_run(int argc, char **argv)
{
    struct options options;
    struct error error;
    int code = EXIT_SUCCESS;
    if (!options_parse(&options, argc, argv, &error)) {
        code = fail(&error, EXIT_USAGE);
    } else if (options.help) {
        options_help();
    } else if (options.resume != NULL) {
        bool alone = argc == 2 || (argc == 3 && options.resume == argv[2]);
        code = !alone ? fail((error_set(&error,
                                        "--resume takes its options from the run it resumes; "
                                        "give no others"),
                              &error),
                             EXIT_USAGE)
                      : resume(&options);
    } else {
        code = run_campaign(&options);
    }
    options_free(&options);
    return code;
}

int command_plot(int argc, char **argv)
{
    struct error error;
    if (argc != 2 || argv[1][0] == '-') {
        (void)fputs("usage: heaplab plot DIR\n\n"
                    "Makes summary.csv, the charts and the page of a run's folder anew from its\n"
                    "measurements.csv, timeline.csv and environment.csv.\n",
                    argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_SUCCESS : EXIT_USAGE;
    }
    interrupts_catch(); /* or half-drawn files would stay */
    if (!summary_write(argv[1], &error) || !draw(argv[1], &error) ||
        !closing_print(argv[1], stdout, &error)) {
        return fail(&error, interrupts_seen != 0 ? EXIT_INTERRUPTED : EXIT_FAILED);
    }
    return EXIT_SUCCESS;
}

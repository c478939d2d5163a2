#include "harness/compare/request.h"

#include "harness/choice.h"
#include "harness/report/judged.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help_text[] =
    "heaplab compare: is it faster, slower, equivalent or unresolved?\n"
    "\n"
    "  heaplab compare [OPTION...] RUN[:ALLOCATOR] RUN[:ALLOCATOR]...\n"
    "\n"
    "A RUN is a run's folder, or a CSV file with the columns of measurements.csv (`heaplab\n"
    "columns`). Each is compared with the first, cell by cell: every allocator with itself in the\n"
    "other run, or the ones that are named. An allocator named on one side only is meant on both.\n"
    "\n"
    "  --allocators A,B          only these (default: all that both runs have)\n"
    "  --figure F,G              judge these (default: ns_per_op, rss_bytes_peak and\n"
    "                            instructions_per_op), or `all`\n"
    "  --baseline NAME           the library that ratios across runs relate to\n"
    "                            (default: the first run's baseline)\n"
    "  --raw                     values of different runs as they are, without ratios\n"
    "  --force                   also where the runs are of different machines\n"
    "  --csv, --markdown         the result as CSV (compare.csv of `heaplab columns`) or for a\n"
    "                            pull request\n"
    "\n"
    "How. Within one run blocks pair: the sign test of the log ratios. Between runs they do\n"
    "not: Mann-Whitney and the Hodges-Lehmann shift; times as ratios to the baseline in the same\n"
    "block where both runs hold the same baseline library (what the machine drifts cancels).\n"
    "Instructions on one thread need no test: their extremes decide. Holm's correction over all\n"
    "comparisons. Differences within delta are equivalent: 2 %, or more where the baseline of a\n"
    "run differs from itself by more.\n"
    "\n"
    "Examples\n"
    "  heaplab compare results/before results/after\n"
    "  heaplab compare results/today:jemalloc results/today:bin     two allocators of one run\n"
    "  heaplab compare --allocators bin --figure all before after   one allocator, every figure\n"
    "  heaplab compare --markdown main.csv branch.csv >>comment.md\n"
    "\n"
    "Ends with 0 when nothing is slower or larger, 3 when something is, 5 when cells failed in\n"
    "a later run, 4 when something is unresolved (the first of 3, 5 and 4 that holds); 6 when the\n"
    "machines differ, 1 on errors, 2 on wrong usage.\n";

void compare_request_help(void)
{
    (void)fputs(help_text, stdout);
}

enum option_key {
    KEY_ALLOCATORS = 256,
    KEY_FIGURE,
    KEY_BASELINE,
    KEY_RAW,
    KEY_FORCE,
    KEY_CSV,
    KEY_MARKDOWN,
    KEY_HELP,
};

static const struct option long_options[] = {
    {"allocators", required_argument, NULL, KEY_ALLOCATORS},
    {"figure", required_argument, NULL, KEY_FIGURE},
    {"figures", required_argument, NULL, KEY_FIGURE},
    {"baseline", required_argument, NULL, KEY_BASELINE},
    {"raw", no_argument, NULL, KEY_RAW},
    {"force", no_argument, NULL, KEY_FORCE},
    {"csv", no_argument, NULL, KEY_CSV},
    {"markdown", no_argument, NULL, KEY_MARKDOWN},
    {"help", no_argument, NULL, KEY_HELP},
    {0},
};

static bool refuse_figure(const char *name, struct error *error)
{
    char names[400] = "";
    for (size_t i = 0; i < judged_figure_count; i++) {
        size_t used = strlen(names);
        (void)snprintf(
            names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", judged_figures[i].figure);
    }
    return error_set(error, "--figure \"%.80s\": no verdicts on it; on %s, or all", name, names);
}

static bool add_figure(void *context, const char *name, struct error *error)
{
    struct compare_request *request = context;
    bool all = strcmp(name, "all") == 0;
    bool found = false;
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (all || strcmp(name, judged_figures[i].figure) == 0) {
            request->figure[i] = true;
            found = true;
        }
    }
    return found || refuse_figure(name, error);
}

static bool
set_format(struct compare_request *request, enum compare_format format, struct error *error)
{
    if (request->format != COMPARE_TEXT && request->format != format) {
        return error_set(error, "--csv and --markdown: choose one of them");
    }
    request->format = format;
    return true;
}

static bool take_option(struct compare_request *request, int key, struct error *error)
{
    switch (key) {
    case KEY_ALLOCATORS: request->allocators = optarg; return true;
    case KEY_FIGURE: return choice_each_word(optarg, add_figure, request, error);
    case KEY_BASELINE: request->baseline = optarg; return true;
    case KEY_RAW: request->raw = true; return true;
    case KEY_FORCE: request->force = true; return true;
    case KEY_CSV: return set_format(request, COMPARE_CSV, error);
    case KEY_MARKDOWN: return set_format(request, COMPARE_MARKDOWN, error);
    default: request->help = true; return true;
    }
}

static void default_figures(struct compare_request *request)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (request->figure[i]) {
            return;
        }
    }
    for (size_t i = 0; i < judged_figure_count; i++) {
        request->figure[i] = judged_figures[i].primary;
    }
}

static bool check_words(const struct compare_request *request, struct error *error)
{
    if (request->operand_count < 2) {
        return error_set(error,
                         "compare needs two runs, or one run twice with an allocator each "
                         "(DIR:jemalloc DIR:bin); see `heaplab compare --help`");
    }
    if (request->raw && request->baseline != NULL) {
        return error_set(error,
                         "--raw takes no ratios, --baseline names what they relate to: "
                         "choose one of them");
    }
    return true;
}

static bool add_operand(struct compare_request *request, const char *word, struct error *error)
{
    if (request->operand_count == COMPARE_RUNS_MAX) {
        return error_set(error, "more than %d runs; compare fewer", COMPARE_RUNS_MAX);
    }
    request->operands[request->operand_count++] = word;
    return true;
}

/* What getopt_long found at the word `at`: 1 stands for one that is no option. */
static bool take_word(struct compare_request *request, int key, const char *at, struct error *error)
{
    switch (key) {
    case 1: return add_operand(request, optarg, error);
    case '?': return error_set(error, "unknown option \"%s\"; see `heaplab compare --help`", at);
    case ':':
        return error_set(
            error, "a value is missing after \"%s\"; see `heaplab compare --help`", at);
    default: return take_option(request, key, error);
    }
}

bool compare_request_parse(struct compare_request *request,
                           int argc,
                           char **argv,
                           struct error *error)
{
    *request = (struct compare_request){0};
    optind = 0; /* start anew */
    opterr = 0;
    int key;
    int at = 1; /* the word that getopt looks at: of a cluster -xyz it has not moved on */
    while ((key = getopt_long(argc, argv, "-:", long_options, NULL)) != -1) {
        if (!take_word(request, key, argv[at], error)) {
            return false;
        }
        at = optind;
    }
    for (; optind < argc; optind++) { /* after "--" */
        if (!add_operand(request, argv[optind], error)) {
            return false;
        }
    }
    default_figures(request);
    return request->help || check_words(request, error);
}

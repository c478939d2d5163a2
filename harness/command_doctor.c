/* `heaplab doctor`: what spoils figures on this machine, and what to do about it. */
#include "harness/campaign/fitness.h"
#include "harness/campaign/machine_key.h"
#include "harness/campaign/noise.h"
#include "harness/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBSERVE_NS UINT64_C(1000000000)

static const char help_text[] =
    "heaplab doctor: what spoils figures on this machine, with the remedy for each\n"
    "\n"
    "  heaplab doctor [--csv]\n"
    "\n"
    "Looks at settings and limits, and for a second at what else happens. Each finding is ok, a\n"
    "note (ratios within one run hold), warn (intervals become wide, or figures bent) or unfit\n"
    "(figures from here would mean nothing).\n"
    "  --csv   severity, check, what and remedy as CSV\n"
    "\n"
    "While a campaign runs, each cell is watched. A row is flagged, and a block of timed cells is\n"
    "void and run again, when these take more of the time than\n";

static const char help_end[] =
    "  * of all processors\n"
    "A group of a block (a workload with a number of threads, every allocator once) is void\n"
    "too when more than a quarter of its cells are flagged (besides these: preempted,\n"
    "throttled). Cells with as many threads as processors are not judged by pressure_cpu.\n"
    "\n"
    "Examples\n"
    "  heaplab doctor\n"
    "  heaplab doctor --csv | grep -v ^ok\n"
    "\n"
    "Ends with 0, or 6 when the machine is unfit, 2 on wrong usage.\n";

static void print_help(void)
{
    (void)fputs(help_text, stdout);
    (void)printf("    %-16s %5s  %5s  %s\n", "flag", "cell", "group", "what");
    for (size_t i = 0; i < NOISE_KINDS; i++) {
        const struct noise_threshold *threshold = &noise_thresholds[i];
        (void)printf("    %-16s %3.0f %%  %3.0f %%  %s%s\n",
                     threshold->flag,
                     100 * threshold->cell_share,
                     100 * threshold->group_share,
                     threshold->what,
                     threshold->base == NOISE_OF_ALL ? " *" : "");
    }
    (void)fputs(help_end, stdout);
}

static void print_quoted(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        (void)fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, stdout);
    }
    (void)putchar('"');
}

static void print_csv(const struct fitness *fitness)
{
    (void)puts("severity,check,what,remedy");
    for (size_t i = 0; i < fitness->count; i++) {
        const struct fitness_finding *finding = &fitness->finding[i];
        (void)printf("%s,%s,", fitness_word(finding->severity), finding->check);
        print_quoted(finding->what);
        (void)putchar(',');
        print_quoted(finding->remedy);
        (void)putchar('\n');
    }
}

static void print_finding(const struct fitness_finding *finding)
{
    (void)printf("%-5s  %-12s  %s%s%s\n",
                 fitness_word(finding->severity),
                 finding->check,
                 finding->what,
                 finding->remedy[0] != '\0' ? "; " : "",
                 finding->remedy);
}

static void print_of(const struct fitness *fitness, enum fitness_severity severity)
{
    for (size_t i = 0; i < fitness->count; i++) {
        if (fitness->finding[i].severity == severity) {
            print_finding(&fitness->finding[i]);
        }
    }
}

/* The worst first: a reader may stop where the oks begin. */
static void print_findings(const struct fitness *fitness)
{
    char key[MACHINE_KEY_BYTES];
    machine_key(key);
    (void)printf("machine: %s\n", key);
    print_of(fitness, FITNESS_UNFIT);
    print_of(fitness, FITNESS_WARN);
    print_of(fitness, FITNESS_NOTE);
    print_of(fitness, FITNESS_OK);
    (void)puts(fitness->worst == FITNESS_UNFIT  ? "unfit: figures from here would mean nothing"
               : fitness->worst == FITNESS_WARN ? "fit, with warnings"
                                                : "fit");
}

int command_doctor(int argc, char **argv)
{
    struct fitness fitness;
    bool csv = argc == 2 && strcmp(argv[1], "--csv") == 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (argc > 1 && !csv) {
        (void)fprintf(
            stderr, "heaplab: unknown word \"%s\"; see `heaplab doctor --help`\n", argv[argc - 1]);
        return EXIT_USAGE;
    }
    fitness_examine(&fitness, OBSERVE_NS);
    if (csv) {
        print_csv(&fitness);
    } else {
        print_findings(&fitness);
    }
    return fitness.worst == FITNESS_UNFIT ? EXIT_UNFIT : EXIT_SUCCESS;
}

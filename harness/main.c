/* heaplab: the words of the command line go to the subcommand they name. */
#include "harness/commands.h"
#include "harness/recording/record.h"
#include "harness/revision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "heaplab: a laboratory for memory allocators\n"
    "\n"
    "  ./run.sh                    the standard campaign: every allocator on every workload\n"
    "  ./run.sh test               all tests\n"
    "  ./run.sh run [OPTION...]    a campaign of your own (run --help)\n"
    "  ./run.sh list               allocators and workloads\n"
    "  ./run.sh record -- COMMAND  record a program's heap behaviour as a trace (record --help)\n"
    "  ./run.sh trace inspect FILE what is in a trace (trace --help)\n"
    "  ./run.sh plot DIR           summary, charts and page of a run anew\n"
    "  ./run.sh compare A B        verdicts on two runs, or two allocators (compare --help)\n"
    "  ./run.sh nightly            tonight's allocators against a pinned baseline (nightly "
    "--help)\n"
    "  ./run.sh history [CELL]     what the nights have found (history --help)\n"
    "  ./run.sh ack CELL           let a known regression pass (ack --help)\n"
    "  ./run.sh heapmap            pictures of the heap at moments of a stream (heapmap --help)\n"
    "  ./run.sh columns            what every column of the CSV files means\n"
    "  ./run.sh bench              what the harness itself costs\n"
    "  ./run.sh doctor             what spoils figures on this machine, and the remedy\n"
    "  ./run.sh help [COMMAND]     this text, or a command's; `heaplab --version` its revision\n"
    "\n"
    "Examples\n"
    "  ./run.sh run --allocators glibc,bin --workloads larson --threads 1,2\n"
    "  ./run.sh run --allocator mine=/opt/lib/libmine.so --blocks 12\n"
    "  ./run.sh record -o my.trace -- perl script.pl && ./run.sh run --workloads ./my.trace\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", command_run},
    {"list", command_list},
    {"record", record_command},
    {"trace", command_trace},
    {"plot", command_plot},
    {"compare", command_compare},
    {"nightly", command_nightly},
    {"history", command_history},
    {"ack", command_ack},
    {"columns", command_columns},
    {"heapmap", command_heapmap},
    {"bench", command_bench},
    {"doctor", command_doctor},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

/* The index of a command, or how many there are. */
static size_t find_command(const char *name)
{
    size_t i = 0;
    while (i < COMMANDS && strcmp(name, commands[i].name) != 0) {
        i++;
    }
    return i;
}

static int refuse(const char *word)
{
    (void)fprintf(stderr, "heaplab: unknown word \"%s\"; `heaplab help` lists them\n", word);
    return EXIT_USAGE;
}

/* The help of everything or, as with --help behind it, of one command. */
static int help(int argc, char **argv)
{
    if (argc < 3) {
        (void)fputs(help_text, stdout);
        return EXIT_SUCCESS;
    }
    size_t command = find_command(argv[2]);
    if (command == COMMANDS || argc > 3) {
        return refuse(argv[argc - 1]);
    }
    char asking[] = "--help";
    char *words[] = {argv[2], asking, NULL};
    return commands[command].run(2, words);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "help";
    size_t command = find_command(word);
    if (command < COMMANDS) {
        return commands[command].run(argc - 1, argv + 1);
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0) {
        return help(argc, argv);
    }
    if (strcmp(word, "--version") == 0) {
        (void)printf("heaplab %s\n", heaplab_revision);
        return EXIT_SUCCESS;
    }
    return refuse(word);
}

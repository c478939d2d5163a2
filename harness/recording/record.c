/* The options of `heaplab record` and its course: check everything that can be checked before the
 * command runs, run it, finish the traces, tidy up. */
#include "harness/recording/record.h"

#include "harness/error.h"
#include "harness/recording/finalise.h"
#include "harness/recording/launch.h"
#include "harness/recording/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_OPERATING 1
#define EXIT_USAGE     2
#define LIBRARY        "libheaplab-record.so"

static const char usage[] =
    "usage: heaplab record [-o FILE] [--force] [--keep-raw] [--] COMMAND [ARGUMENT...]\n"
    "\n"
    "Runs COMMAND and writes what it and its children do to their heaps as traces:\n"
    "PROGRAM.trace for COMMAND itself, PROGRAM.PID.trace for its children.\n"
    "\n"
    "  -o, --output FILE  write COMMAND's trace to FILE, the others beside it\n"
    "      --force        replace FILE if it is there\n"
    "      --keep-raw     keep the folder of raw events and say where it is\n"
    "\n"
    "Raw events take 8 to 16 bytes each while COMMAND runs: in TMPDIR, else in /dev/shm,\n"
    "else in /tmp. HEAPLAB_RECORDER names another recorder library. The exit code is\n"
    "COMMAND's.\n";

struct options {
    const char *output;
    bool force;
    bool keep_raw;
    char **command;
};

static int complain(const struct error *error, int exit_code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return exit_code;
}

/* False: the command ends here, with *exit_code. */
static bool parse(int argc, char **argv, struct options *options, int *exit_code)
{
    enum {
        FORCE = 256,
        KEEP_RAW,
        HELP
    };
    static const struct option known[] = {
        {"output", required_argument, NULL, 'o'},
        {"force", no_argument, NULL, FORCE},
        {"keep-raw", no_argument, NULL, KEEP_RAW},
        {"help", no_argument, NULL, HELP},
        {0},
    };
    *options = (struct options){0};
    *exit_code = EXIT_USAGE;
    opterr = 0;
    optind = 0;
    int option = 0;
    while ((option = getopt_long(argc, argv, "+o:", known, NULL)) != -1) {
        switch (option) {
        case 'o': options->output = optarg; break;
        case FORCE: options->force = true; break;
        case KEEP_RAW: options->keep_raw = true; break;
        case HELP:
            *exit_code = 0;
            (void)fputs(usage, stdout);
            return false;
        default:
            (void)fprintf(stderr,
                          "heaplab: record: \"%s\" is no option of record or lacks its value; try "
                          "heaplab record --help\n",
                          argv[optind - 1]);
            return false;
        }
    }
    options->command = argv + optind;
    if (optind >= argc) {
        (void)fputs("heaplab: record: no command is given; try heaplab record --help\n", stderr);
        return false;
    }
    return true;
}

/* The recorder beside this program, unless the environment names another. */
static bool find_recorder(char path[PATH_MAX], struct error *error)
{
    const char *named = getenv("HEAPLAB_RECORDER");
    if (named && !realpath(named, path)) {
        return error_set(error, "cannot use the recorder \"%s\": %m", named);
    }
    if (!named) {
        char self[PATH_MAX] = "";
        ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
        const char *slash = length > 0 ? strrchr(self, '/') : NULL;
        int folder = slash ? (int)(slash - self) : 0;
        if (snprintf(path, PATH_MAX, "%.*s/" LIBRARY, folder, self) >= PATH_MAX) {
            return error_set(error, "cannot use the recorder: its path is too long");
        }
    }
    if (access(path, R_OK) != 0) {
        return error_set(error,
                         "cannot use the recorder \"%s\": %m; build it, or name it in "
                         "HEAPLAB_RECORDER",
                         path);
    }
    if (strpbrk(path, " :")) {
        return error_set(error,
                         "cannot preload \"%s\": LD_PRELOAD takes no path with a blank or a colon; "
                         "copy the library elsewhere and name it in HEAPLAB_RECORDER",
                         path);
    }
    return true;
}

/* Refuses a trace that exists, as far as its name is known before the command has run. */
static bool check_output(const struct options *options, struct error *error)
{
    char path[PATH_MAX];
    const char *slash = strrchr(options->command[0], '/');
    const char *program = slash ? slash + 1 : options->command[0];
    if (options->output) {
        (void)snprintf(path, sizeof path, "%s", options->output);
    } else {
        (void)snprintf(path, sizeof path, "%s.trace", program);
    }
    if (!options->force && access(path, F_OK) == 0) {
        return error_set(error,
                         "will not replace \"%s\": it exists; give another name with -o, or "
                         "--force",
                         path);
    }
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *end = strrchr(folder, '/');
    if (end) {
        end[end == folder] = '\0';
    }
    if (access(end ? folder : ".", W_OK) != 0) {
        return error_set(error, "cannot write \"%s\": %m", path);
    }
    return true;
}

/* Memory is the default place: on a disk each new page costs the program a file system's time. */
static bool make_directory(char path[PATH_MAX], struct error *error)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || parent[0] != '/') {
        parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    if (snprintf(path, PATH_MAX, "%s/heaplab-record-XXXXXX", parent) >= PATH_MAX ||
        !mkdtemp(path)) {
        return error_set(error,
                         "cannot make a folder for the recording in \"%s\": %m; name a writable "
                         "one in TMPDIR",
                         parent);
    }
    return true;
}

static void remove_directory(const char *path)
{
    DIR *folder = opendir(path);
    if (folder) {
        struct dirent *entry = NULL;
        while ((entry = readdir(folder))) {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
        closedir(folder);
    }
    (void)rmdir(path);
}

/* Tells what a user would miss otherwise. */
static int
conclude(const struct options *options, const struct finalise_result *result, int exit_code)
{
    if (!result->command) {
        (void)fprintf(stderr,
                      "heaplab: \"%s\" itself left no trace: it made no call of the malloc family "
                      "that the recorder could see\n",
                      options->command[0]);
    }
    if (result->processes > 1) {
        (void)fprintf(stderr,
                      "heaplab: %" PRIu64 " traces of %" PRIu64 " processes\n",
                      result->traces,
                      result->processes);
    }
    return exit_code == 0 && result->traces == 0 ? EXIT_OPERATING : exit_code;
}

static int record(const struct options *options, const struct launch *launch, bool *keep_raw)
{
    struct error error;
    struct finalise_request request = {
        .directory = launch->directory,
        .output = options->output,
        .force = options->force,
    };
    int exit_code = 0;
    if (!launch_run(launch, &request.pid, &exit_code, &error)) {
        return complain(&error, PROGRAM_EXIT_CANNOT_RUN);
    }
    struct finalise_result result;
    if (!finalise(&request, &result, &error)) {
        *keep_raw = true; /* what cannot be had again */
        return complain(&error, EXIT_OPERATING);
    }
    return conclude(options, &result, exit_code);
}

int record_command(int argc, char **argv)
{
    struct options options;
    struct error error;
    int exit_code = 0;
    if (!parse(argc, argv, &options, &exit_code)) {
        return exit_code;
    }
    char program[PATH_MAX];
    char recorder[PATH_MAX];
    char directory[PATH_MAX];
    exit_code = program_find(options.command[0], program, &error);
    if (exit_code != 0) {
        return complain(&error, exit_code);
    }
    if (!find_recorder(recorder, &error) || !check_output(&options, &error) ||
        !make_directory(directory, &error)) {
        return complain(&error, EXIT_OPERATING);
    }
    const struct launch launch = {
        .program = program,
        .arguments = options.command,
        .recorder = recorder,
        .directory = directory,
    };
    bool keep_raw = options.keep_raw;
    exit_code = record(&options, &launch, &keep_raw);
    if (keep_raw) {
        (void)fprintf(stderr, "heaplab: raw events are in %s\n", directory);
    } else {
        remove_directory(directory);
    }
    return exit_code;
}

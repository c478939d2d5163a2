/* Running a command with the recorder preloaded. */
#ifndef HARNESS_RECORDING_LAUNCH_H
#define HARNESS_RECORDING_LAUNCH_H

#include "harness/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct launch {
    const char *program;   /* the file to run */
    char **arguments;      /* ended by NULL */
    const char *recorder;  /* the library to preload */
    const char *directory; /* where it records */
};

/* Runs the command to its end. `pid` receives its process id and `exit_code` what a shell would
 * report: its own code, or 128 + the signal that ended it. While it runs, the keyboard's signals
 * are the command's alone, and a SIGTERM or SIGHUP sent to heaplab is passed on to it: either way
 * what has been recorded can be finished. False: it could not be started. */
bool launch_run(const struct launch *launch, pid_t *pid, int *exit_code, struct error *error);

#endif

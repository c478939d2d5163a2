/* From a recording's folder to trace files, one per process image that did something. */
#ifndef HARNESS_RECORDING_FINALISE_H
#define HARNESS_RECORDING_FINALISE_H

#include "harness/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct finalise_request {
    const char *directory;
    const char *output; /* the trace of the command itself; NULL: PROGRAM.trace in this folder */
    pid_t pid;          /* of the command: its last image is the one meant */
    bool force;         /* replace files */
};

struct finalise_result {
    uint64_t processes; /* images that the recorder was loaded into and that called malloc */
    uint64_t traces;    /* written */
    bool command;       /* one of them is the command's */
};

/* Writes the traces and prints a line for each to the error stream. Traces of other images than the
 * command's are PROGRAM.PID.trace beside it; a file that is in the way is never replaced without
 * `force`, the trace gets a number instead. False at the first trace that cannot be written. */
bool finalise(const struct finalise_request *request,
              struct finalise_result *result,
              struct error *error);

#endif

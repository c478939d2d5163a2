/* The program that is to be recorded: where it is, and whether a recorder can be preloaded. */
#ifndef HARNESS_RECORDING_PROGRAM_H
#define HARNESS_RECORDING_PROGRAM_H

#include "harness/error.h"

#include <limits.h>
#include <stdbool.h>

#define PROGRAM_EXIT_NOT_FOUND  127
#define PROGRAM_EXIT_CANNOT_RUN 126

/* Finds `name` as a shell does, by PATH unless it has a '/', and puts its path into `path`. Refuses
 * programs into which nothing can be preloaded: static ones, those of another machine, those that
 * run with another user's rights. Scripts are judged by their interpreters.
 *
 * Returns 0, or the exit code that a shell would give, with an error. */
int program_find(const char *name, char path[PATH_MAX], struct error *error);

#endif

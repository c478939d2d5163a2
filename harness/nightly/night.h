/* One night: from a request to rows in the history. */
#ifndef HARNESS_NIGHTLY_NIGHT_H
#define HARNESS_NIGHTLY_NIGHT_H

#include "harness/error.h"
#include "harness/nightly/request.h"

#include <linux/limits.h>
#include <stdbool.h>

struct night_result {
    char folder[PATH_MAX]; /* of the run; "" when it was not begun */
    bool interrupted;      /* by a signal: --resume goes on with that folder */
};

/* Whether the words of a new night are right, before anything is made or looked at. `usage` tells whether
 * they are the error. */
bool night_check(const struct request *request, bool *usage, struct error *error);

/* Runs the campaign of the request, or with request->resume what is missing of it, runs the worse
 * cells again in a second one beside it (<run>-again), and adds both to the history in `store`, whole,
 * and with them the baseline where it is to be pinned.
 * A run that the history has already is not added again. False on errors; failed cells are none. */
bool night_run(const struct request *request,
               const char *store,
               struct night_result *result,
               struct error *error);

#endif

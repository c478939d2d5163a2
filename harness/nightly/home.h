/* Where a night belongs: the history that it was begun for, which its run's folder keeps
 * (ENVIRONMENT_HISTORY_KEY), and the file that its page was asked into. */
#ifndef HARNESS_NIGHTLY_HOME_H
#define HARNESS_NIGHTLY_HOME_H

#include "harness/error.h"
#include "harness/nightly/request.h"

#include <linux/limits.h>
#include <stdbool.h>

/* Sets request->history to that of the night which is resumed. An error where the folder is no night's,
 * where --history names another history, or where that of the night is gone. Writes nothing. */
bool home_of_resumed(struct request *request, struct error *error);

/* The name of the run whose page is asked for: as it was given, or that of a folder. Where no history was
 * named and the folder is a night's, request->history becomes that night's. */
bool home_of_page(struct request *request, char run[NAME_MAX + 1], struct error *error);

/* Makes request->history, which is there, an absolute path. */
bool home_settle(struct request *request, struct error *error);

/* Whether the history is a folder, or can become one, and --markdown names a file that can be written;
 * leaves nothing behind. */
bool home_check(const struct request *request, struct error *error);

#endif

/* One nightly run at a time in a history: two would measure each other. */
#ifndef HARNESS_NIGHTLY_LOCK_H
#define HARNESS_NIGHTLY_LOCK_H

#include "harness/error.h"

#include <stdbool.h>

/* Takes the lock of the folder; the error names who holds it and since when. `fd` is closed to give
 * it back; the kernel does so for a process that was killed. */
bool lock_take(const char *folder, int *fd, struct error *error);

#endif

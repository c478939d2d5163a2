/* The folder of a run: made new, or found again. */
#ifndef HARNESS_CAMPAIGN_FOLDER_H
#define HARNESS_CAMPAIGN_FOLDER_H

#include "harness/error.h"

#include <linux/limits.h>

/* Makes the folder of a new run: `output` (which must not exist or be empty), or a new one under
 * results/ named by date and host. `folder` receives its absolute path. */
bool folder_make(const char *output, char folder[PATH_MAX], struct error *error);

/* The last part of a folder's path: the name of the run. */
const char *folder_name(const char *folder);

#endif

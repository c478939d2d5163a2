/* The options of a night's campaigns: of a new night, or as an earlier one had them. */
#ifndef HARNESS_NIGHTLY_NIGHT_OPTIONS_H
#define HARNESS_NIGHTLY_NIGHT_OPTIONS_H

#include "harness/error.h"
#include "harness/nightly/pinned.h"
#include "harness/nightly/request.h"
#include "harness/nightly/words.h"
#include "harness/options.h"

#include <stdbool.h>

struct night_options {
    struct options options;
    struct words words; /* that the options were read from and point to */
};

/* The options of a new night; where nothing says how long, as many blocks as its comparisons need. False
 * with the error filled when the words are wrong. Ends with night_options_free, also after a failure. */
bool night_options_new(struct night_options *night,
                       const struct request *request,
                       const struct pinned *pinned,
                       struct error *error);

/* The options that stand in the environment.csv of a run's folder, which is resumed. Ends likewise; the
 * folder's name must outlive them. */
bool night_options_earlier(struct night_options *night, const char *folder, struct error *error);

void night_options_free(struct night_options *night);

#endif

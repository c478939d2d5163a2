/* Whether the intervals of a growing run are narrow enough. */
#ifndef HARNESS_CAMPAIGN_PRECISION_H
#define HARNESS_CAMPAIGN_PRECISION_H

#include "harness/error.h"

#include <stdbool.h>
#include <stdint.h>

struct precision_request {
    const char *measurements; /* path of the rows so far */
    const char *baseline;
    double precision;    /* half-width, as of log ratios */
    uint64_t last_block; /* rows of later blocks, which a resumed run may have, are not looked at */
    uint64_t counted;    /* counted blocks up to that one */
};

/* `reached`: after this block one may look (harness/statistics/stopping.h), and the interval of every
 * contestant's ratio to the baseline, of time and of peak memory, is that narrow. False on an error. */
bool precision_look(const struct precision_request *request, bool *reached, struct error *error);

#endif

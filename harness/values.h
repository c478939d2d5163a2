/* Values of options: numbers within a range, factors, shares, times. Each tells in the error what it
 * got and what it wants. */
#ifndef HARNESS_VALUES_H
#define HARNESS_VALUES_H

#include "harness/error.h"

#include <stdbool.h>
#include <stdint.h>

struct range {
    uint64_t least, most;
};

/* A whole number. `name` is the option's, for the error, in all of these. */
bool value_number(
    const char *name, const char *text, struct range range, uint64_t *number, struct error *error);

/* A whole number from 1. */
bool value_u32(
    const char *name, const char *text, uint32_t most, uint32_t *number, struct error *error);

/* A factor above 0. */
bool value_factor(const char *name, const char *text, double *factor, struct error *error);

/* A share above 0 and at most a half: "2%" or "0.02". */
bool value_share(const char *name, const char *text, double *share, struct error *error);

/* A length of time in ns: "90s", "30m", "8h", at most 1000 h. */
bool value_time(const char *name, const char *text, uint64_t *ns, struct error *error);

#endif

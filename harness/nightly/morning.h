/* The morning page: what a night found, on one screen, from the history alone. */
#ifndef HARNESS_NIGHTLY_MORNING_H
#define HARNESS_NIGHTLY_MORNING_H

#include "harness/error.h"
#include "harness/nightly/acknowledge.h"
#include "harness/nightly/drift.h"
#include "harness/nightly/findings.h"
#include "harness/nightly/nights.h"

#include <stdbool.h>
#include <stdio.h>

#define MORNING_LINES_MOST 40

struct morning {
    const struct nights *nights;
    size_t night;
    const struct findings *findings;
    const struct drift *drift;
    const struct acknowledgements *acknowledgements;
    const char *told; /* what was passed over in the history's files: lines, or "" */
};

/* Prints the page: at most MORNING_LINES_MOST lines of SHEET_COLUMNS columns as text, or as Markdown.
 * Where there is more to tell, lists end with how many entries were left out; where even lists of one
 * entry are too long, entries are cut and end with "...". */
bool morning_print(const struct morning *morning, bool markdown, FILE *out, struct error *error);

#endif

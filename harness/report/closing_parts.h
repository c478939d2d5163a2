/* What the files that print a run's closing table share. */
#ifndef HARNESS_REPORT_CLOSING_PARTS_H
#define HARNESS_REPORT_CLOSING_PARTS_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CLOSING_ALLOCATORS_MAX 64
#define CLOSING_SECTIONS       5

/* One table: a figure and how it is printed. */
struct closing_section {
    const char *figure;
    const char *title;
    const char *quantity; /* of the geometric means' table */
    double divisor;
};

extern const struct closing_section closing_sections[CLOSING_SECTIONS];

struct closing {
    struct summary_table summary;
    struct environment_table environment;
    struct measurements_table measurements; /* without void attempts */
    const char *baseline;
    const char *allocator[CLOSING_ALLOCATORS_MAX]; /* contestants, in the order of summary.csv */
    size_t allocators;
    bool bold;    /* the output is a terminal */
    bool too_few; /* no geometric mean has an interval */
    FILE *out;
};

/* Whether the row is of the section's figure and its allocator a column: not the floor and not the
 * baseline's second cell. */
bool closing_shows(const struct summary_row *row, const struct closing_section *section);

/* What became of an allocator's cells of the section's pass that did not end ok, in the case of a row or
 * (NULL) in any. */
enum closing_end {
    CLOSING_OK,
    CLOSING_UNSUPPORTED, /* the pass does not support it, which is no failure */
    CLOSING_FAILED
};
enum closing_end closing_end_of(const struct closing *closing,
                                const struct closing_section *section,
                                const char *allocator,
                                const struct summary_row *one);

/* Whether the run has anything to show in the section. */
bool closing_has(const struct closing *closing, const struct closing_section *section);

/* How many cells of the check pass passed, and which did not; nothing where there was no such pass. */
void closing_print_check(const struct closing *closing);

/* The verdicts on the geometric means, the noise floor and what became of the blocks. */
void closing_print_verdicts(struct closing *closing);
void closing_print_noise(const struct closing *closing);

#endif

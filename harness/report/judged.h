/* The figures that verdicts are given on: columns of measurements.csv that are costs, so that less is
 * better, with the words for less and more. */
#ifndef HARNESS_REPORT_JUDGED_H
#define HARNESS_REPORT_JUDGED_H

#include "harness/statistics/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct judged_figure {
    const char *figure; /* name of the column */
    const char *pass;   /* that measures it */
    const char *less;   /* "faster" or "smaller" */
    const char *more;   /* "slower" or "larger" */
    bool primary;       /* the page, the closing table and the gate speak of it */
};

extern const struct judged_figure judged_figures[];
extern const size_t judged_figure_count;

/* The entry of a figure, NULL when no verdict is given on it. */
const struct judged_figure *judged_find(const char *figure);

/* The verdict on a side of which `failures` blocks failed, against a baseline of which none did. Those
 * that ended well may be the lucky ones: they are never called less or equivalent. */
enum verdict judged_of_survivors(enum verdict verdict, size_t failures);

/* "faster", "equivalent", "unresolved"; "" for VERDICT_NONE. */
const char *judged_word(const struct judged_figure *figure, enum verdict verdict);

/* The other way; VERDICT_NONE for words that are none. */
enum verdict judged_verdict(const char *word);

#endif

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

/* "faster", "equivalent", "unresolved"; "" for VERDICT_NONE. */
const char *judged_word(const struct judged_figure *figure, enum verdict verdict);

/* The other way; VERDICT_NONE for words that are none. */
enum verdict judged_verdict(const char *word);

#endif

/* The comparisons of one figure that are judged together, each with the row of summary.csv that
 * tells of it. */
#ifndef HARNESS_REPORT_FAMILY_H
#define HARNESS_REPORT_FAMILY_H

#include "harness/report/judged.h"
#include "harness/report/table.h"
#include "harness/statistics/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct family {
    const struct judged_figure *figure;
    struct comparison *comparison;
    size_t *row; /* of each comparison: an index into the rows given to family_judge */
    size_t count;
    size_t room;
};

/* Adds a comparison whose log ratios are copied. False when memory is out. Released with
 * family_free. */
bool family_add(
    struct family *family, const double *log_ratios, size_t count, double delta, size_t row);

/* Judges the family and fills delta, comparisons, p, p_adjusted and verdict of its rows. Ratio and
 * interval stay as the rows have them: a verdict that the row's own interval does not bear out becomes
 * "unresolved", and so does a good one on what failed in some blocks. False when memory is out. */
bool family_judge(struct family *family, struct summary_row *rows);

void family_free(struct family *family);

#endif

/* What the files that make a summary share: the rows so far, the families to be judged, room to work
 * in. */
#ifndef HARNESS_REPORT_SUMMARY_PARTS_H
#define HARNESS_REPORT_SUMMARY_PARTS_H

#include "harness/report/family.h"
#include "harness/report/series.h"
#include "harness/report/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct summary_work {
    struct series_set set;
    const char *baseline;
    struct summary_rows *out;
    struct family *cells; /* of each judged figure */
    struct family *means; /* of its geometric means */
    double *deltas;       /* of each judged figure in the group at hand */
    double *values;       /* room for the longest series */
    double *base_values;  /* likewise */
    double *log_ratios;   /* likewise */
    uint64_t *blocks;     /* likewise */
};

/* A row with the identity of a series and figure, to be filled; NULL when memory is out. Rows that
 * were added before may move. */
struct summary_row *
summary_add(struct summary_work *work, const struct series *series, const struct column *figure);

/* Fills p and delta of a row of the baseline's second cell, which is judged with nobody. Sorts the
 * log ratios. False when memory is out. */
bool summary_test_again(struct summary_row *row, double *log_ratios, size_t count, double delta);

/* Fills delta and, if it is to be judged, the verdict of a row whose ratio lies for certain within its
 * interval: the interval's place alone decides. */
void summary_fill_exact(struct summary_row *row, const struct judged_figure *figure, bool judged);

/* Adds the rows of all cells, or of all geometric means; judges nothing. False when memory is out. */
bool summary_add_cells(struct summary_work *work);
bool summary_add_means(struct summary_work *work);

#endif

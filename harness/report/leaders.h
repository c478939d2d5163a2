/* Who may be the best of a case: the least, and all that its interval cannot be told from. */
#ifndef HARNESS_REPORT_LEADERS_H
#define HARNESS_REPORT_LEADERS_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>

/* `row` has the rows of one case and figure, NULL where an allocator has none. Sets leads[i] for the
 * one with the least ratio to the baseline (without a baseline: the least median) and for those whose
 * intervals overlap with its. Rows with failed blocks or without an interval lead nothing: where the
 * blocks are too few, nobody does. Returns how many lead. */
size_t leaders_find(const struct summary_row *const *row, size_t count, bool *leads);

/* Whether one leads alone, as leaders_find has it, and verdicts prove it: it is less than the baseline or,
 * being the baseline, all others are greater. */
bool leaders_prove(const struct summary_row *const *row, size_t count, const bool *leads);

#endif

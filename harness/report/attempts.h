/* Attempts at a block, group by group (a workload with a number of threads, in one pass): one that was
 * found noisy was run again, and only its last attempt counts. */
#ifndef HARNESS_REPORT_ATTEMPTS_H
#define HARNESS_REPORT_ATTEMPTS_H

#include "harness/report/table.h"

#include <stdbool.h>

/* Whether two rows are of one pass, workload, parameters and number of threads. */
bool attempts_same_group(const struct measurements_row *one, const struct measurements_row *other);

/* Sets is_void[i], which has room for the table's rows, for the rows of each block's earlier attempts,
 * group by group. A row without a number of the attempt (older files) is of attempt 0. False when memory
 * is out. */
bool attempts_find_void(const struct measurements_table *table, bool *is_void);

/* Removes them; the others keep their order. False when memory is out: then all are still there. */
bool attempts_drop_void(struct measurements_table *table);

#endif

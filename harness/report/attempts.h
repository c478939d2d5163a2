/* Attempts at a block: one that was found noisy was run again, and only its last attempt counts. */
#ifndef HARNESS_REPORT_ATTEMPTS_H
#define HARNESS_REPORT_ATTEMPTS_H

#include "harness/report/table.h"

#include <stdbool.h>

/* Removes the rows of each block's earlier attempts, pass by pass; the others keep their order. A row
 * without a number of the attempt (older files) is of attempt 0. False when memory is out: then all
 * rows are still there. */
bool attempts_drop_void(struct measurements_table *table);

#endif

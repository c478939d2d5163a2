/* What is told of cells without figures: each failure of an allocator once, when it first comes, and
 * at the end how often it came. The rows say it of every cell. */
#ifndef HARNESS_CAMPAIGN_FAILURES_H
#define HARNESS_CAMPAIGN_FAILURES_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAILURES_TOLD_MAX 256

/* The failures that were told. Begins zeroed; nothing to free. */
struct failures {
    uint64_t told[FAILURES_TOLD_MAX]; /* hashes of allocator, status and detail */
    size_t count;
};

/* Whether a row that is not ok has a failure that was not told of its allocator, and remembers it.
 * Behind FAILURES_TOLD_MAX different ones every one counts as new. */
bool failures_is_new(struct failures *failures, const struct measurements_row *row);

/* Tells on standard error how many of an allocator's cells ended in which status, where it was more
 * than one: "heaplab: mine: missing_library in all 22 cells". Void attempts are no cells. */
bool failures_tell_sums(const char *run_folder, struct error *error);

#endif

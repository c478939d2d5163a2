/* Comparing runs: each of them against the first, cell by cell, with verdicts. Method: harness/README.md.
 *
 * Not for the inside of a run against its baseline, which summary.csv holds. Not thread-safe. */
#ifndef HARNESS_COMPARE_COMPARE_H
#define HARNESS_COMPARE_COMPARE_H

#include "harness/compare/notes.h"
#include "harness/error.h"

struct compare_result {
    const struct compare_request *request;
    struct compare_run runs[COMPARE_RUNS_MAX];
    struct compare_pair pairs[COMPARE_RUNS_MAX]; /* by the later run; the first is unused */
    size_t run_count;
    struct compare_entries entries; /* a run's stand together, in the order of the runs */
    size_t family;                  /* comparisons tested together */
    struct compare_notes notes;
    bool other_machine; /* it failed because machines differ */
};

/* Reads the runs and judges them. False with the error set when a run cannot be read, machines differ
 * and that was not forced, or nothing is comparable. Released with compare_free, also then. */
bool compare_make(struct compare_result *result,
                  const struct compare_request *request,
                  struct error *error);
void compare_free(struct compare_result *result);

/* Entries that were compared. */
size_t compare_count_done(const struct compare_result *result);

/* Entries with the verdict. */
size_t compare_count(const struct compare_result *result, enum verdict verdict);

/* Cells that failed in a later run, in part or wholly, whether or not the first has them. */
size_t compare_count_failed(const struct compare_result *result);

#endif

/* One side of a comparison: a run's measurements, read, checked and grouped into cells.
 *
 * A run is a folder with measurements.csv, or such a file alone. environment.csv is read where it
 * stands beside a measurements.csv; of other files the machine and the versions are unknown. */
#ifndef HARNESS_COMPARE_RUN_H
#define HARNESS_COMPARE_RUN_H

#include "harness/allocators.h"
#include "harness/report/series.h"
#include "harness/report/table.h"

#include <linux/limits.h>

struct compare_run {
    const char *words;                    /* as the user named it */
    char path[PATH_MAX];                  /* of the folder or file */
    char file[PATH_MAX];                  /* the measurements, without links */
    char allocator[ALLOCATOR_NAME_BYTES]; /* named by the user, or "" */
    struct measurements_table measurements;
    struct environment_table environment; /* empty when unknown */
    struct series_set set;
    const struct series **sorted; /* the same series, in the order of names */
};

/* Reads and checks what the user named ("RUN" or "RUN:ALLOCATOR"). Released with compare_run_close,
 * also after a failure. */
bool compare_run_open(struct compare_run *run, const char *words, struct error *error);
void compare_run_close(struct compare_run *run);

/* The series of the cell that `like` is a row of, under an allocator; NULL when there is none. */
const struct series *compare_run_find(const struct compare_run *run,
                                      const struct measurements_row *like,
                                      const char *allocator);

/* Any row of that allocator, NULL when the run has none. */
const struct measurements_row *compare_run_row_of(const struct compare_run *run,
                                                  const char *allocator);

/* A fact of environment.csv, "" when unknown. */
const char *compare_run_fact(const struct compare_run *run, const char *key);

/* The baseline of the run; of a file without environment.csv glibc, which is the default. */
const char *compare_run_baseline(const struct compare_run *run);

/* Whether the two are of one run, so that their blocks were measured side by side: the same file, or
 * parts of one run's rows (same name of the run, same date where known, overlapping times). */
bool compare_run_same(const struct compare_run *one, const struct compare_run *other);

#endif

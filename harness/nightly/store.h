/* A history on disk: <history>/<machine key>/ with the raw rows of all nights by month, and beside
 * them environments.csv, verdicts.csv, acknowledged.csv and pinned.csv (results/README.md). */
#ifndef HARNESS_NIGHTLY_STORE_H
#define HARNESS_NIGHTLY_STORE_H

#include "harness/error.h"
#include "harness/nightly/lines.h"
#include "harness/report/table.h"

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where histories are when nobody says: results/history beside the runs. */
void store_default(char history[PATH_MAX]);

/* The path of this machine's folder, whether it is there or not. */
void store_path(const char *history, char folder[PATH_MAX]);

/* Makes the folder of this machine, if need be; `folder` receives its path. */
bool store_make(const char *history, char folder[PATH_MAX], struct error *error);

/* Whether the path of a history is a folder or nothing yet. */
bool store_check_place(const char *history, struct error *error);

/* Finds the folder of a machine: of that key, else of this machine, else the only one there is. */
bool store_find(const char *history,
                const char *machine,
                char folder[PATH_MAX],
                struct error *error);

/* Reads a file of the history, and before it those set aside (append.h); lines that are no rows are
 * told to `told` unless that is NULL. A file that is absent has no rows. */
bool store_read(const char *folder,
                const struct table_layout *layout,
                const struct lines_visitor *visitor,
                FILE *told,
                struct error *error);

/* What is added of a run. */
struct store_run {
    const char *folder; /* of the run: environment.csv and measurements.csv are read from it */
    const char *again;  /* of the run of its worse cells, NULL when there was none */
    const struct verdicts_row *verdicts;
    size_t verdict_count;
    const struct environment_row *accounts; /* keys that begin with "nightly." */
    size_t account_count;
    uint64_t started_unix_ns;        /* names the month */
    const struct pinned_row *pinned; /* the baseline, where this run pins it; else NULL */
};

/* Whether a run that begins now could be added: no file of the history is newer, foreign or unreadable.
 * Asked before a night is measured. */
bool store_check(const char *folder, struct error *error);

/* Adds the run to the history, whole or not at all. */
bool store_add(const char *folder, const struct store_run *run, struct error *error);

/* Whether the history has a run of that name. False with the error filled when it cannot be read;
 * `has` tells otherwise. */
bool store_has(const char *folder, const char *run, bool *has, struct error *error);

/* Prints a row as a line of a history: without line breaks in texts. False when memory is out. */
bool store_print(FILE *out, const struct table_layout *layout, const void *row);

/* Appends one row to a file of the history. */
bool store_append(const char *folder,
                  const struct table_layout *layout,
                  const void *row,
                  struct error *error);

#define STORE_DATE_BYTES 32

/* Now, as YYYY-MM-DDTHH:MM:SSZ. */
void store_now(char date[STORE_DATE_BYTES]);

#endif

/* What a run ran on and was asked to do: environment.csv, keys and values. */
#ifndef HARNESS_CAMPAIGN_ENVIRONMENT_H
#define HARNESS_CAMPAIGN_ENVIRONMENT_H

#include "harness/error.h"
#include "harness/options.h"
#include "harness/report/table.h"

#define SHA256_TEXT_BYTES     65
#define ENVIRONMENT_KEY_BYTES 192

/* The folder of the history that a night's run goes into; a run that has no such fact is no night. */
#define ENVIRONMENT_HISTORY_KEY "nightly.history"

/* The SHA-256 of a file in hexadecimal, "" when it cannot be read. */
void environment_sha256(const char *path, char text[SHA256_TEXT_BYTES]);

/* Writes one fact; an empty value means unknown. */
bool environment_write(struct table_writer *writer,
                       const char *key,
                       const char *value,
                       struct error *error);

/* The key of a trace's SHA-256: "trace.NAME.sha256". */
void environment_trace_key(const struct source *source, char key[ENVIRONMENT_KEY_BYTES]);

/* Writes what is known before the first cell: the request (one row `argument` for each word, so
 * that --resume can repeat it), the allocators with file, version and SHA-256, the SHA-256 of
 * traces, the machine. */
bool environment_write_all(struct table_writer *writer,
                           const struct options *options,
                           const char *run,
                           struct error *error);

/* The words of the `argument` rows as an argv with "run" first, ended by NULL; freed by free(); its
 * texts are the table's. NULL when memory is out. */
char **environment_arguments(const struct environment_table *table, int *argc);

#endif

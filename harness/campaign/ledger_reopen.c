/* The files of a resumed run: that they still belong to what is there now, and may be continued. */
#include "harness/campaign/ledger.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool reopen_file(struct table_writer *writer,
                        const char *folder,
                        const struct table_layout *layout,
                        struct error *error)
{
    char path[PATH_MAX];
    struct table table;
    run_path(path, folder, layout->file);
    bool ok = table_read(path, layout, &table, error) &&
              table_append(writer, path, layout, table.good_bytes, error);
    table_free(&table);
    return ok;
}

/* Whether the cell of a sample has its row: that is written after its samples. */
static bool has_row(struct ledger *ledger, const struct timeline_row *sample)
{
    const struct measurements_row cell = {
        .block = sample->block,
        .pass = "memory",
        .workload = sample->workload,
        .parameters = sample->parameters,
        .threads = sample->threads,
        .allocator = sample->allocator,
    };
    return ledger_find_earlier(ledger, &cell) != NULL;
}

static bool is_of_cell(const struct timeline_row *sample, const struct timeline_row *other)
{
    return sample->block.value == other->block.value &&
           sample->threads.value == other->threads.value &&
           strcmp(sample->allocator, other->allocator) == 0 &&
           strcmp(sample->workload, other->workload) == 0 &&
           strcmp(sample->parameters, other->parameters) == 0;
}

/* Puts the samples that have their row into a file of their own. */
static bool copy_whole_cells(struct ledger *ledger,
                             const struct timeline_table *samples,
                             const char *to,
                             struct error *error)
{
    struct table_writer writer;
    struct error ignored;
    bool ok = table_create(&writer, to, &timeline_layout, error);
    bool whole = false;
    for (size_t i = 0; ok && i < samples->count; i++) {
        const struct timeline_row *sample = &samples->rows[i];
        whole = i > 0 && is_of_cell(sample, sample - 1) ? whole : has_row(ledger, sample);
        ok = !whole || table_write(&writer, sample, error);
    }
    return table_close(&writer, ok ? error : &ignored) && ok;
}

/* A run killed between a cell's samples and its row will measure the cell again: its samples go. */
static bool drop_orphans(struct ledger *ledger, struct error *error)
{
    char path[PATH_MAX];
    char unfinished[PATH_MAX];
    struct timeline_table samples;
    run_path(path, ledger->folder, timeline_layout.file);
    run_path(unfinished, ledger->folder, ".timeline.csv.unfinished");
    (void)unlink(unfinished);
    bool ok = timeline_read(path, &samples, error) &&
              copy_whole_cells(ledger, &samples, unfinished, error);
    if (ok && rename(unfinished, path) != 0) {
        ok = error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
    }
    if (!ok) {
        (void)unlink(unfinished);
    }
    timeline_free(&samples);
    return ok;
}

static bool row_is_of_library(const struct ledger *ledger, const struct measurements_row *row)
{
    for (size_t i = 0; i < ledger->options->allocators.count; i++) {
        if (strcmp(ledger->options->allocators.items[i].name, row->allocator) == 0) {
            return strcmp(ledger->sha256[i], row->library_sha256) == 0;
        }
    }
    return true;
}

/* Figures of two builds of one library must not meet in one run. Sees how often blocks were tried. */
static bool check_unchanged(struct ledger *ledger, struct error *error)
{
    for (size_t i = 0; i < ledger->earlier.count; i++) {
        const struct measurements_row *row = &ledger->earlier.rows[i];
        if (row->schema.value != TABLE_SCHEMA) {
            return error_set(error,
                             "cannot resume \"%s\": its rows are of another schema; start a new "
                             "run",
                             ledger->folder);
        }
        if (row->attempt.value > ledger->attempt_most) {
            ledger->attempt_most = row->attempt.value;
        }
        if (!row_is_of_library(ledger, row)) {
            return error_set(error,
                             "cannot resume \"%s\": the library of %s has changed since; start a "
                             "new run",
                             ledger->folder,
                             row->allocator);
        }
    }
    return true;
}

/* The last value of a key, NULL where it is missing. */
static const char *find_fact(const struct environment_table *facts, const char *key)
{
    const char *value = NULL;
    for (size_t i = 0; i < facts->count; i++) {
        value = strcmp(facts->rows[i].key, key) == 0 ? facts->rows[i].value : value;
    }
    return value;
}

/* Streams of two traces must not meet in one run either. */
static bool check_traces(const struct ledger *ledger,
                         const struct environment_table *facts,
                         struct error *error)
{
    for (size_t i = 0; i < ledger->options->source_count; i++) {
        const struct source *source = &ledger->options->sources[i];
        char key[ENVIRONMENT_KEY_BYTES];
        char sha256[SHA256_TEXT_BYTES];
        environment_trace_key(source, key);
        const char *earlier = find_fact(facts, key);
        if (source->workload != NULL || earlier == NULL) {
            continue;
        }
        environment_sha256(source->trace, sha256);
        if (strcmp(sha256, earlier) != 0) {
            return error_set(error,
                             "cannot resume \"%s\": the trace \"%s\" has changed since; start a "
                             "new run",
                             ledger->folder,
                             source->trace);
        }
    }
    return true;
}

static bool read_facts(struct ledger *ledger, struct error *error)
{
    char path[PATH_MAX];
    struct environment_table facts;
    bool ok =
        environment_read(run_path(path, ledger->folder, environment_layout.file), &facts, error) &&
        check_traces(ledger, &facts, error);
    const char *blocks = ok ? find_fact(&facts, "blocks_counted") : NULL;
    uint64_t counted = blocks != NULL ? strtoull(blocks, NULL, 10) : 0;
    if (counted > 0 && counted <= ledger->options->blocks) {
        ledger->stopped_after = count_of(counted);
    }
    environment_free(&facts);
    return ok;
}

bool ledger_reopen(struct ledger *ledger, struct error *error)
{
    char path[PATH_MAX];
    run_path(path, ledger->folder, measurements_layout.file);
    return measurements_read(path, &ledger->earlier, error) && check_unchanged(ledger, error) &&
           read_facts(ledger, error) &&
           reopen_file(&ledger->environment, ledger->folder, &environment_layout, error) &&
           drop_orphans(ledger, error) &&
           reopen_file(&ledger->timeline, ledger->folder, &timeline_layout, error) &&
           ledger_open_latency(ledger, error) &&
           reopen_file(&ledger->measurements, ledger->folder, &measurements_layout, error);
}

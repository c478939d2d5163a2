#include "harness/campaign/ledger.h"

#include "harness/campaign/figures.h"
#include "harness/campaign/folder.h"
#include "harness/campaign/machine.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct measurements_row
ledger_identify(const struct ledger *ledger, const struct plan_cell *cell, uint64_t block)
{
    const struct options *options = ledger->options;
    const struct source *source = &options->sources[cell->source];
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = ledger->run;
    row.block = count_of(block);
    row.warm_up = count_of(options->warm_up && block == 0 ? 1 : 0);
    row.pass = cell->pass;
    row.workload = source->name;
    row.parameters = source->parameters;
    row.threads = count_of(cell->threads);
    row.scale = options->scale;
    row.stream_seed = count_of(options->seed);
    row.touch = options->touch;
    row.thp = options->thp;
    row.allocator = options->allocators.items[cell->allocator].name;
    row.tunables = options->allocators.items[cell->allocator].tunables;
    row.library_sha256 = ledger->sha256[cell->allocator];
    return row;
}

static bool same_cell(const struct measurements_row *one, const struct measurements_row *other)
{
    return one->block.value == other->block.value && one->threads.value == other->threads.value &&
           strcmp(one->pass, other->pass) == 0 && strcmp(one->workload, other->workload) == 0 &&
           strcmp(one->parameters, other->parameters) == 0 &&
           strcmp(one->allocator, other->allocator) == 0;
}

const struct measurements_row *ledger_find_earlier(const struct ledger *ledger,
                                                   const struct measurements_row *identity)
{
    for (size_t i = 0; i < ledger->earlier.count; i++) {
        if (same_cell(&ledger->earlier.rows[i], identity)) {
            return &ledger->earlier.rows[i];
        }
    }
    return NULL;
}

static struct timeline_row timeline_identify(const struct measurements_row *cell)
{
    struct timeline_row row;
    table_clear_row(&timeline_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = cell->run;
    row.block = cell->block;
    row.workload = cell->workload;
    row.parameters = cell->parameters;
    row.threads = cell->threads;
    row.allocator = cell->allocator;
    return row;
}

static struct count known_count(uint64_t value)
{
    return (struct count){value != SAMPLE_UNKNOWN, value};
}

bool ledger_write_timeline(struct ledger *ledger,
                           const struct measurements_row *cell,
                           const struct worker_result *result,
                           struct error *error)
{
    const struct memory_sample *samples = figures_samples(result);
    struct timeline_row row = timeline_identify(cell);
    bool ok = true;
    for (uint32_t i = 0; ok && i < result->samples; i++) {
        const struct memory_sample *sample = &samples[i];
        row.sample = count_of(i);
        row.progress = (double)sample->events_done / (double)cell->events.value;
        row.elapsed_ns = count_of(sample->elapsed_ns);
        row.live_bytes = count_of(sample->live_bytes);
        row.usable_bytes = known_count(sample->usable_bytes);
        row.rss_bytes = count_of(figures_above(sample->rss_bytes, cell->rss_bytes_start.value));
        row.lazyfree_bytes = count_of(sample->lazyfree_bytes);
        row.thp_bytes = count_of(sample->thp_bytes);
        row.heap_free_bytes = known_count(sample->heap_free_bytes);
        row.heap_largest_free_bytes = known_count(sample->heap_largest_free_bytes);
        row.heap_metadata_bytes = known_count(sample->heap_metadata_bytes);
        row.heap_free_blocks = known_count(sample->heap_free_blocks);
        row.heap_used_blocks = known_count(sample->heap_used_blocks);
        ok = table_write(&ledger->timeline, &row, error);
    }
    return ok;
}

bool ledger_write_accounts(struct ledger *ledger,
                           uint64_t wall_ns,
                           uint64_t worker_ns,
                           struct error *error)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.1f", (double)wall_ns * 1e-9);
    bool ok = environment_write(&ledger->environment, "campaign_wall_s", text, error);
    (void)snprintf(text, sizeof text, "%.4f", 1 - (double)worker_ns / (double)wall_ns);
    return ok && environment_write(&ledger->environment, "bookkeeping_share", text, error);
}

/* ---- Opening ---- */

static bool create_file(struct table_writer *writer,
                        const char *folder,
                        const struct table_layout *layout,
                        struct error *error)
{
    char path[PATH_MAX];
    return table_create(writer, run_path(path, folder, layout->file), layout, error);
}

static bool create_files(struct ledger *ledger, struct error *error)
{
    return create_file(&ledger->environment, ledger->folder, &environment_layout, error) &&
           environment_write_all(&ledger->environment, ledger->options, ledger->run, error) &&
           create_file(&ledger->timeline, ledger->folder, &timeline_layout, error) &&
           create_file(&ledger->measurements, ledger->folder, &measurements_layout, error);
}

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
static bool has_row(const struct ledger *ledger, const struct timeline_row *sample)
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

/* Puts the samples that have their row into a file of their own. */
static bool copy_whole_cells(const struct ledger *ledger,
                             const struct timeline_table *samples,
                             const char *to,
                             struct error *error)
{
    struct table_writer writer;
    struct error ignored;
    bool ok = table_create(&writer, to, &timeline_layout, error);
    for (size_t i = 0; ok && i < samples->count; i++) {
        ok = !has_row(ledger, &samples->rows[i]) || table_write(&writer, &samples->rows[i], error);
    }
    return table_close(&writer, ok ? error : &ignored) && ok;
}

/* A run killed between a cell's samples and its row will measure the cell again: its samples go. */
static bool drop_orphans(const struct ledger *ledger, struct error *error)
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

/* Figures of two builds of one library must not meet in one run. */
static bool check_unchanged(const struct ledger *ledger, struct error *error)
{
    for (size_t i = 0; i < ledger->earlier.count; i++) {
        const struct measurements_row *row = &ledger->earlier.rows[i];
        if (row->schema.value != TABLE_SCHEMA) {
            return error_set(error,
                             "cannot resume \"%s\": its rows are of another schema; start a new "
                             "run",
                             ledger->folder);
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

static bool reopen_files(struct ledger *ledger, struct error *error)
{
    char path[PATH_MAX];
    run_path(path, ledger->folder, measurements_layout.file);
    return measurements_read(path, &ledger->earlier, error) && check_unchanged(ledger, error) &&
           reopen_file(&ledger->environment, ledger->folder, &environment_layout, error) &&
           drop_orphans(ledger, error) &&
           reopen_file(&ledger->timeline, ledger->folder, &timeline_layout, error) &&
           reopen_file(&ledger->measurements, ledger->folder, &measurements_layout, error);
}

static bool hash_libraries(struct ledger *ledger, struct error *error)
{
    const struct allocator_list *list = &ledger->options->allocators;
    ledger->sha256 = calloc(list->count, sizeof *ledger->sha256);
    if (ledger->sha256 == NULL) {
        return error_set(error, "cannot prepare the campaign: out of memory");
    }
    for (size_t i = 0; i < list->count; i++) {
        char file[PATH_MAX];
        machine_allocator_file(list->items[i].library, file);
        environment_sha256(file, ledger->sha256[i]);
    }
    return true;
}

bool ledger_open(struct ledger *ledger, const struct options *options, struct error *error)
{
    *ledger = (struct ledger){.options = options};
    if (!hash_libraries(ledger, error)) {
        return false;
    }
    if (options->resume == NULL) {
        if (!folder_make(options->output, ledger->folder, error)) {
            return false;
        }
        ledger->run = folder_name(ledger->folder);
        return create_files(ledger, error);
    }
    if (realpath(options->resume, ledger->folder) == NULL) {
        return error_set(error, "cannot resume \"%s\": there is no such folder", options->resume);
    }
    ledger->run = folder_name(ledger->folder);
    return reopen_files(ledger, error);
}

bool ledger_close(struct ledger *ledger, struct error *error)
{
    bool ok = table_close(&ledger->measurements, error);
    ok = table_close(&ledger->timeline, error) && ok;
    ok = table_close(&ledger->environment, error) && ok;
    measurements_free(&ledger->earlier);
    free(ledger->sha256);
    ledger->sha256 = NULL;
    return ok;
}

#include "harness/campaign/ledger.h"

#include "harness/campaign/crew.h"
#include "harness/campaign/figures.h"
#include "harness/campaign/folder.h"
#include "harness/campaign/machine.h"
#include "harness/report/attempts.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <inttypes.h>
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

/* What no disturbance explains: a void attempt does not hide it. */
static bool is_crash(const char *status)
{
    return strcmp(status, "ok") != 0 && strcmp(status, "unsupported") != 0 &&
           strcmp(status, "timeout") != 0;
}

static bool same_cell(const struct measurements_row *one, const struct measurements_row *other)
{
    return one->block.value == other->block.value && one->attempt.value == other->attempt.value &&
           one->threads.value == other->threads.value && strcmp(one->pass, other->pass) == 0 &&
           strcmp(one->workload, other->workload) == 0 &&
           strcmp(one->parameters, other->parameters) == 0 &&
           strcmp(one->allocator, other->allocator) == 0;
}

/* Rows stand in the order of the plan, but for those of parked processes, which end later. */
const struct measurements_row *ledger_find_earlier(struct ledger *ledger,
                                                   const struct measurements_row *identity)
{
    size_t count = ledger->earlier.count;
    size_t from = ledger->earlier_at > CREW_PARKED_MAX ? ledger->earlier_at - CREW_PARKED_MAX : 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = (from + i) % count;
        if (same_cell(&ledger->earlier.rows[at], identity)) {
            ledger->earlier_at = at;
            return &ledger->earlier.rows[at];
        }
    }
    return NULL;
}

uint64_t ledger_last_attempt(const struct ledger *ledger,
                             const struct measurements_row *identity,
                             size_t *crashed)
{
    uint64_t last = 0;
    *crashed = 0;
    if (ledger->attempt_most == 0) {
        return 0;
    }
    for (size_t i = 0; i < ledger->earlier.count; i++) {
        const struct measurements_row *row = &ledger->earlier.rows[i];
        bool same = row->block.value == identity->block.value && attempts_same_group(row, identity);
        last = same && row->attempt.value > last ? row->attempt.value : last;
    }
    for (size_t i = 0; i < ledger->earlier.count && last > 0; i++) {
        const struct measurements_row *row = &ledger->earlier.rows[i];
        bool is_void = row->block.value == identity->block.value && row->attempt.value < last &&
                       attempts_same_group(row, identity);
        *crashed += is_void && is_crash(row->status) ? 1 : 0;
    }
    return last;
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

static bool write_count(struct ledger *ledger, const char *key, uint64_t value, struct error *error)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    return environment_write(&ledger->environment, key, text, error);
}

bool ledger_write_accounts(struct ledger *ledger,
                           const struct campaign_outcome *outcome,
                           struct error *error)
{
    char text[64];
    if (ledger->stopped_after.known) {
        return true;
    }
    (void)snprintf(text, sizeof text, "%.1f", (double)outcome->wall_ns * 1e-9);
    bool ok = environment_write(&ledger->environment, "campaign_wall_s", text, error);
    (void)snprintf(
        text, sizeof text, "%.4f", 1 - (double)outcome->worker_ns / (double)outcome->wall_ns);
    return ok && environment_write(&ledger->environment, "bookkeeping_share", text, error) &&
           environment_write(&ledger->environment, "stopped_by", outcome->stopped_by, error) &&
           write_count(ledger, "voided_blocks", outcome->voided, error) &&
           write_count(ledger, "disturbed_blocks", outcome->disturbed, error) &&
           write_count(ledger, "blocks_counted", outcome->blocks, error);
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
           ledger_open_latency(ledger, error) &&
           create_file(&ledger->measurements, ledger->folder, &measurements_layout, error);
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
    return ledger_reopen(ledger, error);
}

bool ledger_close(struct ledger *ledger, struct error *error)
{
    bool ok = table_close(&ledger->measurements, error);
    ok = table_close(&ledger->timeline, error) && ok;
    ok = table_close(&ledger->latency, error) && ok;
    ok = table_close(&ledger->environment, error) && ok;
    measurements_free(&ledger->earlier);
    free(ledger->sha256);
    ledger->sha256 = NULL;
    return ok;
}

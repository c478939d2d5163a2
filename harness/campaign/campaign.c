#include "harness/campaign/campaign.h"

#include "harness/campaign/environment.h"
#include "harness/campaign/figures.h"
#include "harness/campaign/folder.h"
#include "harness/campaign/machine.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/process.h"
#include "harness/campaign/progress.h"
#include "harness/campaign/streams.h"
#include "harness/clock.h"
#include "harness/places.h"
#include "harness/report/summary.h"
#include "workloads/random.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARKED_MAX          12 /* processes in their idle second */
#define LISTEN_MS           100
#define SEQUENCE_OF_PADDING (UINT64_C(1) << 33)

struct running {
    struct process process;
    struct measurements_row row; /* identity filled, figures to come */
    struct plan_cell cell;
};

struct campaign {
    const struct options *options;
    struct campaign_outcome *outcome;
    char worker[PATH_MAX];
    const char *run;
    struct plan plan;
    struct streams streams;
    struct table_writer measurements;
    struct table_writer timeline;
    struct table_writer environment;
    struct measurements_table earlier; /* what a resumed run already has */
    struct progress progress;
    double *floor_ns_per_op; /* by group, of the current block */
    char (*sha256)[SHA256_TEXT_BYTES];
    struct running running[PARKED_MAX + 1];
    size_t running_count;
    uint64_t busy_since_ns; /* a worker has been running since */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: poll shall return */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

/* ---- Rows ---- */

static struct measurements_row
identify(const struct campaign *campaign, const struct plan_cell *cell, uint64_t block)
{
    const struct options *options = campaign->options;
    const struct source *source = &options->sources[cell->source];
    struct measurements_row row;
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = campaign->run;
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
    row.library_sha256 = campaign->sha256[cell->allocator];
    return row;
}

/* The row of a cell that an interrupted run already has, NULL when it is still to be run. */
static const struct measurements_row *find_earlier(const struct campaign *campaign,
                                                   const struct measurements_row *wanted)
{
    for (size_t i = 0; i < campaign->earlier.count; i++) {
        const struct measurements_row *row = &campaign->earlier.rows[i];
        if (row->block.value == wanted->block.value &&
            row->threads.value == wanted->threads.value && strcmp(row->pass, wanted->pass) == 0 &&
            strcmp(row->workload, wanted->workload) == 0 &&
            strcmp(row->parameters, wanted->parameters) == 0 &&
            strcmp(row->allocator, wanted->allocator) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool write_timeline(struct campaign *campaign,
                           const struct measurements_row *cell,
                           const struct worker_result *result,
                           struct error *error)
{
    const struct memory_sample *samples = (const struct memory_sample *)(const void *)(result + 1);
    uint64_t start = result->rss_bytes_start;
    for (uint32_t i = 0; i < result->samples; i++) {
        const struct memory_sample *sample = &samples[i];
        struct timeline_row row;
        table_clear_row(&timeline_layout, &row);
        row.schema = count_of(TABLE_SCHEMA);
        row.run = cell->run;
        row.block = cell->block;
        row.workload = cell->workload;
        row.parameters = cell->parameters;
        row.threads = cell->threads;
        row.allocator = cell->allocator;
        row.sample = count_of(i);
        row.progress = (double)sample->events_done / (double)cell->events.value;
        row.elapsed_ns = count_of(sample->elapsed_ns);
        row.live_bytes = count_of(sample->live_bytes);
        row.usable_bytes =
            (struct count){sample->usable_bytes != SAMPLE_UNKNOWN, sample->usable_bytes};
        row.rss_bytes = count_of(sample->rss_bytes > start ? sample->rss_bytes - start : 0);
        row.lazyfree_bytes = count_of(sample->lazyfree_bytes);
        row.thp_bytes = count_of(sample->thp_bytes);
        bool heap = sample->heap_free_bytes != SAMPLE_UNKNOWN;
        row.heap_free_bytes = (struct count){heap, sample->heap_free_bytes};
        row.heap_largest_free_bytes = (struct count){heap, sample->heap_largest_free_bytes};
        row.heap_metadata_bytes = (struct count){heap, sample->heap_metadata_bytes};
        if (!table_write(&campaign->timeline, &row, error)) {
            return false;
        }
    }
    return true;
}

static void tell_failure(struct campaign *campaign, const struct measurements_row *row)
{
    campaign->progress.failed++;
    campaign->outcome->failed++;
    progress_clear(&campaign->progress);
    (void)fprintf(stderr,
                  "heaplab: %s on %s, %" PRIu64 " thread%s (%s): %s: %s\n",
                  row->allocator,
                  row->workload,
                  row->threads.value,
                  row->threads.value == 1 ? "" : "s",
                  row->pass,
                  row->status,
                  row->status_detail);
}

static bool
write_row(struct campaign *campaign, const struct measurements_row *row, struct error *error)
{
    if (strcmp(row->status, "ok") != 0) {
        tell_failure(campaign, row);
    }
    campaign->progress.done++;
    return table_write(&campaign->measurements, row, error);
}

/* Writes the row of a process that has ended, and what else it told. */
static bool finish(struct campaign *campaign, struct running *running, struct error *error)
{
    char detail[WORKER_DETAIL_BYTES];
    struct measurements_row *row = &running->row;
    const struct worker_result *result = process_result(&running->process);
    bool memory = strcmp(row->pass, "memory") == 0;
    row->status = process_status(&running->process, detail);
    row->status_detail = detail;
    row->started_unix_ns = count_of(running->process.started_unix_ns);
    row->process_ns = count_of(running->process.ended_ns - running->process.started_ns);
    bool ok = result != NULL && strcmp(row->status, "ok") == 0;
    if (result != NULL) {
        row->library = result->library;
    }
    if (ok && strcmp(row->pass, "throughput") == 0) {
        double *floor = &campaign->floor_ns_per_op[running->cell.group];
        figures_throughput(row, result, running->cell.floor ? NAN : *floor);
        *floor = running->cell.floor ? row->ns_per_op : *floor;
    } else if (ok && memory) {
        figures_memory(row, result, (const struct memory_sample *)(const void *)(result + 1));
    }
    if (ok) {
        row->setup_ns = count_of(result->setup_ns);
    }
    bool first_counted = row->block.value == (campaign->options->warm_up ? 1 : 0);
    bool written = write_row(campaign, row, error);
    if (written && ok && memory && first_counted) {
        written = write_timeline(campaign, row, result, error);
    }
    return written;
}

/* ---- Processes ---- */

static void remove_running(struct campaign *campaign, size_t index)
{
    process_free(&campaign->running[index].process);
    campaign->running[index] = campaign->running[--campaign->running_count];
    if (campaign->running_count == 0) {
        campaign->outcome->worker_ns += clock_monotonic_ns() - campaign->busy_since_ns;
    }
}

/* Listens once to all processes and finishes those that have ended. */
static bool listen_once(struct campaign *campaign, struct error *error)
{
    struct process *processes[PARKED_MAX + 1];
    for (size_t i = 0; i < campaign->running_count; i++) {
        processes[i] = &campaign->running[i].process;
    }
    process_listen(processes, campaign->running_count, LISTEN_MS);
    for (size_t i = campaign->running_count; i-- > 0 && !interrupted;) {
        if (campaign->running[i].process.state == PROCESS_ENDED) {
            bool ok = finish(campaign, &campaign->running[i], error);
            remove_running(campaign, i);
            if (!ok) {
                return false;
            }
        }
    }
    return true;
}

static size_t count_active(const struct campaign *campaign)
{
    size_t active = 0;
    for (size_t i = 0; i < campaign->running_count; i++) {
        active += campaign->running[i].process.state == PROCESS_ACTIVE ? 1 : 0;
    }
    return active;
}

/* Listens until no process is active and at most `parked_most` are parked. */
static bool listen_until(struct campaign *campaign, size_t parked_most, struct error *error)
{
    while (!interrupted && (count_active(campaign) > 0 || campaign->running_count > parked_most)) {
        if (!listen_once(campaign, error)) {
            return false;
        }
    }
    return true;
}

static uint32_t draw_padding(const struct campaign *campaign, uint64_t block, uint64_t position)
{
    struct random random;
    random_seed(&random, campaign->options->seed, SEQUENCE_OF_PADDING + (block << 24) + position);
    return (uint32_t)random_below(&random, 4096);
}

static bool start_cell(struct campaign *campaign,
                       const struct plan_cell *cell,
                       struct measurements_row *row,
                       struct error *error)
{
    const struct options *options = campaign->options;
    const struct stream *stream =
        streams_get(&campaign->streams, cell->source, cell->threads, error);
    if (stream == NULL) {
        return false;
    }
    row->events = count_of(stream->header->events);
    row->operations = count_of(stream->header->operations);
    uint32_t padding = draw_padding(campaign, row->block.value, row->position.value);
    row->env_padding_bytes = count_of(padding);
    const struct process_request request = {
        .worker = campaign->worker,
        .pass = cell->pass,
        .touch = options->touch,
        .thp = options->thp,
        .library = options->allocators.items[cell->allocator].library,
        .stream_fd = stream->fd,
        .env_padding_bytes = padding,
        .timeout_ns = options->timeout_s * UINT64_C(1000000000),
        .memory_limit_bytes = options->memory_limit_bytes,
    };
    struct running *running = &campaign->running[campaign->running_count];
    *running = (struct running){.row = *row, .cell = *cell};
    uint64_t now_ns = clock_monotonic_ns();
    if (!process_start(&running->process, &request, error)) {
        return false;
    }
    if (campaign->running_count++ == 0) {
        campaign->busy_since_ns = now_ns;
    }
    return true;
}

static bool run_cell(struct campaign *campaign,
                     const struct plan_cell *cell,
                     struct measurements_row *row,
                     struct error *error)
{
    const struct allocator *allocator = &campaign->options->allocators.items[cell->allocator];
    progress_cell(&campaign->progress, allocator->name, row->workload, row->pass);
    if (!allocator->found) {
        char detail[PATH_MAX + 64];
        (void)snprintf(detail, sizeof detail, "\"%s\" is not there", allocator->library);
        row->status = "missing_library";
        row->status_detail = detail;
        return write_row(campaign, row, error);
    }
    bool memory = strcmp(cell->pass, "memory") == 0;
    return listen_until(campaign, memory ? PARKED_MAX : 0, error) &&
           (interrupted || start_cell(campaign, cell, row, error)) &&
           listen_until(campaign, PARKED_MAX, error);
}

/* ---- Blocks ---- */

static bool run_block(struct campaign *campaign, uint64_t block, struct error *error)
{
    plan_shuffle(&campaign->plan, campaign->options->seed, block);
    progress_block(&campaign->progress, block);
    for (size_t i = 0; i < campaign->plan.groups; i++) {
        campaign->floor_ns_per_op[i] = NAN;
    }
    for (size_t i = 0; i < campaign->plan.count && !interrupted; i++) {
        const struct plan_cell *cell = &campaign->plan.cells[i];
        struct measurements_row row = identify(campaign, cell, block);
        const struct measurements_row *earlier = find_earlier(campaign, &row);
        row.position = count_of(i);
        if (earlier != NULL) {
            if (cell->floor) {
                campaign->floor_ns_per_op[cell->group] = earlier->ns_per_op;
            }
        } else if (!run_cell(campaign, cell, &row, error)) {
            return false;
        }
    }
    return listen_until(campaign, 0, error);
}

static bool run_blocks(struct campaign *campaign, struct error *error)
{
    uint64_t blocks = campaign->options->blocks + (campaign->options->warm_up ? 1 : 0);
    campaign->progress = (struct progress){
        .cells = campaign->plan.count * blocks - campaign->earlier.count,
        .blocks = blocks,
        .warm_up = campaign->options->warm_up,
    };
    progress_begin(&campaign->progress);
    bool ok = true;
    for (uint64_t block = 0; ok && block < blocks && !interrupted; block++) {
        ok = run_block(campaign, block, error);
    }
    progress_clear(&campaign->progress);
    campaign->outcome->wall_ns = clock_monotonic_ns() - campaign->progress.started_ns;
    return ok;
}

/* ---- Files ---- */

static bool create_files(struct campaign *campaign, struct error *error)
{
    char path[PATH_MAX];
    const char *folder = campaign->outcome->folder;
    return table_create(&campaign->environment,
                        run_path(path, folder, environment_layout.file),
                        &environment_layout,
                        error) &&
           environment_write_all(&campaign->environment, campaign->options, campaign->run, error) &&
           table_create(&campaign->timeline,
                        run_path(path, folder, timeline_layout.file),
                        &timeline_layout,
                        error) &&
           table_create(&campaign->measurements,
                        run_path(path, folder, measurements_layout.file),
                        &measurements_layout,
                        error);
}

static bool reopen(struct table_writer *writer,
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

/* Figures of two builds of one library must not meet in one run. */
static bool check_unchanged(struct campaign *campaign, struct error *error)
{
    for (size_t i = 0; i < campaign->earlier.count; i++) {
        const struct measurements_row *row = &campaign->earlier.rows[i];
        for (size_t a = 0; a < campaign->options->allocators.count; a++) {
            if (strcmp(campaign->options->allocators.items[a].name, row->allocator) == 0 &&
                strcmp(campaign->sha256[a], row->library_sha256) != 0) {
                return error_set(error,
                                 "cannot resume \"%s\": the library of %s has changed since; "
                                 "start a new run",
                                 campaign->outcome->folder,
                                 row->allocator);
            }
        }
    }
    return true;
}

static bool reopen_files(struct campaign *campaign, struct error *error)
{
    char path[PATH_MAX];
    const char *folder = campaign->outcome->folder;
    return measurements_read(
               run_path(path, folder, measurements_layout.file), &campaign->earlier, error) &&
           check_unchanged(campaign, error) &&
           reopen(&campaign->environment, folder, &environment_layout, error) &&
           reopen(&campaign->timeline, folder, &timeline_layout, error) &&
           reopen(&campaign->measurements, folder, &measurements_layout, error);
}

static bool open_files(struct campaign *campaign, struct error *error)
{
    const struct options *options = campaign->options;
    char *folder = campaign->outcome->folder;
    if (options->resume == NULL) {
        if (!folder_make(options->output, folder, error)) {
            return false;
        }
        campaign->run = folder_name(folder);
        return create_files(campaign, error);
    }
    if (realpath(options->resume, folder) == NULL) {
        return error_set(error, "cannot resume \"%s\": there is no such folder", options->resume);
    }
    campaign->run = folder_name(folder);
    return reopen_files(campaign, error);
}

static void hash_libraries(struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->options->allocators.count; i++) {
        char file[PATH_MAX];
        machine_allocator_file(campaign->options->allocators.items[i].library, file);
        environment_sha256(file, campaign->sha256[i]);
    }
}

static bool prepare(struct campaign *campaign, struct error *error)
{
    const struct options *options = campaign->options;
    if (!place_find("heaplab-worker", campaign->worker)) {
        return error_set(error, "\"%s\" is missing; run make", campaign->worker);
    }
    if (!plan_make(&campaign->plan, options, error) ||
        !streams_init(&campaign->streams, options, error)) {
        return false;
    }
    campaign->floor_ns_per_op = calloc(campaign->plan.groups, sizeof *campaign->floor_ns_per_op);
    campaign->sha256 = calloc(options->allocators.count, sizeof *campaign->sha256);
    if (campaign->floor_ns_per_op == NULL || campaign->sha256 == NULL) {
        return error_set(error, "cannot prepare the campaign: out of memory");
    }
    hash_libraries(campaign);
    return open_files(campaign, error);
}

static bool close_files(struct campaign *campaign, struct error *error)
{
    bool ok = table_close(&campaign->measurements, error);
    ok = table_close(&campaign->timeline, error) && ok;
    return table_close(&campaign->environment, error) && ok;
}

static bool write_accounts(struct campaign *campaign, struct error *error)
{
    char text[64];
    double wall_s = (double)campaign->outcome->wall_ns * 1e-9;
    double share = 1 - (double)campaign->outcome->worker_ns / (double)campaign->outcome->wall_ns;
    (void)snprintf(text, sizeof text, "%.1f", wall_s);
    bool ok = environment_write(&campaign->environment, "campaign_wall_s", text, error);
    (void)snprintf(text, sizeof text, "%.4f", share);
    return ok && environment_write(&campaign->environment, "bookkeeping_share", text, error);
}

bool campaign_run(const struct options *options,
                  struct campaign_outcome *outcome,
                  struct error *error)
{
    struct campaign *campaign = calloc(1, sizeof *campaign);
    *outcome = (struct campaign_outcome){0};
    if (campaign == NULL) {
        return error_set(error, "cannot prepare the campaign: out of memory");
    }
    campaign->options = options;
    campaign->outcome = outcome;
    catch_signals();
    bool ok = prepare(campaign, error) && run_blocks(campaign, error);
    while (campaign->running_count > 0) {
        remove_running(campaign, campaign->running_count - 1);
    }
    outcome->interrupted = interrupted != 0;
    if (ok && !outcome->interrupted) {
        ok = write_accounts(campaign, error);
    }
    struct error ignored;
    ok = close_files(campaign, ok ? error : &ignored) && ok;
    measurements_free(&campaign->earlier);
    streams_free(&campaign->streams);
    plan_free(&campaign->plan);
    free(campaign->floor_ns_per_op);
    free(campaign->sha256);
    free(campaign);
    return ok;
}

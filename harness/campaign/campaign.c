#include "harness/campaign/campaign.h"

#include "harness/campaign/counting.h"
#include "harness/campaign/crew.h"
#include "harness/campaign/figures.h"
#include "harness/campaign/ledger.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/progress.h"
#include "harness/campaign/streams.h"
#include "harness/clock.h"
#include "harness/places.h"
#include "workloads/random.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PADDING_BYTES_MOST  4096
#define SEQUENCE_OF_PADDING (UINT64_C(1) << 33) /* apart from those of generators and the plan */

struct campaign {
    const struct options *options;
    struct campaign_outcome *outcome;
    char worker[PATH_MAX];
    struct plan plan;
    struct streams streams;
    struct ledger ledger;
    struct crew crew;
    struct progress progress;
    struct counting counting; /* instructions pass */
    double *floor_ns_per_op; /* by group, of the current block */
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
    struct sigaction inherited;
    if (sigaction(SIGHUP, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN) {
        (void)sigaction(SIGHUP, &action, NULL); /* else under nohup */
    }
}

/* ---- Rows ---- */

/* What valgrind cannot run is told and no failure of the campaign. */
static bool is_failure(const struct measurements_row *row)
{
    return strcmp(row->status, "ok") != 0 && strcmp(row->status, "unsupported") != 0;
}

static void tell_failure(struct campaign *campaign, const struct measurements_row *row)
{
    if (is_failure(row)) {
        campaign->progress.failed++;
        campaign->outcome->failed++;
    }
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
    return table_write(&campaign->ledger.measurements, row, error);
}

static bool write_missing(struct campaign *campaign,
                          struct measurements_row *row,
                          const struct allocator *allocator,
                          struct error *error)
{
    char detail[PATH_MAX + 64];
    (void)snprintf(detail, sizeof detail, "\"%s\" is not there", allocator->library);
    row->status = "missing_library";
    row->status_detail = detail;
    bool ok = write_row(campaign, row, error);
    row->status_detail = "";
    return ok;
}

/* The figures of a cell that ended well. */
static void
fill_figures(struct campaign *campaign, struct worker *worker, const struct worker_result *result)
{
    struct measurements_row *row = &worker->row;
    row->setup_ns = count_of(result->setup_ns);
    if (strcmp(row->pass, "throughput") == 0) {
        double *floor = &campaign->floor_ns_per_op[worker->cell.group];
        figures_throughput(row, result, worker->cell.floor ? NAN : *floor);
        *floor = worker->cell.floor ? row->ns_per_op : *floor;
    } else if (strcmp(row->pass, "memory") == 0) {
        uint64_t bare =
            streams_bare_bytes(&campaign->streams, worker->cell.source, worker->cell.threads);
        figures_memory(row, result, bare);
    } else if (strcmp(row->pass, "instructions") == 0) {
        counting_fill(&campaign->counting, &worker->process, row);
    }
}

/* Writes the row of a process that has ended, and what else it told. */
static bool finish(void *context, struct worker *worker, struct error *error)
{
    struct campaign *campaign = context;
    char detail[WORKER_DETAIL_BYTES];
    struct measurements_row *row = &worker->row;
    const struct worker_result *result = process_result(&worker->process);
    row->status = process_status(&worker->process, detail);
    row->status_detail = detail;
    row->started_unix_ns = count_of(worker->process.started_unix_ns);
    row->process_ns = count_of(worker->process.ended_ns - worker->process.started_ns);
    bool ok = result != NULL && strcmp(row->status, "ok") == 0;
    if (result != NULL) {
        row->library = result->library;
    }
    if (ok) {
        fill_figures(campaign, worker, result);
    }
    bool first_counted = row->block.value == (campaign->options->warm_up ? 1 : 0);
    bool sampled = ok && first_counted && result->samples > 0;
    return (!sampled || ledger_write_timeline(&campaign->ledger, row, result, error)) &&
           write_row(campaign, row, error);
}

/* ---- Cells ---- */

static uint32_t draw_padding(const struct campaign *campaign, const struct measurements_row *row)
{
    struct random random;
    uint64_t place = (row->block.value << 24) + row->position.value;
    random_seed(&random, campaign->options->seed, SEQUENCE_OF_PADDING + place);
    return (uint32_t)random_below(&random, PADDING_BYTES_MOST);
}

static bool start_cell(struct campaign *campaign, struct worker *worker, struct error *error)
{
    const struct options *options = campaign->options;
    const struct plan_cell *cell = &worker->cell;
    struct measurements_row *row = &worker->row;
    const struct stream *stream =
        streams_get(&campaign->streams, cell->source, cell->threads, error);
    if (stream == NULL ||
        (strcmp(cell->pass, "memory") == 0 &&
         !streams_measure_bare(&campaign->streams, cell->source, cell->threads, error))) {
        return false;
    }
    row->events = count_of(stream->header->events);
    row->operations = count_of(stream->header->operations);
    struct process_request request = {
        .worker = campaign->worker,
        .pass = cell->pass,
        .touch = options->touch,
        .thp = options->thp,
        .library = options->allocators.items[cell->allocator].library,
        .tunables = options->allocators.items[cell->allocator].tunables,
        .stream_fd = stream->fd,
        .env_padding_bytes = draw_padding(campaign, row),
        .timeout_ns = options->timeout_s * UINT64_C(1000000000),
        .memory_limit_bytes = options->memory_limit_bytes,
    };
    if (strcmp(cell->pass, "instructions") == 0) {
        counting_ask(&campaign->counting, &request);
    }
    row->env_padding_bytes = count_of(request.env_padding_bytes);
    return crew_start(&campaign->crew, worker, &request, error);
}

/* Only a memory cell may start beside parked ones: nothing that is timed has company. */
static bool run_cell(struct campaign *campaign, struct worker *worker, struct error *error)
{
    const struct plan_cell *cell = &worker->cell;
    const struct allocator *allocator = &campaign->options->allocators.items[cell->allocator];
    bool memory = strcmp(cell->pass, "memory") == 0;
    progress_cell(&campaign->progress, allocator->name, worker->row.workload, cell->pass);
    if (!allocator->found) {
        return write_missing(campaign, &worker->row, allocator, error);
    }
    return crew_listen(&campaign->crew, memory ? CREW_PARKED_MAX : 0, error) &&
           (interrupted != 0 || start_cell(campaign, worker, error)) &&
           crew_listen(&campaign->crew, CREW_PARKED_MAX, error);
}

/* ---- Blocks ---- */

/* The warm-up block holds timed cells alone: a process that counts memory has nothing to warm. */
static bool
is_in_block(const struct campaign *campaign, const struct plan_cell *cell, uint64_t block)
{
    return !campaign->options->warm_up || block > 0 || strcmp(cell->pass, "throughput") == 0;
}

static size_t count_cells(const struct campaign *campaign, uint64_t blocks)
{
    size_t cells = 0;
    for (uint64_t block = 0; block < blocks; block++) {
        for (size_t i = 0; i < campaign->plan.count; i++) {
            cells += is_in_block(campaign, &campaign->plan.cells[i], block) ? 1 : 0;
        }
    }
    return cells;
}

static bool run_block(struct campaign *campaign, uint64_t block, struct error *error)
{
    plan_shuffle(&campaign->plan, campaign->options->seed, block);
    progress_block(&campaign->progress, block);
    for (size_t i = 0; i < campaign->plan.groups; i++) {
        campaign->floor_ns_per_op[i] = NAN;
    }
    for (size_t i = 0; i < campaign->plan.count && interrupted == 0; i++) {
        struct worker worker = {.cell = campaign->plan.cells[i]};
        if (!is_in_block(campaign, &worker.cell, block)) {
            continue;
        }
        worker.row = ledger_identify(&campaign->ledger, &worker.cell, block);
        worker.row.position = count_of(i);
        const struct measurements_row *earlier =
            ledger_find_earlier(&campaign->ledger, &worker.row);
        if (earlier != NULL) {
            double *floor = &campaign->floor_ns_per_op[worker.cell.group];
            *floor = worker.cell.floor ? earlier->ns_per_op : *floor;
            campaign->outcome->failed += is_failure(earlier) ? 1 : 0;
        } else if (!run_cell(campaign, &worker, error)) {
            return false;
        }
    }
    return crew_listen(&campaign->crew, 0, error);
}

static bool run_blocks(struct campaign *campaign, struct error *error)
{
    uint64_t blocks = campaign->options->blocks + (campaign->options->warm_up ? 1 : 0);
    campaign->progress = (struct progress){
        .cells = count_cells(campaign, blocks) - campaign->ledger.earlier.count,
        .blocks = blocks,
        .warm_up = campaign->options->warm_up,
    };
    progress_begin(&campaign->progress);
    bool ok = true;
    for (uint64_t block = 0; ok && block < blocks && interrupted == 0; block++) {
        ok = run_block(campaign, block, error);
    }
    progress_clear(&campaign->progress);
    campaign->outcome->wall_ns = clock_monotonic_ns() - campaign->progress.started_ns;
    return ok;
}

/* A recorded workload runs with the threads it has. */
static bool set_recorded_threads(struct campaign *campaign, struct error *error)
{
    for (size_t i = 0; i < campaign->plan.count; i++) {
        struct plan_cell *cell = &campaign->plan.cells[i];
        if (source_is_threaded(&campaign->options->sources[cell->source])) {
            continue;
        }
        const struct stream *stream = streams_get(&campaign->streams, cell->source, 1, error);
        if (stream == NULL) {
            return false;
        }
        cell->threads = stream->header->threads;
    }
    return true;
}

static bool prepare(struct campaign *campaign, struct error *error)
{
    if (!place_find("heaplab-worker", campaign->worker)) {
        return error_set(error, "\"%s\" is missing; run make", campaign->worker);
    }
    if (!plan_make(&campaign->plan, campaign->options, error) ||
        !streams_init(&campaign->streams, campaign->options, campaign->worker, error) ||
        !set_recorded_threads(campaign, error)) {
        return false;
    }
    campaign->floor_ns_per_op = calloc(campaign->plan.groups, sizeof *campaign->floor_ns_per_op);
    if (campaign->floor_ns_per_op == NULL) {
        return error_set(error, "cannot prepare the campaign: out of memory");
    }
    if (campaign->options->pass_instructions &&
        !counting_choose(&campaign->counting, campaign->worker, error)) {
        return false;
    }
    campaign->crew.finish = finish;
    campaign->crew.context = campaign;
    campaign->crew.interrupted = &interrupted;
    bool ok = ledger_open(&campaign->ledger, campaign->options, error);
    (void)snprintf(campaign->outcome->folder, PATH_MAX, "%s", campaign->ledger.folder);
    return ok;
}

static bool run_prepared(struct campaign *campaign, struct error *error)
{
    bool ok = run_blocks(campaign, error);
    crew_dismiss(&campaign->crew);
    campaign->outcome->worker_ns = campaign->crew.busy_ns;
    campaign->outcome->interrupted = interrupted != 0;
    return ok &&
           (campaign->outcome->interrupted || ledger_write_accounts(&campaign->ledger,
                                                                    campaign->outcome->wall_ns,
                                                                    campaign->outcome->worker_ns,
                                                                    error));
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
    bool ok = prepare(campaign, error) && run_prepared(campaign, error);
    struct error ignored;
    ok = ledger_close(&campaign->ledger, ok ? error : &ignored) && ok;
    streams_free(&campaign->streams);
    plan_free(&campaign->plan);
    free(campaign->floor_ns_per_op);
    free(campaign);
    return ok;
}

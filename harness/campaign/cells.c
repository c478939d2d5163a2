#include "harness/campaign/campaign_parts.h"
#include "harness/campaign/figures.h"
#include "harness/campaign/latencies.h"
#include "workloads/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PADDING_BYTES_MOST  4096
#define SEQUENCE_OF_PADDING (UINT64_C(1) << 33) /* apart from those of generators and the plan */

bool cell_is_timed(const char *pass)
{
    return strcmp(pass, "throughput") == 0 || strcmp(pass, "latency") == 0;
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
        campaign->timeouts += strcmp(row->status, "timeout") == 0 ? 1 : 0;
    }
    if (!failures_is_new(&campaign->failures, row)) {
        return;
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
    noise_tally_add(&campaign->tally, row);
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
        double *floor = &campaign->groups[worker->cell.group].floor_ns_per_op;
        figures_throughput(row, result, worker->cell.floor ? NAN : *floor);
        *floor = worker->cell.floor ? row->ns_per_op : *floor;
    } else if (strcmp(row->pass, "memory") == 0) {
        uint64_t bare =
            streams_bare_bytes(&campaign->streams, worker->cell.source, worker->cell.threads);
        figures_memory(row, result, bare);
    } else if (strcmp(row->pass, "instructions") == 0) {
        counting_fill(&campaign->counting, &worker->process, row);
    } else if (strcmp(row->pass, "latency") == 0) {
        latencies_fill(&worker->process, row);
    }
}

/* What the kernel has counted up to now. */
static void read_noise(const struct campaign *campaign, struct noise_moment *moment)
{
    pid_t alive[CREW_PARKED_MAX + 1];
    for (size_t i = 0; i < campaign->crew.count; i++) {
        alive[i] = campaign->crew.worker[i].process.pid;
    }
    noise_meter_read(&campaign->meter, alive, campaign->crew.count, moment);
}

/* Fills the columns on what went on around the process; the flags are those of its figures, then
 * those of the noise. */
static void
fill_noise(struct campaign *campaign, struct worker *worker, char *flags, size_t flags_bytes)
{
    struct noise_moment now;
    char noise[NOISE_FLAGS_BYTES];
    struct measurements_row *row = &worker->row;
    read_noise(campaign, &now);
    bool throttled = noise_meter_fill(&campaign->meter, &worker->began, &now, row);
    noise_flags(row, campaign->meter.processors, throttled, noise);
    bool both = row->flags[0] != '\0' && noise[0] != '\0';
    (void)snprintf(flags, flags_bytes, "%s%s%s", row->flags, both ? " " : "", noise);
    row->flags = flags;
}

bool cell_finish(void *context, struct worker *worker, struct error *error)
{
    struct campaign *campaign = context;
    char detail[WORKER_DETAIL_BYTES];
    char flags[2 * NOISE_FLAGS_BYTES];
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
    fill_noise(campaign, worker, flags, sizeof flags);
    bool first_counted = row->block.value == campaign->plan.first_counted;
    bool sampled = ok && first_counted && result->samples > 0;
    bool timed = ok && row->latency_samples.known && row->warm_up.value == 0;
    return (!timed || ledger_write_latency(&campaign->ledger, row, &worker->process, error)) &&
           (!sampled || ledger_write_timeline(&campaign->ledger, row, result, error)) &&
           write_row(campaign, row, error);
}

/* ---- Cells ---- */

/* A repeated block has its order, and a padding of its own. */
static uint32_t draw_padding(const struct campaign *campaign, const struct measurements_row *row)
{
    struct random random;
    uint64_t place = (row->attempt.value << 48) + (row->block.value << 24) + row->position.value;
    random_seed(&random, campaign->options->seed, SEQUENCE_OF_PADDING + place);
    return (uint32_t)random_below(&random, PADDING_BYTES_MOST);
}

static bool start_cell(struct campaign *campaign, struct worker *worker, struct error *error)
{
    const struct options *options = campaign->options;
    const struct plan_cell *cell = &worker->cell;
    struct measurements_row *row = &worker->row;
    char word[LATENCIES_WORD_BYTES];
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
    if (strcmp(cell->pass, "latency") == 0) {
        latencies_word(word, options->seed + row->block.value);
        request.pass = word;
    }
    row->env_padding_bytes = count_of(request.env_padding_bytes);
    read_noise(campaign, &worker->began);
    return crew_start(&campaign->crew, worker, &request, error);
}

static bool run_missing(struct campaign *campaign, struct worker *worker, struct error *error)
{
    const struct plan_cell *cell = &worker->cell;
    const struct allocator *allocator = &campaign->options->allocators.items[cell->allocator];
    bool memory = strcmp(cell->pass, "memory") == 0;
    progress_cell(&campaign->progress, allocator->name, worker->row.workload, cell->pass);
    if (!allocator->found) {
        return write_missing(campaign, &worker->row, allocator, error);
    }
    /* Only a memory cell may start beside parked ones: nothing that is timed has company. */
    return crew_listen(&campaign->crew, memory ? CREW_PARKED_MAX : 0, error) &&
           (*campaign->crew.interrupted != 0 || start_cell(campaign, worker, error)) &&
           crew_listen(&campaign->crew, CREW_PARKED_MAX, error);
}

bool cell_run(struct campaign *campaign, const struct cell_turn *turn, struct error *error)
{
    struct worker worker = {.cell = *turn->cell};
    worker.row = ledger_identify(&campaign->ledger, turn->cell, turn->block);
    worker.row.attempt = count_of(turn->attempt);
    worker.row.position = count_of(turn->position);
    const struct measurements_row *earlier = ledger_find_earlier(&campaign->ledger, &worker.row);
    if (earlier == NULL) {
        return run_missing(campaign, &worker, error);
    }
    double *floor = &campaign->groups[worker.cell.group].floor_ns_per_op;
    *floor = worker.cell.floor ? earlier->ns_per_op : *floor;
    campaign->outcome->failed += is_failure(earlier) ? 1 : 0;
    campaign->timeouts += strcmp(earlier->status, "timeout") == 0 ? 1 : 0;
    noise_tally_add(&campaign->tally, earlier);
    return true;
}

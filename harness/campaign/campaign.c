#include "harness/campaign/campaign.h"

#include "harness/campaign/campaign_parts.h"
#include "harness/interrupts.h"
#include "harness/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    campaign->groups = calloc(campaign->plan.groups, sizeof *campaign->groups);
    if (campaign->groups == NULL) {
        return error_set(error, "cannot prepare the campaign: out of memory");
    }
    if (campaign->options->pass_instructions &&
        !counting_choose(&campaign->counting, campaign->worker, error)) {
        return false;
    }
    noise_meter_begin(&campaign->meter, "");
    campaign->crew.finish = cell_finish;
    campaign->crew.context = campaign;
    campaign->crew.interrupted = &interrupts_seen;
    bool ok = ledger_open(&campaign->ledger, campaign->options, error);
    (void)snprintf(campaign->outcome->folder, PATH_MAX, "%s", campaign->ledger.folder);
    return ok;
}

static bool run_prepared(struct campaign *campaign, struct error *error)
{
    bool ok = blocks_run(campaign, error);
    crew_dismiss(&campaign->crew);
    campaign->outcome->worker_ns = campaign->crew.busy_ns;
    campaign->outcome->interrupted = interrupts_seen != 0;
    return ok && (campaign->outcome->interrupted ||
                  ledger_write_accounts(&campaign->ledger, campaign->outcome, error));
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
    interrupts_catch();
    bool ok = prepare(campaign, error) && run_prepared(campaign, error);
    struct error ignored;
    ok = ledger_close(&campaign->ledger, ok ? error : &ignored) && ok;
    streams_free(&campaign->streams);
    plan_free(&campaign->plan);
    free(campaign->groups);
    free(campaign);
    return ok;
}

#include "harness/campaign/campaign_parts.h"
#include "harness/campaign/precision.h"
#include "harness/clock.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_interrupted(const struct campaign *campaign)
{
    return *campaign->crew.interrupted != 0;
}

static uint64_t elapsed_ns(const struct campaign *campaign)
{
    return clock_monotonic_ns() - campaign->progress.started_ns;
}

/* The warm-up block holds timed cells alone: a process that counts memory has nothing to warm. */
static bool
is_in_block(const struct campaign *campaign, const struct plan_cell *cell, uint64_t block)
{
    return block >= campaign->plan.first_counted || cell_is_timed(cell->pass);
}

/* ---- Attempts ---- */

/* A stretch of the plan's cells, in one block: those of a pass, or of a group. */
struct stretch {
    size_t first, end;
    uint64_t block;
};

static struct group_state *state_of(const struct campaign *campaign, const struct stretch *group)
{
    return &campaign->groups[campaign->plan.cells[group->first].group];
}

/* Sets `group` to the next group of a pass; false behind the last. Begins with an empty one. */
static bool
next_group(const struct campaign *campaign, const struct stretch *pass, struct stretch *group)
{
    group->block = pass->block;
    group->first = group->end;
    if (group->first >= pass->end) {
        return false;
    }
    group->end = plan_group_end(&campaign->plan, group->first);
    return true;
}

static struct stretch before_groups(const struct stretch *pass)
{
    return (struct stretch){pass->first, pass->first, pass->block};
}

/* Runs every cell of a group once. */
static bool run_group(struct campaign *campaign, const struct stretch *group, struct error *error)
{
    struct group_state *state = state_of(campaign, group);
    uint64_t began_ns = elapsed_ns(campaign);
    state->floor_ns_per_op = NAN;
    noise_tally_begin(&campaign->tally, campaign->meter.processors);
    for (size_t i = group->first; i < group->end && !is_interrupted(campaign); i++) {
        const struct cell_turn turn = {&campaign->plan.cells[i], group->block, state->attempt, i};
        if (is_in_block(campaign, turn.cell, group->block) && !cell_run(campaign, &turn, error)) {
            return false;
        }
    }
    state->taken_ns = elapsed_ns(campaign) - began_ns;
    return true;
}

/* Whether the last attempt of a group counts for nothing; the first block and those of a run that
 * has ended are as they are. */
static bool is_void(struct campaign *campaign, const struct stretch *group)
{
    bool judged = cell_is_timed(campaign->plan.cells[group->first].pass) &&
                  group->block >= campaign->plan.first_counted && !campaign->options->keep_noisy &&
                  !campaign->ledger.stopped_after.known;
    return judged && !is_interrupted(campaign) &&
           noise_tally_voids(&campaign->tally, state_of(campaign, group)->reason);
}

/* Whether a disturbed group may be repeated: it has not been too often, and there is time. */
static bool may_repeat(const struct campaign *campaign, const struct group_state *state)
{
    uint64_t most = noise_voids_most(campaign->options->blocks, plan_timed_groups(&campaign->plan));
    return state->attempt + 1 < NOISE_ATTEMPTS_MOST && campaign->outcome->voided < most &&
           pace_has_time(&campaign->pace, elapsed_ns(campaign), state->taken_ns);
}

/* What one round over a pass found. */
struct round {
    size_t tried;
    size_t disturbed;
    size_t again;
    struct stretch first; /* disturbed group */
};

static void tell_disturbed(struct campaign *campaign, const struct round *round)
{
    const struct plan_cell *cell = &campaign->plan.cells[round->first.first];
    if (round->disturbed == 0) {
        return;
    }
    progress_clear(&campaign->progress);
    (void)fprintf(stderr,
                  "heaplab: block %" PRIu64
                  " (%s): %zu of %zu workloads disturbed, such as %s with "
                  "%" PRIu32 " thread%s: %s; %zu run again, %zu count\n",
                  round->first.block + 1 - campaign->plan.first_counted,
                  cell->pass,
                  round->disturbed,
                  round->tried,
                  campaign->options->sources[cell->source].name,
                  cell->threads,
                  cell->threads == 1 ? "" : "s",
                  state_of(campaign, &round->first)->reason,
                  round->again,
                  round->disturbed - round->again);
}

/* Runs a group and decides whether it is due again: at the end of the pass, when a disturbance may
 * have passed. A timeout of a void attempt fails nobody; what crashed has crashed. */
static bool try_group(struct campaign *campaign,
                      const struct stretch *group,
                      struct round *round,
                      struct error *error)
{
    struct group_state *state = state_of(campaign, group);
    size_t timeouts = campaign->timeouts;
    if (!run_group(campaign, group, error)) {
        return false;
    }
    bool disturbed = is_void(campaign, group);
    state->due = disturbed && may_repeat(campaign, state);
    round->tried++;
    if (disturbed) {
        round->first = round->disturbed++ == 0 ? *group : round->first;
        campaign->outcome->disturbed += state->due ? 0 : 1;
    }
    if (state->due) {
        state->attempt++;
        campaign->outcome->voided++;
        campaign->outcome->failed -= campaign->timeouts - timeouts;
        campaign->progress.cells += group->end - group->first;
    }
    return true;
}

/* Where the groups of a pass stand in a block: at their first attempt, or where a resumed run was. */
static void begin_groups(struct campaign *campaign, const struct stretch *pass)
{
    struct stretch group = before_groups(pass);
    while (next_group(campaign, pass, &group)) {
        size_t crashed;
        const struct plan_cell *cell = &campaign->plan.cells[group.first];
        const struct measurements_row row = ledger_identify(&campaign->ledger, cell, group.block);
        struct group_state *state = state_of(campaign, &group);
        *state = (struct group_state){.floor_ns_per_op = NAN, .due = true};
        state->attempt = ledger_last_attempt(&campaign->ledger, &row, &crashed);
        campaign->outcome->voided += state->attempt;
        campaign->outcome->failed += crashed;
    }
}

/* Runs what is due of a pass, once. */
static bool run_round(struct campaign *campaign,
                      const struct stretch *pass,
                      struct round *round,
                      struct error *error)
{
    struct stretch group = before_groups(pass);
    *round = (struct round){0};
    while (next_group(campaign, pass, &group) && !is_interrupted(campaign)) {
        struct group_state *state = state_of(campaign, &group);
        if (state->due && !try_group(campaign, &group, round, error)) {
            return false;
        }
        round->again += state->due ? 1 : 0;
    }
    return crew_listen(&campaign->crew, 0, error);
}

/* Runs a pass of a block, and then what was disturbed of it and may be repeated. `taken_ns` receives
 * the time without the repetitions. */
static bool run_pass(struct campaign *campaign,
                     const struct stretch *pass,
                     uint64_t *taken_ns,
                     struct error *error)
{
    uint64_t began_ns = elapsed_ns(campaign);
    struct round round = {.again = 1};
    *taken_ns = 0;
    begin_groups(campaign, pass);
    while (round.again > 0 && !is_interrupted(campaign)) {
        if (!run_round(campaign, pass, &round, error)) {
            return false;
        }
        tell_disturbed(campaign, &round);
        *taken_ns = *taken_ns > 0 ? *taken_ns : elapsed_ns(campaign) - began_ns;
    }
    return true;
}

static bool
run_block(struct campaign *campaign, uint64_t block, uint64_t *block_ns, struct error *error)
{
    *block_ns = 0;
    plan_shuffle(&campaign->plan, campaign->options->seed, block);
    progress_block(&campaign->progress, block);
    for (size_t first = 0; first < campaign->plan.count && !is_interrupted(campaign);) {
        uint64_t taken_ns = 0;
        const struct stretch pass = {first, plan_pass_end(&campaign->plan, first), block};
        if (!run_pass(campaign, &pass, &taken_ns, error)) {
            return false;
        }
        *block_ns += taken_ns;
        first = pass.end;
    }
    return true;
}

/* ---- When it is enough ---- */

/* A run that has stopped is read again, not gone on with. */
static void set_pace(struct campaign *campaign)
{
    const struct options *options = campaign->options;
    campaign->pace = (struct pace){options->blocks, options->budget_ns, 0};
    if (campaign->ledger.stopped_after.known) {
        campaign->pace = (struct pace){campaign->ledger.stopped_after.value, 0, 0};
    }
}

/* Whether the intervals are narrow, and the blocks enough for a verdict. */
static bool
is_narrow(struct campaign *campaign, uint64_t counted, bool *narrow, struct error *error)
{
    char path[PATH_MAX];
    const struct options *options = campaign->options;
    size_t needed = verdict_blocks_needed(plan_comparisons(&campaign->plan), VERDICT_ALPHA);
    *narrow = false;
    if (options->precision <= 0 || campaign->ledger.stopped_after.known || counted < needed) {
        return true;
    }
    const struct precision_request request = {
        .measurements = run_path(path, campaign->ledger.folder, measurements_layout.file),
        .baseline = options->baseline,
        .precision = options->precision,
        .last_block = counted - 1 + campaign->plan.first_counted,
        .counted = counted,
    };
    return precision_look(&request, narrow, error);
}

/* Rows that a resumed run has from a block on. */
static size_t count_earlier(const struct campaign *campaign, uint64_t block)
{
    size_t rows = 0;
    for (size_t i = 0; i < campaign->ledger.earlier.count; i++) {
        rows += campaign->ledger.earlier.rows[i].block.value >= block ? 1 : 0;
    }
    return rows;
}

/* How many blocks and cells there are to come, as far as one can see now. */
static void expect(struct campaign *campaign, uint64_t block)
{
    uint64_t first_counted = campaign->plan.first_counted;
    uint64_t counted = block > first_counted ? block - first_counted : 0;
    uint64_t blocks = pace_expect(&campaign->pace, counted, elapsed_ns(campaign)) + first_counted;
    size_t cells = 0;
    for (uint64_t i = block; i < blocks; i++) {
        for (size_t j = 0; j < campaign->plan.count; j++) {
            cells += is_in_block(campaign, &campaign->plan.cells[j], i) ? 1 : 0;
        }
    }
    size_t earlier = count_earlier(campaign, block);
    campaign->progress.blocks = blocks > block ? blocks : block + 1;
    campaign->progress.cells = campaign->progress.done + (cells > earlier ? cells - earlier : 0);
}

/* After a counted block: whether it was the last. */
static bool
judge_stop(struct campaign *campaign, uint64_t counted, enum stop *stop, struct error *error)
{
    bool narrow;
    if (!is_narrow(campaign, counted, &narrow, error)) {
        return false;
    }
    *stop = pace_stop(&campaign->pace, counted, elapsed_ns(campaign), narrow);
    return true;
}

static bool run_until_stop(struct campaign *campaign, struct error *error)
{
    enum stop stop = STOP_NOT;
    uint64_t counted = 0;
    bool ok = true;
    for (uint64_t block = 0; ok && stop == STOP_NOT && !is_interrupted(campaign); block++) {
        uint64_t block_ns;
        expect(campaign, block);
        ok = run_block(campaign, block, &block_ns, error);
        if (ok && block >= campaign->plan.first_counted && !is_interrupted(campaign)) {
            pace_note(&campaign->pace, block_ns);
            ok = judge_stop(campaign, ++counted, &stop, error);
        }
    }
    campaign->outcome->stopped_by = pace_word(stop);
    campaign->outcome->blocks = counted;
    campaign->outcome->block_ns = campaign->pace.slowest_ns;
    return ok;
}

bool blocks_run(struct campaign *campaign, struct error *error)
{
    const struct options *options = campaign->options;
    set_pace(campaign);
    campaign->progress = (struct progress){
        .warm_up = options->warm_up,
        .at_most = options->precision > 0 || options->budget_ns > 0,
        .budget_ns = campaign->pace.budget_ns,
    };
    if (!campaign->ledger.stopped_after.known) {
        tell_before(campaign);
    }
    progress_begin(&campaign->progress);
    bool ok = run_until_stop(campaign, error);
    progress_clear(&campaign->progress);
    if (ok) {
        tell_after(campaign);
    }
    campaign->outcome->wall_ns = elapsed_ns(campaign);
    campaign->outcome->comparisons = plan_comparisons(&campaign->plan);
    return ok;
}

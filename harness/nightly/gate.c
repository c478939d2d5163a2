#include "harness/nightly/gate.h"

#include "harness/nightly/findings.h"
#include "harness/report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Worse by its verdict; or unresolved, but surely above 1 and most likely above 1 + delta: to suspect
 * costs little, as the second campaign decides by itself. */
static bool is_suspect(const struct verdicts_row *row)
{
    enum verdict verdict = judged_verdict(row->verdict);
    return verdict == VERDICT_GREATER ||
           (verdict == VERDICT_UNRESOLVED && row->ratio_low > 1 && row->ratio > 1 + row->delta);
}

/* What keeps the night from being fine as it is. */
static enum outcome first_outcome(const struct verdicts_row *row)
{
    if (!judged_find(row->figure)->primary) {
        return OUTCOME_NONE;
    }
    if (is_suspect(row)) {
        return OUTCOME_OPEN;
    }
    bool may_be_worse = findings_may_be_worse(judged_verdict(row->verdict), row->ratio_high);
    return may_be_worse ? OUTCOME_UNDECIDED : OUTCOME_NONE;
}

/* Whether the row was compared: it has a ratio, or a verdict alone, as against a 0. */
static bool is_compared(const struct summary_row *row)
{
    return isfinite(row->ratio) || judged_verdict(row->verdict) != VERDICT_NONE;
}

/* Comparisons of contestants, and of the baseline's second cell, in one cell. */
static bool is_taken(const struct summary_row *row)
{
    return strcmp(row->workload, SUMMARY_GEOMEAN) != 0 && is_compared(row) &&
           judged_find(row->figure) != NULL &&
           (strcmp(row->allocator, ALLOCATOR_AGAIN) == 0 ||
            allocator_is_contestant(row->allocator, row->baseline));
}

static struct verdicts_row row_of(const struct summary_row *row, uint64_t started_unix_ns)
{
    struct verdicts_row verdict;
    table_clear_row(&verdicts_layout, &verdict);
    verdict.schema = count_of(TABLE_SCHEMA);
    verdict.run = row->run;
    verdict.started_unix_ns = count_of(started_unix_ns);
    verdict.allocator = row->allocator;
    verdict.workload = row->workload;
    verdict.parameters = row->parameters;
    verdict.threads = row->threads;
    verdict.figure = row->figure;
    verdict.blocks = row->blocks;
    verdict.ratio = row->ratio;
    verdict.ratio_low = row->ratio_low;
    verdict.ratio_high = row->ratio_high;
    verdict.p_adjusted = row->p_adjusted;
    verdict.delta = row->delta;
    verdict.verdict = row->verdict;
    return verdict;
}

static bool is_known(const struct verdicts_row *row,
                     const struct acknowledgements *acknowledgements,
                     const char *day)
{
    char name[CELL_BYTES];
    const struct cell cell = {
        row->allocator, row->workload, row->parameters, row->threads.value, row->figure};
    return acknowledgements_find(acknowledgements, cell_name(name, &cell), day) != NULL;
}

bool gate_is_pending(const struct verdicts_row *row)
{
    enum outcome outcome = outcome_of(row->outcome);
    /* Blocks too few for an interval are no ground to measure many more. */
    return outcome == OUTCOME_OPEN || (outcome == OUTCOME_UNDECIDED && !isnan(row->ratio_high));
}

bool gate_fill(struct gate *gate,
               const struct summary_table *summary,
               const struct acknowledgements *acknowledgements,
               const char *day,
               uint64_t started_unix_ns)
{
    *gate = (struct gate){.rows = calloc(summary->count + 1, sizeof *gate->rows)};
    for (size_t i = 0; gate->rows != NULL && i < summary->count; i++) {
        if (!is_taken(&summary->rows[i])) {
            continue;
        }
        struct verdicts_row *row = &gate->rows[gate->count++];
        *row = row_of(&summary->rows[i], started_unix_ns);
        enum outcome outcome = first_outcome(row);
        bool known = outcome != OUTCOME_NONE && is_known(row, acknowledgements, day);
        row->outcome = outcome_word(known ? OUTCOME_ACKNOWLEDGED : outcome);
        gate->pending += gate_is_pending(row);
    }
    return gate->rows != NULL;
}

void gate_free(struct gate *gate)
{
    free(gate->rows);
    *gate = (struct gate){0};
}

static bool same_cell(const struct verdicts_row *row, const struct summary_row *fresh)
{
    return row->threads.value == fresh->threads.value &&
           strcmp(row->allocator, fresh->allocator) == 0 &&
           strcmp(row->workload, fresh->workload) == 0 &&
           strcmp(row->parameters, fresh->parameters) == 0 &&
           strcmp(row->figure, fresh->figure) == 0;
}

static void decide(struct verdicts_row *row, const struct summary_row *fresh)
{
    bool worse = judged_verdict(fresh->verdict) == VERDICT_GREATER;
    bool suspect = outcome_of(row->outcome) == OUTCOME_OPEN;
    row->fresh_blocks = fresh->blocks;
    row->fresh_ratio = fresh->ratio;
    row->fresh_low = fresh->ratio_low;
    row->fresh_high = fresh->ratio_high;
    row->fresh_verdict = fresh->verdict;
    row->outcome = outcome_word(worse     ? OUTCOME_CONFIRMED
                                : suspect ? OUTCOME_UNCONFIRMED
                                          : OUTCOME_REPEATED);
}

/* The row of the cell among the fresh ones, NULL when it was not compared again. */
static const struct summary_row *find_fresh(const struct summary_table *again,
                                            const struct verdicts_row *row)
{
    for (size_t i = 0; i < again->count; i++) {
        if (same_cell(row, &again->rows[i]) && is_compared(&again->rows[i])) {
            return &again->rows[i];
        }
    }
    return NULL;
}

void gate_decide(struct gate *gate, const struct summary_table *again)
{
    for (size_t i = 0; i < gate->count; i++) {
        struct verdicts_row *row = &gate->rows[i];
        const struct summary_row *fresh = gate_is_pending(row) ? find_fresh(again, row) : NULL;
        if (fresh != NULL) {
            decide(row, fresh);
        }
    }
}

/* What the gate promises, held against simulated nights whose truth is known: it stops a regression the
 * same night, and is quiet on nights without one. The figures printed are those of the README in
 * harness/nightly. */
#include "harness/nightly/findings.h"
#include "harness/nightly/gate.h"
#include "harness/report/judged.h"
#include "harness/report/summary.h"
#include "harness/statistics/verdict.h"
#include "tests/unit/run_fixture.h"
#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define CELLS     24
#define SLOWED    7                    /* the cell that a regression is in */
#define OWN_NOISE 0.014142135623730951 /* of a cell: that of a ratio is 2 % */

static const char *const names[CELLS] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                         "i", "j", "k", "l", "m", "n", "o", "p",
                                         "q", "r", "s", "t", "u", "v", "w", "x"};
static const char *const cell_names = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x";

struct truth {
    enum synthetic_noise noise;
    double regression; /* of the slowed cell, as a share: 0 on a quiet night */
};

struct ends {
    size_t run_again; /* nights with a second campaign */
    size_t false_stop;
    size_t stopped;   /* with the slowed cell confirmed */
    size_t undecided; /* neither stopped nor sure that nothing is worse */
};

/* A night as it is being simulated. */
struct simulation {
    struct random random;
    const struct truth *truth;
};

static void add(struct simulation *simulation,
                struct run_fixture *run,
                const char *allocator,
                size_t cell,
                uint64_t block)
{
    const struct truth *truth = simulation->truth;
    bool slow = cell == SLOWED && strcmp(allocator, "bin") == 0;
    double noise = synthetic_noise(&simulation->random, truth->noise, OWN_NOISE);
    run_fixture_add(run, "throughput", names[cell], allocator, block)->ns_per_op =
        7 * (1 + (slow ? truth->regression : 0)) * exp(noise);
}

static bool is_pending(const struct gate *gate, const char *workload)
{
    for (size_t i = 0; i < gate->count; i++) {
        const struct verdicts_row *row = &gate->rows[i];
        if (gate_is_pending(row) && strcmp(row->workload, workload) == 0) {
            return true;
        }
    }
    return false;
}

static void add_block(struct simulation *simulation,
                      struct run_fixture *run,
                      const struct gate *gate,
                      uint64_t block)
{
    for (size_t cell = 0; cell < CELLS; cell++) {
        if (gate == NULL || is_pending(gate, names[cell])) {
            add(simulation, run, "glibc", cell, block);
            add(simulation, run, "bin", cell, block);
            add(simulation, run, "baseline-again", cell, block);
        }
    }
}

/* A night's campaign, or with a gate the second one, of its pending cells. */
static void measure(struct simulation *simulation,
                    const struct gate *gate,
                    struct run_fixture *run,
                    struct summary_rows *summary)
{
    uint64_t blocks = gate == NULL ? GATE_BLOCKS_LEAST : GATE_BLOCKS_AGAIN;
    struct error error;
    run_fixture_make(run, "glibc,bin,baseline-again", cell_names, "glibc");
    for (uint64_t block = 1; block <= blocks; block++) {
        add_block(simulation, run, gate, block);
    }
    if (!summary_make(&run->measurements, &run->environment, summary, &error)) {
        fail_msg("%s", error.text);
    }
}

static bool is_candidate(const struct verdicts_row *row)
{
    return strcmp(row->allocator, "bin") == 0 && judged_find(row->figure)->primary;
}

static bool may_be_worse(const struct verdicts_row *row)
{
    bool fresh = row->fresh_verdict[0] != '\0';
    const char *verdict = fresh ? row->fresh_verdict : row->verdict;
    return findings_may_be_worse(judged_verdict(verdict),
                                 fresh ? row->fresh_high : row->ratio_high);
}

static void count_ends(const struct gate *gate, const struct truth *truth, struct ends *ends)
{
    bool false_stop = false;
    bool stopped = false;
    bool undecided = false;
    for (size_t i = 0; i < gate->count; i++) {
        const struct verdicts_row *row = &gate->rows[i];
        if (!is_candidate(row)) {
            continue;
        }
        bool slowed = truth->regression > 0 && strcmp(row->workload, names[SLOWED]) == 0;
        bool confirmed = outcome_of(row->outcome) == OUTCOME_CONFIRMED;
        stopped = stopped || (confirmed && slowed);
        false_stop = false_stop || (confirmed && !slowed);
        undecided = undecided || (!confirmed && may_be_worse(row));
    }
    ends->false_stop += false_stop;
    ends->stopped += stopped;
    ends->undecided += !stopped && !false_stop && undecided;
}

static void pass_night(struct simulation *simulation, struct ends *ends)
{
    struct run_fixture first;
    struct run_fixture again = {0};
    struct summary_rows first_rows = {0};
    struct summary_rows again_rows = {0};
    struct gate gate;
    const struct acknowledgements none = {0};
    measure(simulation, NULL, &first, &first_rows);
    const struct summary_table summary = {.rows = first_rows.rows, .count = first_rows.count};
    assert_true(gate_fill(&gate, &summary, &none, "2026-11-22", 1));
    if (gate.pending > 0) {
        measure(simulation, &gate, &again, &again_rows);
        const struct summary_table fresh = {.rows = again_rows.rows, .count = again_rows.count};
        gate_decide(&gate, &fresh);
    }
    ends->run_again += gate.pending > 0;
    count_ends(&gate, simulation->truth, ends);
    gate_free(&gate);
    summary_rows_free(&again_rows);
    summary_rows_free(&first_rows);
    run_fixture_free(&again);
    run_fixture_free(&first);
}

static struct ends pass_nights(const struct truth *truth, size_t nights)
{
    struct ends ends = {0};
    struct simulation simulation = {.truth = truth};
    random_seed(&simulation.random, 1, (uint64_t)truth->noise);
    for (size_t i = 0; i < nights; i++) {
        pass_night(&simulation, &ends);
    }
    double percent = 100.0 / (double)nights;
    print_message(
        "%s noise, of ratios 2 %%, %d cells, %d blocks, %s: run again in %.1f %% of nights, "
        "stopped %.1f %%, stopped falsely %.2f %%, undecided %.1f %%\n",
        synthetic_noise_names[truth->noise],
        CELLS,
        GATE_BLOCKS_LEAST,
        truth->regression > 0 ? "one cell 5 % slower" : "no difference",
        percent * (double)ends.run_again,
        percent * (double)ends.stopped,
        percent * (double)ends.false_stop,
        percent * (double)ends.undecided);
    return ends;
}

static void nights_without_a_regression_are_not_stopped(void **state)
{
    (void)state;
    size_t nights = SYNTHETIC_RUNS(1000);
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        const struct truth truth = {.noise = noise};
        struct ends ends = pass_nights(&truth, nights);
        synthetic_at_most(ends.false_stop, nights, 0.01);
        synthetic_at_most(ends.undecided, nights, 0.01);
    }
}

static void a_regression_stops_the_night(void **state)
{
    (void)state;
    size_t nights = SYNTHETIC_RUNS(500);
    for (enum synthetic_noise noise = 0; noise < NOISES; noise++) {
        const struct truth truth = {.noise = noise, .regression = 0.05};
        struct ends ends = pass_nights(&truth, nights);
        synthetic_at_most(ends.false_stop, nights, 0.01);
        synthetic_at_least(ends.stopped, nights, noise == NOISE_NORMAL ? 0.99 : 0.95);
        /* and is not passed as fine */
        synthetic_at_least(ends.stopped + ends.undecided, nights, 0.99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nights_without_a_regression_are_not_stopped),
        cmocka_unit_test(a_regression_stops_the_night),
    };
    return cmocka_run_group_tests_name("nightly gate truth", tests, NULL, NULL);
}

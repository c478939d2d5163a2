#include "tests/unit/nightly_history.h"

#include "harness/nightly/append.h"
#include "harness/nightly/nights.h"
#include "harness/nightly/store.h"
#include "workloads/random.h"

#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define SEED 20261122

char *synthetic_folder(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/heaplab-history-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_entry(const char *path, const struct stat *state, int kind, struct FTW *walk)
{
    (void)state;
    (void)kind;
    (void)walk;
    return remove(path);
}

void synthetic_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Box and Muller. */
static double draw_normal(struct random *random)
{
    double one = ((double)random_below(random, 1U << 30) + 1) / (double)(1U << 30);
    double other = (double)random_below(random, 1U << 30) / (double)(1U << 30);
    return sqrt(-2 * log(one)) * cos(2 * M_PI * other);
}

struct writing {
    const struct synthetic *synthetic;
    struct append_part verdicts;
    struct append_part facts;
    FILE *verdict_rows;
    FILE *fact_rows;
    char run[64];
    size_t night;
    struct random random;
};

/* A night's blocks of one cell: its log ratios, drawn around its level. */
struct blocks {
    double log_ratios[SYNTHETIC_BLOCKS];
};

static void draw_blocks(struct blocks *blocks, double level, double noise, struct random *random)
{
    for (size_t i = 0; i < SYNTHETIC_BLOCKS; i++) {
        blocks->log_ratios[i] = level + noise * draw_normal(random);
    }
}

static struct verdicts_row identify(const struct writing *writing, size_t cell, char workload[16])
{
    struct verdicts_row row;
    table_clear_row(&verdicts_layout, &row);
    (void)snprintf(workload, 16, "w%02zu", cell);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = writing->run;
    row.started_unix_ns = count_of(SYNTHETIC_START_NS + writing->night * UINT64_C(86400000000000));
    row.allocator = "bin";
    row.workload = workload;
    row.threads = count_of(1 + cell % 2);
    row.blocks = count_of(SYNTHETIC_BLOCKS);
    return row;
}

/* The cell as its fresh blocks judge it, as one of a small family. */
static void
decide(struct verdicts_row *row, const struct judged_figure *figure, struct blocks *blocks)
{
    struct comparison fresh = {
        .log_ratios = blocks->log_ratios, .count = SYNTHETIC_BLOCKS, .delta = row->delta};
    assert_true(verdict_judge(&fresh, 1, VERDICT_ALPHA));
    row->fresh_blocks = count_of(SYNTHETIC_BLOCKS);
    row->fresh_ratio = fresh.ratio;
    row->fresh_low = fresh.low;
    row->fresh_high = fresh.high;
    row->fresh_verdict = judged_word(figure, fresh.verdict);
    row->outcome =
        outcome_word(fresh.verdict == VERDICT_GREATER ? OUTCOME_CONFIRMED : OUTCOME_UNCONFIRMED);
}

static double level_of(const struct writing *writing, size_t cell)
{
    const struct synthetic *synthetic = writing->synthetic;
    bool worse = cell == 0 && synthetic->step_night > 0 && writing->night >= synthetic->step_night;
    return worse ? log1p(synthetic->step) : 0;
}

/* All cells of a figure: one family, as a night judges it. */
static void write_figure(struct writing *writing, const char *name, double noise, bool moves)
{
    size_t cells = writing->synthetic->cells;
    const struct judged_figure *figure = judged_find(name);
    struct blocks again;
    static struct blocks blocks[SYNTHETIC_CELLS_MOST];
    static struct comparison family[SYNTHETIC_CELLS_MOST];
    assert_in_range(cells, 1, SYNTHETIC_CELLS_MOST);
    for (size_t i = 0; i < cells; i++) {
        draw_blocks(&again, 0, noise, &writing->random);
        struct estimate estimate = estimate_median(again.log_ratios, SYNTHETIC_BLOCKS);
        draw_blocks(&blocks[i], moves ? level_of(writing, i) : 0, noise, &writing->random);
        family[i] = (struct comparison){.log_ratios = blocks[i].log_ratios,
                                        .count = SYNTHETIC_BLOCKS,
                                        .delta = verdict_delta(&estimate)};
    }
    assert_true(verdict_judge(family, cells, VERDICT_ALPHA));
    for (size_t i = 0; i < cells; i++) {
        char workload[16];
        struct verdicts_row row = identify(writing, i, workload);
        row.figure = name;
        row.ratio = family[i].ratio;
        row.ratio_low = family[i].low;
        row.ratio_high = family[i].high;
        row.p_adjusted = family[i].p_adjusted;
        row.delta = family[i].delta;
        row.verdict = figure != NULL ? judged_word(figure, family[i].verdict) : "";
        if (figure != NULL && family[i].verdict == VERDICT_GREATER) {
            draw_blocks(&again, level_of(writing, i), noise, &writing->random);
            decide(&row, figure, &again);
        }
        assert_true(store_print(writing->verdict_rows, &verdicts_layout, &row));
    }
}

static void write_fact(struct writing *writing, const char *key, const char *value)
{
    const struct environments_row row = {count_of(TABLE_SCHEMA), writing->run, key, value};
    assert_true(store_print(writing->fact_rows, &environments_layout, &row));
}

static void write_facts(struct writing *writing)
{
    const struct synthetic *synthetic = writing->synthetic;
    bool after_epoch = synthetic->epoch_night > 0 && writing->night >= synthetic->epoch_night;
    bool after_step = synthetic->step_night > 0 && writing->night >= synthetic->step_night;
    write_fact(writing,
               "epoch",
               after_epoch ? "kernel=6.1.0-29; glibc=2.36" : "kernel=6.1.0-28; glibc=2.36");
    write_fact(writing, "baseline", "glibc");
    write_fact(writing, "blocks", "12");
    write_fact(writing, "scale", "0.4");
    write_fact(writing, "seed", "1");
    write_fact(writing, "allocator.bin.file", "/opt/nightly/libbin.so");
    write_fact(
        writing, "allocator.bin.version", after_step ? "heaplab 9e1c2aa" : "heaplab 77d0b31");
    write_fact(writing, "nightly.candidates", "bin");
    char started[24];
    (void)snprintf(started,
                   sizeof started,
                   "%" PRIu64,
                   SYNTHETIC_START_NS + writing->night * UINT64_C(86400000000000));
    write_fact(writing, "nightly.started_unix_ns", started);
    write_fact(writing, "nightly.baseline_sha256", "c0ffee0123456789");
    write_fact(writing, "nightly.baseline_file", "");
    write_fact(writing, "nightly.again_cells", "25");
    write_fact(writing, "nightly.again_outside", writing->night % 3 == 0 ? "2" : "1");
    write_fact(writing, "nightly.half_width", "0.0131");
    write_fact(writing, "nightly.voided_blocks", writing->night % 5 == 0 ? "1" : "0");
}

static void write_night(struct writing *writing, const char *folder)
{
    const struct synthetic *synthetic = writing->synthetic;
    struct error error;
    random_seed(&writing->random, SEED, writing->night);
    (void)snprintf(writing->run, sizeof writing->run, "night-%03zu", writing->night);
    writing->verdict_rows = open_memstream(&writing->verdicts.rows, &writing->verdicts.bytes);
    writing->fact_rows = open_memstream(&writing->facts.rows, &writing->facts.bytes);
    bool mute = synthetic->mute_night > 0 && synthetic->mute_night == writing->night;
    if (!mute) {
        write_figure(writing, "ns_per_op", synthetic->noise, true);
    }
    if (synthetic->memory && !mute) {
        write_figure(writing, "rss_bytes_peak", 0.001, false);
        write_figure(writing, "minor_faults", 0.001, true);
    }
    write_facts(writing);
    assert_int_equal(fclose(writing->verdict_rows), 0);
    assert_int_equal(fclose(writing->fact_rows), 0);
    const struct append_part parts[2] = {writing->facts, writing->verdicts};
    if (!append_all(folder, parts, 2, &error)) {
        fail_msg("%s", error.text);
    }
    free(writing->verdicts.rows);
    free(writing->facts.rows);
}

void synthetic_write(const char *folder, const struct synthetic *synthetic, size_t from, size_t to)
{
    struct writing writing = {
        .synthetic = synthetic,
        .verdicts = {.file = "verdicts.csv", .layout = &verdicts_layout},
        .facts = {.file = "environments.csv", .layout = &environments_layout},
    };
    for (size_t night = from; night < to; night++) {
        if (night != synthetic->missing_night || night == 0) {
            writing.night = night;
            write_night(&writing, folder);
        }
    }
}

#include "tests/unit/nightly_history.h"

#include "harness/nightly/append.h"
#include "harness/nightly/store.h"
#include "workloads/random.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define SEED  20261122
#define DELTA 0.02

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

static const char *verdict_of(double log_ratio, double half_width)
{
    double low = exp(log_ratio - half_width);
    double high = exp(log_ratio + half_width);
    if (low >= 1 - DELTA && high <= 1 + DELTA) {
        return "equivalent";
    }
    return high < 1 - DELTA ? "faster" : low > 1 + DELTA ? "slower" : "unresolved";
}

struct writing {
    const struct synthetic *synthetic;
    struct append_part verdicts;
    struct append_part facts;
    FILE *verdict_rows;
    FILE *fact_rows;
    char run[64];
    size_t night;
};

static void write_row(struct writing *writing, size_t cell, const char *figure, double log_ratio)
{
    char workload[16];
    const double half_width = 0.008;
    bool memory = strcmp(figure, "ns_per_op") != 0;
    struct verdicts_row row;
    table_clear_row(&verdicts_layout, &row);
    (void)snprintf(workload, sizeof workload, "w%02zu", cell);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = writing->run;
    row.started_unix_ns = count_of(SYNTHETIC_START_NS + writing->night * UINT64_C(86400000000000));
    row.allocator = "bin";
    row.workload = workload;
    row.threads = count_of(1 + cell % 2);
    row.figure = figure;
    row.blocks = count_of(12);
    row.ratio = exp(log_ratio);
    row.ratio_low = exp(log_ratio - half_width);
    row.ratio_high = exp(log_ratio + half_width);
    row.p_adjusted = fabs(log_ratio) > half_width ? 0.006 : 0.4;
    row.delta = DELTA;
    row.verdict = memory ? "equivalent" : verdict_of(log_ratio, half_width);
    if (strcmp(row.verdict, "slower") == 0) {
        row.outcome = fabs(log_ratio) > 0.035 ? "confirmed" : "unconfirmed";
        row.fresh_blocks = count_of(12);
        row.fresh_ratio = exp(log_ratio * 0.98);
        row.fresh_low = exp(log_ratio * 0.98 - half_width);
        row.fresh_high = exp(log_ratio * 0.98 + half_width);
        row.fresh_verdict = fabs(log_ratio) > 0.035 ? "slower" : "unresolved";
    }
    if (strcmp(figure, "minor_faults") == 0) {
        row.verdict = "";
    }
    assert_true(store_print(writing->verdict_rows, &verdicts_layout, &row));
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
    write_fact(writing, "nightly.baseline_sha256", "c0ffee0123456789");
    write_fact(writing, "nightly.baseline_file", "");
    write_fact(writing, "nightly.again_cells", "25");
    write_fact(writing, "nightly.again_outside", writing->night % 3 == 0 ? "2" : "1");
    write_fact(writing, "nightly.half_width", "0.0081");
    write_fact(writing, "nightly.voided_blocks", writing->night % 5 == 0 ? "1" : "0");
}

static void write_night(struct writing *writing, const char *folder)
{
    const struct synthetic *synthetic = writing->synthetic;
    struct random random;
    struct error error;
    random_seed(&random, SEED, writing->night);
    (void)snprintf(writing->run, sizeof writing->run, "night-%03zu", writing->night);
    writing->verdict_rows = open_memstream(&writing->verdicts.rows, &writing->verdicts.bytes);
    writing->fact_rows = open_memstream(&writing->facts.rows, &writing->facts.bytes);
    for (size_t i = 0; i < synthetic->cells; i++) {
        bool worse = i == 0 && synthetic->step_night > 0 && writing->night >= synthetic->step_night;
        double level = worse ? log1p(synthetic->step) : 0;
        write_row(writing, i, "ns_per_op", level + synthetic->noise * draw_normal(&random));
        if (synthetic->memory) {
            write_row(writing, i, "rss_bytes_peak", 0.001 * draw_normal(&random));
            write_row(writing, i, "minor_faults", worse ? 0.31 : 0.001 * draw_normal(&random));
        }
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

/* How long the statistics of a large run and of a long history take. The limits are 2 s and 10 s of one
 * core; a slow, busy machine is granted three times as much. */
#include "harness/statistics/change_points.h"
#include "harness/statistics/effect.h"
#include "harness/statistics/interval.h"
#include "harness/statistics/resample.h"
#include "harness/statistics/verdict.h"
#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define GRANTED 3

#define CELLS      10000
#define BLOCKS     30
#define ALLOCATORS 10

#define SERIES 500
#define NIGHTS 365
#define POINTS 8

static double processor_s(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double *noise(size_t count)
{
    double *values = calloc(count, sizeof *values);
    struct random random;
    assert_non_null(values);
    random_seed(&random, 1, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = synthetic_noise(&random, NOISE_LOGNORMAL, 0.02);
    }
    return values;
}

static void a_run_of_ten_thousand_cells(void **state)
{
    (void)state;
    size_t cells = SYNTHETIC_RUNS(CELLS);
    size_t each = cells / ALLOCATORS;
    double *log_ratios = noise(cells * BLOCKS);
    double *baseline = noise(cells * BLOCKS);
    struct comparison *family = calloc(cells, sizeof *family);
    assert_non_null(family);
    double started_s = processor_s();
    for (size_t i = 0; i < ALLOCATORS; i++) {
        struct geomean mean;
        assert_true(resample_geomean(log_ratios + i * each * BLOCKS, each, BLOCKS, i, &mean));
        assert_true(mean.low < mean.high);
    }
    double effects = 0;
    for (size_t i = 0; i < cells; i++) {
        double *pairs = log_ratios + i * BLOCKS;
        effects += effect_a12(pairs, BLOCKS, baseline + i * BLOCKS, BLOCKS);
        family[i] = (struct comparison){.log_ratios = pairs, .count = BLOCKS, .delta = 0.02};
    }
    assert_true(verdict_judge(family, cells, VERDICT_ALPHA));
    double took_s = processor_s() - started_s;
    print_message("%zu cells and %d blocks: judged in %.2f s, mean A12 %.3f\n",
                  cells,
                  BLOCKS,
                  took_s,
                  effects / (double)cells);
    assert_true(took_s < 2 * GRANTED);
    free(family);
    free(baseline);
    free(log_ratios);
}

/* Judges a history of which `changed` series have a step in night 200; the steps stay. */
static void check_history(double *values, size_t count, size_t changed)
{
    static const struct change_search search = {
        .segment_least = 3, .delta = 0.02, .alpha = 0.05, .seed = 1};
    static struct change_point points[SERIES][POINTS];
    struct change_series history[SERIES];
    for (size_t i = 0; i < changed * NIGHTS; i++) {
        values[i] += i % NIGHTS >= 200 ? 0.05 : 0;
    }
    for (size_t i = 0; i < count; i++) {
        history[i] = (struct change_series){
            .values = values + i * NIGHTS, .count = NIGHTS, .points = points[i], .room = POINTS};
    }
    double started_s = processor_s();
    assert_true(change_points_judge(history, count, &search));
    double took_s = processor_s() - started_s;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += history[i].found > 0;
    }
    print_message("%zu series of %d nights, %zu with a change: judged in %.2f s, %zu found\n",
                  count,
                  NIGHTS,
                  changed,
                  took_s,
                  found);
    assert_true(took_s < 10 * GRANTED);
    assert_true(found >= changed && found <= changed + 1 + changed / 10);
}

static void a_year_of_five_hundred_series(void **state)
{
    (void)state;
    size_t count = SYNTHETIC_RUNS(SERIES);
    double *values = noise(count * NIGHTS);
    check_history(values, count, 0);
    check_history(values, count, 1);
    check_history(values, count, count / 2);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_ten_thousand_cells),
        cmocka_unit_test(a_year_of_five_hundred_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "harness/statistics/change_points.h"

#include "harness/statistics/adjust.h"
#include "harness/statistics/interval.h"
#include "harness/statistics/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a series may be cut: the change points so far, with both ends. */
struct cuts {
    struct cut {
        size_t at;
        double p;
    } * at;

    size_t count;
};

struct judging {
    const struct change_search *search;
    struct split_work *work;
    struct split *first; /* of each series; count 0 where it is too short */
    double *p;
    double *values;   /* to be sorted for a median */
    struct cuts cuts; /* of the series at hand */
};

/* As many permutations as a p-value at this level needs to be a matter of SPLIT_ENOUGH of them. */
static size_t draws_for(double level)
{
    return (size_t)ceil(SPLIT_ENOUGH / level) - 1;
}

static struct split split_of(struct judging *judging, const double *values, size_t from, size_t to)
{
    size_t least = judging->search->segment_least;
    struct split split = {.values = values + from, .count = 0};
    if (to - from >= 2 * least) {
        split = split_best(judging->work, values + from, to - from, least);
        random_seed(&split.random, judging->search->seed, from);
    }
    return split;
}

static bool adjust_first(struct judging *judging, const struct change_series *series, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        judging->p[i] = series[i].p;
    }
    return adjust_benjamini_hochberg(judging->p, count);
}

/* The level that single p-values must reach: alpha times the share of series that pass, of one at
 * least. */
static double level_of(const struct judging *judging, size_t count)
{
    size_t tests = 0;
    size_t passed = 0;
    for (size_t i = 0; i < count; i++) {
        tests += isnan(judging->p[i]) ? 0 : 1;
        passed += judging->p[i] <= judging->search->alpha;
    }
    double share = (double)(passed > 0 ? passed : 1) / (double)(tests > 0 ? tests : 1);
    return judging->search->alpha * share;
}

/* Finds the first split of each series. With more permutations more series pass, so that the level
 * rises and fewer permutations are needed: their number grows step by step until the two meet. */
static bool
judge_first(struct judging *judging, struct change_series *series, size_t count, double *level)
{
    for (size_t i = 0; i < count; i++) {
        judging->first[i] = split_of(judging, series[i].values, 0, series[i].count);
    }
    *level = judging->search->alpha;
    for (size_t draws = 0; draws < draws_for(*level);) {
        size_t needed = draws_for(*level);
        draws = draws == 0 || needed < 4 * draws ? needed : 4 * draws;
        for (size_t i = 0; i < count; i++) {
            struct split *split = &judging->first[i];
            split_draw(judging->work, split, split->count == 0 ? 0 : draws);
            series[i].p = split->count == 0 ? NAN : split_p(split);
        }
        if (!adjust_first(judging, series, count)) {
            return false;
        }
        *level = level_of(judging, count);
    }
    return true;
}

static double median_of(struct judging *judging, const double *values, size_t from, size_t to)
{
    memcpy(judging->values, values + from, (to - from) * sizeof *values);
    return estimate_median(judging->values, to - from).median;
}

static void insert_cut(struct cuts *cuts, size_t place, size_t at, double p)
{
    memmove(&cuts->at[place + 1], &cuts->at[place], (cuts->count - place) * sizeof *cuts->at);
    cuts->at[place].at = at;
    cuts->at[place].p = p;
    cuts->count++;
}

static void remove_cut(struct cuts *cuts, size_t place)
{
    cuts->count--;
    memmove(&cuts->at[place], &cuts->at[place + 1], (cuts->count - place) * sizeof *cuts->at);
}

/* Splits each part of a series, from the left, until no part splits at the level. */
static void split_parts(struct judging *judging, const double *values, double level)
{
    struct cuts *cuts = &judging->cuts;
    for (size_t part = 0; part + 1 < cuts->count;) {
        size_t from = cuts->at[part].at;
        struct split split = split_of(judging, values, from, cuts->at[part + 1].at);
        if (split.count > 0) {
            split_draw(judging->work, &split, draws_for(level));
        }
        if (split.count > 0 && split_p(&split) <= level) {
            insert_cut(cuts, part + 1, from + split.at, split_p(&split));
        } else {
            part++;
        }
    }
}

static double step_at(struct judging *judging, const double *values, size_t place)
{
    const struct cut *cut = &judging->cuts.at[place];
    return median_of(judging, values, cut[0].at, cut[1].at) -
           median_of(judging, values, cut[-1].at, cut[0].at);
}

/* Takes out the smallest step while it is below delta: its parts become one. */
static void join_parts(struct judging *judging, const double *values, double delta)
{
    struct cuts *cuts = &judging->cuts;
    while (cuts->count > 2) {
        size_t smallest = 1;
        double step = INFINITY;
        for (size_t place = 1; place + 1 < cuts->count; place++) {
            double here = fabs(step_at(judging, values, place));
            smallest = here < step ? place : smallest;
            step = fmin(step, here);
        }
        if (step >= delta) {
            break;
        }
        remove_cut(cuts, smallest);
    }
}

static void store(struct judging *judging, struct change_series *series)
{
    const struct cuts *cuts = &judging->cuts;
    series->found = cuts->count - 2;
    for (size_t i = 0; i < series->found && i < series->room; i++) {
        const struct cut *cut = &cuts->at[i + 1];
        series->points[i] = (struct change_point){
            .at = cut->at,
            .before = median_of(judging, series->values, cut[-1].at, cut[0].at),
            .after = median_of(judging, series->values, cut[0].at, cut[1].at),
            .p = cut->p,
        };
    }
}

static void judge_series(struct judging *judging,
                         struct change_series *series,
                         const struct split *first,
                         double level)
{
    series->found = 0;
    if (!(series->p_adjusted <= judging->search->alpha)) {
        return;
    }
    struct cuts *cuts = &judging->cuts;
    cuts->count = 0;
    insert_cut(cuts, 0, 0, NAN);
    insert_cut(cuts, 1, first->at, split_p(first));
    insert_cut(cuts, 2, series->count, NAN);
    split_parts(judging, series->values, level);
    join_parts(judging, series->values, fmax(judging->search->delta, series->delta));
    store(judging, series);
}

static bool open_judging(struct judging *judging, const struct change_series *series, size_t count)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        longest = series[i].count > longest ? series[i].count : longest;
    }
    judging->work = split_work_new(longest);
    judging->first = calloc(count + 1, sizeof *judging->first);
    judging->p = calloc(count + 1, sizeof *judging->p);
    judging->values = calloc(longest + 1, sizeof *judging->values);
    judging->cuts.at = calloc(longest + 3, sizeof *judging->cuts.at);
    return judging->work != NULL && judging->first != NULL && judging->p != NULL &&
           judging->values != NULL && judging->cuts.at != NULL;
}

static void close_judging(struct judging *judging)
{
    split_work_free(judging->work);
    free(judging->first);
    free(judging->p);
    free(judging->values);
    free(judging->cuts.at);
}

bool change_points_judge(struct change_series *series,
                         size_t count,
                         const struct change_search *search)
{
    struct judging judging = {.search = search};
    double level = search->alpha;
    bool judged =
        open_judging(&judging, series, count) && judge_first(&judging, series, count, &level);
    for (size_t i = 0; i < count && judged; i++) {
        series[i].p_adjusted = judging.p[i];
        judge_series(&judging, &series[i], &judging.first[i], level);
    }
    close_judging(&judging);
    return judged;
}

size_t change_points_find(const double *values,
                          size_t count,
                          const struct change_search *search,
                          struct change_point *found,
                          size_t room)
{
    struct change_series series = {
        .values = values, .count = count, .points = found, .room = room, .delta = search->delta};
    return change_points_judge(&series, 1, search) ? series.found : SIZE_MAX;
}

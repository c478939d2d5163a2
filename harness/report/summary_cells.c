/* The rows of single cells: a median over the blocks, and the ratio to the baseline's cell. */
#include "harness/allocators.h"
#include "harness/report/delta.h"
#include "harness/report/summary_parts.h"
#include "harness/statistics/effect.h"

#include <math.h>
#include <string.h>

/* The figures of each pass stand between two columns of measurements.csv. */
static const struct range {
    const char *pass;
    const char *first;
    const char *last;
} ranges[] = {
    {"throughput", "elapsed_ns", "ctx_involuntary"},
    {"throughput", "cpu_ns_per_op", "cpu_ns_per_op"},
    {"memory", "rss_bytes_static", "heap_free_share_mean"},
    {"instructions", "instructions", "instructions_per_op"},
    {"latency", "timer_ns", "free_latency_ns_max"},
};

/* What a group of series is compared with. */
struct reference {
    const struct series *base;  /* the baseline's series, or NULL */
    const struct series *again; /* its second cell, or NULL */
};

/* Finds delta of each judged figure. Against a baseline that failed in some blocks nothing is proven:
 * those that are left may be its lucky ones. */
static void find_deltas(struct summary_work *work, const struct reference *reference)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        const struct judged_figure *figure = &judged_figures[i];
        bool is_sound = reference->base != NULL && reference->base->failures == 0;
        work->deltas[i] =
            !is_sound ? INFINITY
                      : delta_of_cell(reference->again, reference->base, figure, work->log_ratios);
    }
}

/* Fills the ratio of counts that hardly vary on both sides; false when they are none. */
static bool fill_exact(struct summary_row *row,
                       const struct series *series,
                       const struct series *base,
                       const struct judged_figure *judged,
                       bool contestant)
{
    double own[2];
    double other[2];
    const struct column *figure = table_column(&measurements_layout, judged->figure);
    if (base->failures > 0 || row->pairs.value == 0 || !series_count_bounds(series, figure, own) ||
        !series_count_bounds(base, figure, other)) {
        return false;
    }
    row->ratio_low = series == base ? 1 : own[0] / other[1];
    row->ratio_high = series == base ? 1 : own[1] / other[0];
    summary_fill_exact(row, judged, contestant);
    return true;
}

/* Fills the ratio of a row and, of a judged figure, what a verdict needs. */
static bool fill_ratio(struct summary_work *work,
                       const struct series *series,
                       const struct reference *reference,
                       const struct column *figure)
{
    size_t index = work->out->count - 1;
    struct summary_row *row = &work->out->rows[index];
    const struct judged_figure *judged = judged_find(figure->name);
    bool contestant = allocator_is_contestant(row->allocator, work->baseline);
    double delta = judged != NULL ? work->deltas[judged - judged_figures] : NAN;
    size_t count = series_log_ratios(series, reference->base, figure, work->log_ratios, NULL);
    row->pairs = count_of(count);
    row->ratio = exp(estimate_median(work->log_ratios, count).median);
    if (judged != NULL && fill_exact(row, series, reference->base, judged, contestant)) {
        return true;
    }
    if (judged != NULL && contestant &&
        !family_add(&work->cells[judged - judged_figures], work->log_ratios, count, delta, index)) {
        return false;
    }
    struct estimate ratio = estimate_median(work->log_ratios, count);
    row->ratio_low = exp(ratio.low);
    row->ratio_high = exp(ratio.high);
    if (judged == NULL || (!contestant && series != reference->again)) {
        return true;
    }
    size_t own = series_values(series, figure, work->values);
    size_t other = series_values(reference->base, figure, work->base_values);
    row->a12 = effect_a12(work->values, own, work->base_values, other);
    return contestant || summary_test_again(row, work->log_ratios, count, delta);
}

static bool add_figure(struct summary_work *work,
                       const struct series *series,
                       const struct reference *reference,
                       const struct column *figure)
{
    size_t count = series_values(series, figure, work->values);
    if (count == 0 && series->failures == 0) {
        return true; /* not a figure of this allocator */
    }
    struct summary_row *row = summary_add(work, series, figure);
    if (row == NULL) {
        return false;
    }
    struct estimate estimate = estimate_median(work->values, count);
    row->blocks = count_of(count);
    row->median = estimate.median;
    row->low = estimate.low;
    row->high = estimate.high;
    row->confidence = estimate.confidence;
    return reference->base == NULL || fill_ratio(work, series, reference, figure);
}

static bool add_range(struct summary_work *work,
                      const struct series *series,
                      const struct reference *reference,
                      const struct range *range)
{
    const struct column *last = table_column(&measurements_layout, range->last);
    bool ok = true;
    for (const struct column *figure = table_column(&measurements_layout, range->first);
         figure <= last && ok;
         figure++) {
        ok = add_figure(work, series, reference, figure);
    }
    return ok;
}

static bool add_series(struct summary_work *work,
                       const struct series *series,
                       const struct reference *reference)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && ok; i++) {
        ok = strcmp(series->row[0]->pass, ranges[i].pass) != 0 ||
             add_range(work, series, reference, &ranges[i]);
    }
    return ok;
}

bool summary_add_cells(struct summary_work *work)
{
    struct reference reference = {0};
    for (size_t i = 0; i < work->set.count; i++) {
        const struct series *series = &work->set.series[i];
        if (series->group == i) {
            reference.base = series_of_allocator(&work->set, i, work->baseline);
            reference.again =
                reference.base == NULL ? NULL : series_of_allocator(&work->set, i, ALLOCATOR_AGAIN);
            find_deltas(work, &reference);
        }
        if (!add_series(work, series, &reference)) {
            return false;
        }
    }
    return true;
}

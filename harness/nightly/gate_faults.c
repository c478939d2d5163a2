/* Page faults of the candidates against the pinned baseline's. */
#include "harness/nightly/gate.h"
#include "harness/report/series.h"
#include "harness/statistics/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE "minor_faults"

static bool add_row(struct gate *gate, const struct series *series, struct estimate estimate)
{
    const struct measurements_row *first = series->row[0];
    struct verdicts_row *rows = reallocarray(gate->rows, gate->count + 1, sizeof *rows);
    if (rows == NULL) {
        return false;
    }
    gate->rows = rows;
    struct verdicts_row *row = &rows[gate->count++];
    table_clear_row(&verdicts_layout, row);
    row->schema = count_of(TABLE_SCHEMA);
    row->run = first->run;
    row->allocator = first->allocator;
    row->workload = first->workload;
    row->parameters = first->parameters;
    row->threads = first->threads;
    row->figure = FIGURE;
    row->blocks = count_of(estimate.count);
    row->ratio = exp(estimate.median);
    row->ratio_low = exp(estimate.low);
    row->ratio_high = exp(estimate.high);
    return true;
}

static bool add_series(struct gate *gate,
                       const struct series_set *set,
                       const struct series *series,
                       const char *baseline,
                       double *log_ratios)
{
    const char *allocator = series->row[0]->allocator;
    const struct series *base = series_of_allocator(set, series->group, baseline);
    if (base == NULL || base == series || strcmp(series->row[0]->pass, "throughput") != 0 ||
        !allocator_is_contestant(allocator, baseline)) {
        return true;
    }
    size_t count = series_log_ratios(
        series, base, table_column(&measurements_layout, FIGURE), log_ratios, NULL);
    return count == 0 || add_row(gate, series, estimate_median(log_ratios, count));
}

bool gate_add_faults(struct gate *gate,
                     const struct options *options,
                     const struct measurements_table *measurements,
                     uint64_t started_unix_ns)
{
    struct series_set set = {0};
    size_t from = gate->count;
    bool ok = series_group(&set, measurements, "", "");
    double *log_ratios = ok ? malloc((set.longest + 1) * sizeof *log_ratios) : NULL;
    ok = log_ratios != NULL;
    for (size_t i = 0; ok && i < set.count; i++) {
        ok = add_series(gate, &set, &set.series[i], options->baseline, log_ratios);
    }
    for (size_t i = from; i < gate->count; i++) {
        gate->rows[i].started_unix_ns = count_of(started_unix_ns);
    }
    free(log_ratios);
    series_free(&set);
    return ok;
}

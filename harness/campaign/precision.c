#include "harness/campaign/precision.h"

#include "harness/allocators.h"
#include "harness/report/attempts.h"
#include "harness/report/family.h"
#include "harness/report/judged.h"
#include "harness/report/series.h"
#include "harness/report/table.h"
#include "harness/statistics/stopping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct look {
    const struct precision_request *request;
    struct series_set set;
    struct family family; /* all primary figures together: all must be narrow */
    double *log_ratios;   /* room for the longest series */
};

/* Adds a contestant's ratios of the primary figures of its pass. Instructions are counted and not timed:
 * more blocks tell no more of them. */
static bool add_series(struct look *look, const struct series *series)
{
    const struct measurements_row *row = series->row[0];
    const struct series *base =
        series_of_allocator(&look->set, series->group, look->request->baseline);
    bool ok = true;
    if (base == NULL || strcmp(row->pass, "instructions") == 0 ||
        !allocator_is_contestant(row->allocator, look->request->baseline)) {
        return true;
    }
    for (size_t i = 0; ok && i < judged_figure_count; i++) {
        const struct judged_figure *figure = &judged_figures[i];
        if (figure->primary && strcmp(figure->pass, row->pass) == 0) {
            const struct column *column = table_column(&measurements_layout, figure->figure);
            size_t count = series_log_ratios(series, base, column, look->log_ratios, NULL);
            ok = family_add(&look->family, look->log_ratios, count, NAN, 0);
        }
    }
    return ok;
}

static bool look_at(struct look *look, const struct measurements_table *table, bool *reached)
{
    if (!series_group(&look->set, table, "", "")) {
        return false;
    }
    bool ok = true;
    look->log_ratios = calloc(look->set.longest + 1, sizeof *look->log_ratios);
    ok = look->log_ratios != NULL;
    for (size_t i = 0; ok && i < look->set.count; i++) {
        ok = add_series(look, &look->set.series[i]);
    }
    *reached = ok && stopping_reached(look->family.comparison,
                                      look->family.count,
                                      look->request->counted,
                                      look->request->precision);
    free(look->log_ratios);
    family_free(&look->family);
    series_free(&look->set);
    return ok;
}

static void drop_later(struct measurements_table *table, uint64_t last_block)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].block.value <= last_block) {
            table->rows[kept++] = table->rows[i];
        }
    }
    table->count = kept;
}

bool precision_look(const struct precision_request *request, bool *reached, struct error *error)
{
    struct measurements_table table;
    struct look look = {.request = request};
    *reached = false;
    if (!stopping_looks_after(request->counted)) {
        return true;
    }
    if (!measurements_read(request->measurements, &table, error)) {
        return false;
    }
    drop_later(&table, request->last_block);
    bool ok = attempts_drop_void(&table) && look_at(&look, &table, reached);
    measurements_free(&table);
    return ok || error_set(error, "cannot look at the intervals: out of memory");
}

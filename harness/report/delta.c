#include "harness/report/delta.h"

#include <math.h>
#include <string.h>

double delta_without(const char *pass)
{
    return strcmp(pass, "instructions") == 0 ? VERDICT_DELTA_LEAST : INFINITY;
}

double delta_of_cell(const struct series *again,
                     const struct series *base,
                     const struct judged_figure *figure,
                     double *room)
{
    if (again == NULL || base == NULL) {
        return delta_without(figure->pass);
    }
    const struct column *column = table_column(&measurements_layout, figure->figure);
    size_t count = series_log_ratios(again, base, column, room, NULL);
    struct estimate estimate = estimate_median(room, count);
    return verdict_delta(&estimate);
}

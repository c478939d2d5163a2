#include "harness/report/leaders.h"

#include <math.h>

struct span {
    double value, low, high;
};

static struct span span_of(const struct summary_row *row)
{
    if (row == NULL || row->failures.value > 0) {
        return (struct span){NAN, NAN, NAN};
    }
    return isnan(row->ratio) ? (struct span){row->median, row->low, row->high}
                             : (struct span){row->ratio, row->ratio_low, row->ratio_high};
}

size_t leaders_find(const struct summary_row *const *row, size_t count, bool *leads)
{
    struct span best = {NAN, NAN, NAN};
    for (size_t i = 0; i < count; i++) {
        struct span span = span_of(row[i]);
        if (!isnan(span.value) && !(span.value >= best.value)) {
            best = span;
        }
    }
    size_t leading = 0;
    for (size_t i = 0; i < count; i++) {
        leads[i] = span_of(row[i]).low <= best.high; /* false when either is NAN */
        leading += leads[i] ? 1 : 0;
    }
    return leading;
}

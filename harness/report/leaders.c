#include "harness/report/leaders.h"

#include "harness/report/judged.h"

#include <math.h>
#include <string.h>

struct span {
    double value, low, high;
};

/* Ratios are never set beside medians: `related` where any row of the case has one. */
static struct span span_of(const struct summary_row *row, bool related)
{
    if (row == NULL || row->failures.value > 0) {
        return (struct span){NAN, NAN, NAN};
    }
    return !related ? (struct span){row->median, row->low, row->high}
                    : (struct span){row->ratio, row->ratio_low, row->ratio_high};
}

size_t leaders_find(const struct summary_row *const *row, size_t count, bool *leads)
{
    struct span best = {NAN, NAN, NAN};
    bool related = false;
    for (size_t i = 0; i < count; i++) {
        related = related || (row[i] != NULL && !isnan(row[i]->ratio));
    }
    for (size_t i = 0; i < count; i++) {
        struct span span = span_of(row[i], related);
        if (!isnan(span.value) && !(span.value >= best.value)) {
            best = span;
        }
    }
    size_t leading = 0;
    for (size_t i = 0; i < count; i++) {
        leads[i] = span_of(row[i], related).low <= best.high; /* false when either is NAN */
        leading += leads[i] ? 1 : 0;
    }
    return leading;
}

bool leaders_prove(const struct summary_row *const *row, size_t count, const bool *leads)
{
    const struct summary_row *leader = NULL;
    size_t leading = 0;
    size_t others = 0;
    size_t greater = 0;
    for (size_t i = 0; i < count; i++) {
        if (leads[i]) {
            leader = row[i];
            leading++;
        } else if (row[i] != NULL) {
            others++;
            greater += judged_verdict(row[i]->verdict) == VERDICT_GREATER ? 1 : 0;
        }
    }
    if (leading != 1) {
        return false;
    }
    bool is_baseline = strcmp(leader->allocator, leader->baseline) == 0;
    return is_baseline ? greater == others : judged_verdict(leader->verdict) == VERDICT_LESS;
}

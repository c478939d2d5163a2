#include "harness/report/family.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool family_grow(struct family *family)
{
    if (family->count < family->room) {
        return true;
    }
    size_t room = family->room == 0 ? 64 : 2 * family->room;
    struct comparison *comparison =
        reallocarray(family->comparison, room, sizeof *family->comparison);
    if (comparison == NULL) {
        return false;
    }
    family->comparison = comparison;
    size_t *row = reallocarray(family->row, room, sizeof *family->row);
    if (row == NULL) {
        return false;
    }
    family->row = row;
    family->room = room;
    return true;
}

bool family_add(
    struct family *family, const double *log_ratios, size_t count, double delta, size_t row)
{
    double *copy = reallocarray(NULL, count + 1, sizeof *copy);
    if (copy == NULL || !family_grow(family)) {
        free(copy);
        return false;
    }
    memcpy(copy, log_ratios, count * sizeof *copy);
    family->comparison[family->count] =
        (struct comparison){.log_ratios = copy, .count = count, .delta = delta};
    family->row[family->count++] = row;
    return true;
}

/* Whether the interval that stands in the row bears the verdict out. It is the comparison's own but
 * for geometric means, whose intervals are resampled. */
static bool is_borne_out(const struct summary_row *row, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_LESS: return row->ratio_high < 1 - row->delta;
    case VERDICT_GREATER: return row->ratio_low > 1 + row->delta;
    case VERDICT_EQUIVALENT:
        return row->ratio_low >= 1 - row->delta && row->ratio_high <= 1 + row->delta;
    case VERDICT_NONE:
    case VERDICT_UNRESOLVED: break;
    }
    return true;
}

bool family_judge(struct family *family, struct summary_row *rows)
{
    size_t tests = 0;
    if (!verdict_judge(family->comparison, family->count, VERDICT_ALPHA)) {
        return false;
    }
    for (size_t i = 0; i < family->count; i++) {
        tests += family->comparison[i].count > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < family->count; i++) {
        const struct comparison *comparison = &family->comparison[i];
        struct summary_row *row = &rows[family->row[i]];
        row->delta = isfinite(comparison->delta) ? comparison->delta : NAN;
        row->comparisons = (struct count){tests > 0, tests};
        row->p = comparison->p;
        row->p_adjusted = comparison->p_adjusted;
        enum verdict verdict =
            is_borne_out(row, comparison->verdict) ? comparison->verdict : VERDICT_UNRESOLVED;
        row->verdict =
            judged_word(family->figure, judged_of_survivors(verdict, row->failures.value));
    }
    return true;
}

void family_free(struct family *family)
{
    for (size_t i = 0; i < family->count; i++) {
        free(family->comparison[i].log_ratios);
    }
    free(family->comparison);
    free(family->row);
    *family = (struct family){0};
}

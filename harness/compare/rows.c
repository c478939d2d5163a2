/* The result of a comparison as compare.csv, what was left out included. */
#include "harness/compare/view.h"

#include <math.h>

static const char *method_word(const struct compare_entry *entry)
{
    switch (entry->method) {
    case COMPARE_PAIRED: return "paired";
    case COMPARE_RATIOS: return "ratios";
    case COMPARE_UNPAIRED: return "unpaired";
    case COMPARE_EXACT: return "exact";
    }
    return "";
}

static void set_names(struct compare_row *row, const struct compare_entry *entry)
{
    const struct measurements_row *cell = compare_entry_row(entry);
    row->schema = count_of(TABLE_SCHEMA);
    row->first_run = entry->run[0]->measurements.rows[0].run;
    row->later_run = entry->run[1]->measurements.rows[0].run;
    if (entry->series[0] != NULL) {
        row->first_allocator = entry->series[0]->row[0]->allocator;
        row->first_sha256 = entry->series[0]->row[0]->library_sha256;
        row->first_failures = count_of(entry->series[0]->failures);
    }
    if (entry->series[1] != NULL) {
        row->later_allocator = entry->series[1]->row[0]->allocator;
        row->later_sha256 = entry->series[1]->row[0]->library_sha256;
        row->later_failures = count_of(entry->series[1]->failures);
    }
    row->pass = cell->pass;
    row->workload = cell->workload;
    row->parameters = cell->parameters;
    row->threads = cell->threads;
    row->status = compare_status_word(entry->status);
    row->status_detail = entry->detail;
    if (entry->figure != NULL) {
        row->figure = entry->figure->figure;
        row->unit = table_column(&measurements_layout, entry->figure->figure)->unit;
    }
}

static void set_judged(struct compare_row *row, const struct compare_entry *entry, size_t family)
{
    const struct comparison *judged = &entry->judged;
    row->method = method_word(entry);
    row->baseline = entry->method == COMPARE_RATIOS ? entry->control : "";
    row->first_blocks = count_of(entry->count[0]);
    row->later_blocks = count_of(entry->count[1]);
    row->first_median = entry->median[0];
    row->later_median = entry->median[1];
    row->ratio = judged->ratio;
    row->ratio_low = judged->low;
    row->ratio_high = judged->high;
    row->confidence = judged->confidence;
    row->delta = isfinite(judged->delta) ? judged->delta : (double)NAN;
    if (entry->method != COMPARE_EXACT) {
        row->comparisons = count_of(family);
    }
    row->p = judged->p;
    row->p_adjusted = judged->p_adjusted;
    row->a12 = entry->a12;
    row->verdict = judged_word(entry->figure, judged->verdict);
}

void compare_print_csv(const struct compare_result *result, FILE *out)
{
    table_print(out, &compare_layout, NULL);
    for (size_t i = 0; i < result->entries.count; i++) {
        const struct compare_entry *entry = &result->entries.items[i];
        struct compare_row row;
        table_clear_row(&compare_layout, &row);
        set_names(&row, entry);
        if (entry->status == COMPARE_DONE) {
            set_judged(&row, entry, result->family);
        }
        table_print(out, &compare_layout, &row);
    }
}

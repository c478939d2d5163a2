#include "harness/compare/run_check.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool is_known(const struct measurements_row *row, const struct column *column)
{
    if (column->type == COLUMN_TEXT) {
        const char *text;
        memcpy(&text, (const char *)row + column->offset, sizeof text);
        return text[0] != '\0';
    }
    return !isnan(table_number(row, column));
}

/* A row without a value in one of these cannot be placed; nor any, where a file lacks the column. */
static bool check_column(const struct compare_run *run, const char *name, struct error *error)
{
    const struct column *column = table_column(&measurements_layout, name);
    for (size_t i = 0; i < run->measurements.count; i++) {
        if (!is_known(&run->measurements.rows[i], column)) {
            return error_set(error,
                             "cannot compare \"%s\": row %zu has nothing in the column \"%s\"; "
                             "`heaplab columns` tells what it should hold",
                             run->words,
                             i + 1,
                             name);
        }
    }
    return true;
}

bool compare_run_check_rows(const struct compare_run *run, struct error *error)
{
    static const char *const needed[] = {
        "block", "pass", "workload", "threads", "allocator", "status"};
    if (run->measurements.table.torn_lines > 1) {
        return error_set(error,
                         "cannot compare \"%s\": %zu lines have too few or too many fields; the "
                         "file is damaged",
                         run->words,
                         run->measurements.table.torn_lines);
    }
    if (run->measurements.count == 0) {
        return error_set(error, "cannot compare \"%s\": there are no rows in it", run->words);
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!check_column(run, needed[i], error)) {
            return false;
        }
    }
    return true;
}

/* The second row of a block in a series, whose rows are in the order of blocks; NULL: none. */
static const struct measurements_row *find_twin(const struct series *series)
{
    for (size_t i = 1; i < series->count; i++) {
        if (series->row[i]->block.value == series->row[i - 1]->block.value) {
            return series->row[i];
        }
    }
    return NULL;
}

bool compare_run_check_twins(const struct compare_run *run, struct error *error)
{
    for (size_t i = 0; i < run->set.count; i++) {
        const struct measurements_row *row = find_twin(&run->set.series[i]);
        if (row != NULL) {
            return error_set(error,
                             "cannot compare \"%s\": two rows of block %" PRIu64
                             ", %s pass of %s on %" PRIu64 " threads under %s; are several runs in "
                             "one file?",
                             run->words,
                             row->block.value,
                             row->pass,
                             row->workload,
                             row->threads.value,
                             row->allocator);
        }
    }
    return true;
}

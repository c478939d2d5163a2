/* The layouts of table.h, generated from the lists in columns/. */
#include "harness/report/table.h"

#include <math.h>
#include <string.h>

#define COLUMN(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(ROW, name), unit, description},

#define ROW struct measurements_row
static const struct column measurements_columns[] = {
#include "harness/report/columns/measurements.def"
};
#undef ROW

#define ROW struct timeline_row
static const struct column timeline_columns[] = {
#include "harness/report/columns/timeline.def"
};
#undef ROW

#define ROW struct latency_row
static const struct column latency_columns[] = {
#include "harness/report/columns/latency.def"
};
#undef ROW

#define ROW struct summary_row
static const struct column summary_columns[] = {
#include "harness/report/columns/summary.def"
};
#undef ROW

#define ROW struct environment_row
static const struct column environment_columns[] = {
#include "harness/report/columns/environment.def"
};
#undef ROW

#define ROW struct heapmap_row
static const struct column heapmap_columns[] = {
#include "harness/report/columns/heapmap.def"
};
#undef ROW

#define ROW struct frames_row
static const struct column frames_columns[] = {
#include "harness/report/columns/frames.def"
};
#undef ROW

#define ROW struct compare_row
static const struct column compare_columns[] = {
#include "harness/report/columns/compare.def"
};
#undef ROW

#define ROW struct verdicts_row
static const struct column verdicts_columns[] = {
#include "harness/report/columns/verdicts.def"
};
#undef ROW

#define ROW struct environments_row
static const struct column environments_columns[] = {
#include "harness/report/columns/environments.def"
};
#undef ROW

#define ROW struct acknowledged_row
static const struct column acknowledged_columns[] = {
#include "harness/report/columns/acknowledged.def"
};
#undef ROW

#define ROW struct pinned_row
static const struct column pinned_columns[] = {
#include "harness/report/columns/pinned.def"
};
#undef ROW

#define ROW struct series_row
static const struct column series_columns[] = {
#include "harness/report/columns/series.def"
};
#undef ROW

#define LAYOUT(name)                                      \
    const struct table_layout name##_layout = {           \
        #name ".csv",                                     \
        sizeof(struct name##_row),                        \
        sizeof name##_columns / sizeof name##_columns[0], \
        name##_columns,                                   \
    }

LAYOUT(measurements);
LAYOUT(timeline);
LAYOUT(latency);
LAYOUT(summary);
LAYOUT(environment);
LAYOUT(heapmap);
LAYOUT(frames);
LAYOUT(compare);
LAYOUT(verdicts);
LAYOUT(environments);
LAYOUT(acknowledged);
LAYOUT(pinned);
LAYOUT(series);

const struct table_layout *const table_layouts[] = {
    &measurements_layout,
    &timeline_layout,
    &latency_layout,
    &summary_layout,
    &environment_layout,
    &heapmap_layout,
    &frames_layout,
    &compare_layout,
    &verdicts_layout,
    &environments_layout,
    &acknowledged_layout,
    &pinned_layout,
    &series_layout,
    NULL,
};

const struct column *table_column(const struct table_layout *layout, const char *name)
{
    for (size_t i = 0; i < layout->column_count; i++) {
        if (strcmp(layout->columns[i].name, name) == 0) {
            return &layout->columns[i];
        }
    }
    return NULL;
}

double table_number(const void *row, const struct column *column)
{
    const char *field = (const char *)row + column->offset;
    if (column->type == COLUMN_REAL) {
        double value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    if (column->type == COLUMN_COUNT) {
        struct count count;
        memcpy(&count, field, sizeof count);
        return count.known ? (double)count.value : NAN;
    }
    return NAN;
}

void table_clear_row(const struct table_layout *layout, void *row)
{
    memset(row, 0, layout->row_bytes);
    for (size_t i = 0; i < layout->column_count; i++) {
        char *field = (char *)row + layout->columns[i].offset;
        if (layout->columns[i].type == COLUMN_REAL) {
            const double unknown = NAN;
            memcpy(field, &unknown, sizeof unknown);
        } else if (layout->columns[i].type == COLUMN_TEXT) {
            *(const char **)(void *)field = "";
        }
    }
}

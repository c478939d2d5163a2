/* The layouts of table.h, generated from columns.def. */
#include "harness/report/table.h"

#include <math.h>
#include <string.h>

#define COLUMN(file, name, type, unit, description) COLUMN_##file(name, type, unit, description)
#define SKIP(name, type, unit, description)

#define COLUMN_measurements(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct measurements_row, name), unit, description},
#define COLUMN_timeline    SKIP
#define COLUMN_summary     SKIP
#define COLUMN_environment SKIP
#define COLUMN_heapmap     SKIP
#define COLUMN_frames      SKIP
static const struct column measurements_columns[] = {
#include "harness/report/columns.def"
};
#undef COLUMN_measurements
#undef COLUMN_timeline

#define COLUMN_measurements SKIP
#define COLUMN_timeline(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct timeline_row, name), unit, description},
static const struct column timeline_columns[] = {
#include "harness/report/columns.def"
};
#undef COLUMN_timeline
#undef COLUMN_summary

#define COLUMN_timeline SKIP
#define COLUMN_summary(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct summary_row, name), unit, description},
static const struct column summary_columns[] = {
#include "harness/report/columns.def"
};
#undef COLUMN_summary
#undef COLUMN_environment

#define COLUMN_summary SKIP
#define COLUMN_environment(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct environment_row, name), unit, description},
static const struct column environment_columns[] = {
#include "harness/report/columns.def"
};
#undef COLUMN_environment
#undef COLUMN_heapmap

#define COLUMN_environment SKIP
#define COLUMN_heapmap(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct heapmap_row, name), unit, description},
static const struct column heapmap_columns[] = {
#include "harness/report/columns.def"
};
#undef COLUMN_heapmap
#undef COLUMN_frames

#define COLUMN_heapmap SKIP
#define COLUMN_frames(name, type, unit, description) \
    {#name, COLUMN_##type, offsetof(struct frames_row, name), unit, description},
static const struct column frames_columns[] = {
#include "harness/report/columns.def"
};

#define LAYOUT(name)                                      \
    const struct table_layout name##_layout = {           \
        #name ".csv",                                     \
        sizeof(struct name##_row),                        \
        sizeof name##_columns / sizeof name##_columns[0], \
        name##_columns,                                   \
    }

LAYOUT(measurements);
LAYOUT(timeline);
LAYOUT(summary);
LAYOUT(environment);
LAYOUT(heapmap);
LAYOUT(frames);

const struct table_layout *const table_layouts[] = {
    &measurements_layout,
    &timeline_layout,
    &summary_layout,
    &environment_layout,
    &heapmap_layout,
    &frames_layout,
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
            const char *empty = "";
            memcpy(field, &empty, sizeof(const char *));
        }
    }
}

/* The CSV files as C structs: layouts, reading and writing, all generated from the lists in columns/
 * (one file each) so that header lines, fields and documentation cannot drift apart.
 *
 * A line of a list is COLUMN(name, type, unit, description), in file order. Types: TEXT, COUNT
 * (uint64_t), REAL (double). An unknown value is an empty field, never 0. Columns are only ever
 * added, at the end of their file; then TABLE_SCHEMA goes up. A new file is a new list, its struct
 * below and its line in table_layout.c.
 *
 * Reading matches columns by the names in the header line: columns that a file lacks are unknown,
 * and a file written by a newer heaplab (schema above TABLE_SCHEMA) is refused. Writing is by whole
 * rows, one write(2) each, so that a killed run leaves whole rows and at most one torn last line,
 * which reading drops and counts. Not thread-safe. libcsv does quoting and parsing. */
#ifndef HARNESS_REPORT_TABLE_H
#define HARNESS_REPORT_TABLE_H

#include "harness/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_SCHEMA 2

/* A whole number that may be unknown (an empty field). */
struct count {
    bool known;
    uint64_t value;
};

static inline struct count count_of(uint64_t value)
{
    return (struct count){true, value};
}

/* A REAL is unknown when it is NAN. A TEXT is never NULL in a row that was read; "" is unknown. */

#define TABLE_TYPE_TEXT  const char *
#define TABLE_TYPE_COUNT struct count
#define TABLE_TYPE_REAL  double

#define COLUMN(name, type, unit, description) TABLE_TYPE_##type name;

struct measurements_row {
#include "harness/report/columns/measurements.def"
};

struct timeline_row {
#include "harness/report/columns/timeline.def"
};

struct latency_row {
#include "harness/report/columns/latency.def"
};

struct summary_row {
#include "harness/report/columns/summary.def"
};

struct environment_row {
#include "harness/report/columns/environment.def"
};

struct heapmap_row {
#include "harness/report/columns/heapmap.def"
};

struct series_row {
#include "harness/report/columns/series.def"
};

struct frames_row {
#include "harness/report/columns/frames.def"
};

struct compare_row {
#include "harness/report/columns/compare.def"
};

struct verdicts_row {
#include "harness/report/columns/verdicts.def"
};

struct environments_row {
#include "harness/report/columns/environments.def"
};

struct acknowledged_row {
#include "harness/report/columns/acknowledged.def"
};

struct pinned_row {
#include "harness/report/columns/pinned.def"
};

#undef COLUMN

enum column_type {
    COLUMN_TEXT,
    COLUMN_COUNT,
    COLUMN_REAL
};

struct column {
    const char *name;
    enum column_type type;
    size_t offset; /* of the field in the row's struct */
    const char *unit;
    const char *description;
};

struct table_layout {
    const char *file; /* "measurements.csv" */
    size_t row_bytes;
    size_t column_count;
    const struct column *columns;
};

extern const struct table_layout measurements_layout;
extern const struct table_layout timeline_layout;
extern const struct table_layout latency_layout;
extern const struct table_layout summary_layout;
extern const struct table_layout environment_layout;
extern const struct table_layout heapmap_layout;
extern const struct table_layout series_layout;
extern const struct table_layout frames_layout;
extern const struct table_layout compare_layout;
extern const struct table_layout verdicts_layout;
extern const struct table_layout environments_layout;
extern const struct table_layout acknowledged_layout;
extern const struct table_layout pinned_layout;
extern const struct table_layout *const table_layouts[]; /* all of them, then NULL */

/* The column of that name, or NULL. */
const struct column *table_column(const struct table_layout *layout, const char *name);

/* The number in a COUNT or REAL field of a row, NAN when unknown or a TEXT. */
double table_number(const void *row, const struct column *column);

/* ---- Reading ---- */

struct text_block;

/* A file read into memory. The rows' texts belong to the table. */
struct table {
    void *rows;
    size_t count;
    size_t torn_lines;   /* lines with too few fields, dropped */
    uint64_t good_bytes; /* length of the file up to its last whole line */
    struct text_block *texts;
};

/* Reads the whole file; the table is released with table_free, also after a failure. */
bool table_read(const char *path,
                const struct table_layout *layout,
                struct table *table,
                struct error *error);
void table_free(struct table *table);

/* The same, typed: summary_read, summary_free, struct summary_table and so on. */
#define TABLE_DECLARE(file)                                                              \
    struct file##_table {                                                                \
        struct file##_row *rows;                                                         \
        size_t count;                                                                    \
        struct table table;                                                              \
    };                                                                                   \
    bool file##_read(const char *path, struct file##_table *table, struct error *error); \
    void file##_free(struct file##_table *table);

TABLE_DECLARE(measurements)
TABLE_DECLARE(timeline)
TABLE_DECLARE(latency)
TABLE_DECLARE(summary)
TABLE_DECLARE(environment)

/* ---- Writing ---- */

struct table_writer {
    int fd;
    const struct table_layout *layout;
    char *path;  /* for messages; owned */
    FILE *whole; /* gathers the text of a file that is written as a whole, else NULL */
    char *text;
    size_t text_bytes;
};

/* Creates the file with its header line; fails if it exists. */
bool table_create(struct table_writer *writer,
                  const char *path,
                  const struct table_layout *layout,
                  struct error *error);

/* The same for a table that is there as a whole: it is in the file only after table_close. */
bool table_create_whole(struct table_writer *writer,
                        const char *path,
                        const struct table_layout *layout,
                        struct error *error);

/* Opens an existing file for appending after `good_bytes`; a torn end is cut off. */
bool table_append(struct table_writer *writer,
                  const char *path,
                  const struct table_layout *layout,
                  uint64_t good_bytes,
                  struct error *error);

/* Writes one row; it is in the file when this returns, but for table_create_whole. */
bool table_write(struct table_writer *writer, const void *row, struct error *error);
bool table_close(struct table_writer *writer, struct error *error);

/* Prints a row, or for NULL the header line, as a line of the file. */
void table_print(FILE *out, const struct table_layout *layout, const void *row);

/* A row with every field unknown. */
void table_clear_row(const struct table_layout *layout, void *row);

#endif

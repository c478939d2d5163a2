/* Reading CSV files into rows: libcsv finds the fields, the header line says which is which. */
#include "harness/report/table.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BLOCK_BYTES 65536
#define FIELDS_MAX       256

struct text_block {
    struct text_block *next;
    size_t used;
    size_t bytes;
    char text[];
};

struct reading {
    const struct table_layout *layout;
    struct table *table;
    struct error *error;
    const char *path;
    const struct column *field_column[FIELDS_MAX]; /* by position in the file; NULL: not known */
    size_t header_fields;
    size_t field;
    size_t capacity;
    uint64_t line;
    char *row;           /* being filled */
    char not_number[81]; /* a field of this row that should be one; "" when all are well */
    bool in_header;
    bool failed;
};

static const char *texts_keep(struct table *table, const char *text, size_t bytes)
{
    struct text_block *block = table->texts;
    if (block == NULL || block->bytes - block->used <= bytes) {
        size_t want = bytes >= TEXT_BLOCK_BYTES ? bytes + 1 : TEXT_BLOCK_BYTES;
        block = malloc(sizeof *block + want);
        if (block == NULL) {
            return NULL;
        }
        *block = (struct text_block){table->texts, 0, want};
        table->texts = block;
    }
    char *kept = block->text + block->used;
    memcpy(kept, text, bytes);
    kept[bytes] = '\0';
    block->used += bytes + 1;
    return kept;
}

static void reading_fail(struct reading *reading, const char *what, const char *field)
{
    if (!reading->failed) {
        reading->failed = true;
        error_set(reading->error,
                  "cannot read \"%s\": line %" PRIu64 ": %s \"%.80s\"; the file was changed or is "
                  "not heaplab's",
                  reading->path,
                  reading->line,
                  what,
                  field);
    }
}

static void store_number(struct reading *reading, const struct column *column, const char *text)
{
    char *end = NULL;
    errno = 0;
    if (column->type == COLUMN_COUNT) {
        struct count count = count_of(strtoull(text, &end, 10));
        memcpy(reading->row + column->offset, &count, sizeof count);
    } else {
        double value = strtod(text, &end);
        memcpy(reading->row + column->offset, &value, sizeof value);
    }
    bool negative_count = column->type == COLUMN_COUNT && text[0] == '-';
    if (*end != '\0' || errno != 0 || negative_count) {
        (void)snprintf(reading->not_number, sizeof reading->not_number, "%s", text);
    }
}

static void on_header_field(struct reading *reading, const char *name)
{
    if (reading->field >= FIELDS_MAX) {
        reading_fail(reading, "too many columns at", name);
        return;
    }
    reading->field_column[reading->field++] = table_column(reading->layout, name);
}

static void on_field(void *bytes, size_t length, void *context)
{
    struct reading *reading = context;
    const char *text = bytes; /* libcsv ends it with a zero byte: CSV_APPEND_NULL */
    if (reading->failed) {
        return;
    }
    if (reading->in_header) {
        on_header_field(reading, text);
        return;
    }
    size_t position = reading->field++;
    const struct column *column =
        position < reading->header_fields ? reading->field_column[position] : NULL;
    if (column == NULL || length == 0) {
        return;
    }
    if (column->type != COLUMN_TEXT) {
        store_number(reading, column, text);
        return;
    }
    const char *kept = texts_keep(reading->table, text, length);
    if (kept == NULL) {
        reading_fail(reading, "out of memory at", text);
        return;
    }
    memcpy(reading->row + column->offset, &kept, sizeof kept);
}

static bool row_begin(struct reading *reading)
{
    struct table *table = reading->table;
    if (table->count == reading->capacity) {
        size_t capacity = reading->capacity == 0 ? 256 : reading->capacity * 2;
        void *rows = reallocarray(table->rows, capacity, reading->layout->row_bytes);
        if (rows == NULL) {
            reading_fail(reading, "out of memory", "");
            return false;
        }
        table->rows = rows;
        reading->capacity = capacity;
    }
    reading->row = (char *)table->rows + table->count * reading->layout->row_bytes;
    table_clear_row(reading->layout, reading->row);
    return true;
}

static void check_schema(struct reading *reading)
{
    const struct column *column = table_column(reading->layout, "schema");
    double schema = column != NULL ? table_number(reading->row, column) : NAN;
    if (schema > TABLE_SCHEMA && !reading->failed) {
        reading->failed = true;
        error_set(reading->error,
                  "cannot read \"%s\": schema %.0f was written by a newer heaplab, this one knows "
                  "up to %d; use that version",
                  reading->path,
                  schema,
                  TABLE_SCHEMA);
    }
}

static void on_line(int terminator, void *context)
{
    struct reading *reading = context;
    reading->line++;
    if (reading->failed) {
        return;
    }
    if (reading->in_header) {
        reading->header_fields = reading->field;
        reading->in_header = false;
    } else if (reading->field != reading->header_fields || terminator == -1) {
        reading->table->torn_lines++;
    } else if (reading->not_number[0] != '\0') { /* of a torn line it is no matter */
        reading_fail(reading, "not a number:", reading->not_number);
    } else {
        check_schema(reading);
        reading->table->count++;
    }
    reading->field = 0;
    reading->not_number[0] = '\0';
    (void)row_begin(reading);
}

static bool check_header(const struct reading *reading)
{
    for (size_t i = 0; i < reading->header_fields; i++) {
        if (reading->field_column[i] == &reading->layout->columns[0]) {
            return true;
        }
    }
    return error_set(reading->error,
                     "cannot read \"%s\": no column \"%s\" in its first line; this is no %s of "
                     "heaplab",
                     reading->path,
                     reading->layout->columns[0].name,
                     reading->layout->file);
}

/* A part of the file and where it begins. */
struct piece {
    const char *bytes;
    size_t length;
    uint64_t offset;
};

/* Line by line: only where a line's end ends a row too, and is not part of a text in quotes, may
 * more rows be appended. */
static void parse_lines(struct reading *reading, struct csv_parser *parser, struct piece piece)
{
    for (size_t at = 0; at < piece.length && !reading->failed;) {
        const char *line = piece.bytes + at;
        const char *newline = memchr(line, '\n', piece.length - at);
        size_t length = newline != NULL ? (size_t)(newline - line) + 1 : piece.length - at;
        uint64_t rows = reading->line;
        if (csv_parse(parser, line, length, on_field, on_line, reading) != length) {
            reading_fail(reading, "libcsv:", csv_strerror(csv_error(parser)));
        }
        at += length;
        if (newline != NULL && reading->line != rows) {
            reading->table->good_bytes = piece.offset + at;
        }
    }
}

static bool parse_file(struct reading *reading, FILE *file)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_APPEND_NULL) != 0) {
        return error_set(reading->error, "cannot read \"%s\": out of memory", reading->path);
    }
    char buffer[65536];
    size_t got;
    uint64_t offset = 0;
    while (!reading->failed && (got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        parse_lines(reading, &parser, (struct piece){buffer, got, offset});
        offset += got;
    }
    csv_fini(&parser, on_field, on_line, reading);
    csv_free(&parser);
    if (ferror(file)) {
        return error_set(reading->error, "cannot read \"%s\": %s", reading->path, strerror(errno));
    }
    return !reading->failed && check_header(reading);
}

bool table_read(const char *path,
                const struct table_layout *layout,
                struct table *table,
                struct error *error)
{
    *table = (struct table){0};
    struct reading reading = {
        .layout = layout, .table = table, .error = error, .path = path, .in_header = true};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, "cannot open \"%s\": %s", path, strerror(errno));
    }
    bool ok = row_begin(&reading) && parse_file(&reading, file);
    (void)fclose(file);
    return ok;
}

void table_free(struct table *table)
{
    struct text_block *block = table->texts;
    while (block != NULL) {
        struct text_block *next = block->next;
        free(block);
        block = next;
    }
    free(table->rows);
    *table = (struct table){0};
}

#define TABLE_DEFINE(file)                                                              \
    bool file##_read(const char *path, struct file##_table *table, struct error *error) \
    {                                                                                   \
        bool ok = table_read(path, &file##_layout, &table->table, error);               \
        table->rows = table->table.rows;                                                \
        table->count = table->table.count;                                              \
        return ok;                                                                      \
    }                                                                                   \
                                                                                        \
    void file##_free(struct file##_table *table)                                        \
    {                                                                                   \
        table_free(&table->table);                                                      \
        table->rows = NULL;                                                             \
        table->count = 0;                                                               \
    }

TABLE_DEFINE(measurements)
TABLE_DEFINE(timeline)
TABLE_DEFINE(latency)
TABLE_DEFINE(summary)
TABLE_DEFINE(environment)

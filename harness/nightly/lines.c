#include "harness/nightly/lines.h"

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 256

/* What is known of the file and of the line in hand. */
struct reading {
    const struct table_layout *layout;
    struct lines_report *report;
    const struct column *field_column[FIELDS_MAX]; /* by position; NULL: not known */
    size_t header_fields;
    size_t known_fields;
    bool in_order; /* the header's columns are ours, in our order */
    const struct column *schema;
    char *row;
    char *texts; /* of the row; as long as the line and a zero byte for each field */
    size_t texts_room;
    size_t texts_used;
    size_t field;
    bool in_header;
    bool ended; /* libcsv came to the end of a row */
    const char *problem;
};

static void on_header_field(struct reading *reading, const char *name)
{
    const struct column *column = table_column(reading->layout, name);
    size_t place = reading->field++;
    if (place < FIELDS_MAX) {
        reading->field_column[place] = column;
        reading->header_fields = place + 1;
    }
    reading->known_fields += column != NULL ? 1 : 0;
    reading->in_order = reading->in_order && place < reading->layout->column_count &&
                        column == &reading->layout->columns[place];
}

static bool is_number(const char *end, const char *text)
{
    return end != text && *end == '\0' && errno == 0;
}

static void store_number(struct reading *reading, const struct column *column, const char *text)
{
    char *end = NULL;
    char *field = reading->row + column->offset;
    errno = 0;
    if (column->type == COLUMN_COUNT) {
        struct count count = count_of(strtoull(text, &end, 10));
        memcpy(field, &count, sizeof count);
        if (!is_number(end, text) || isdigit((unsigned char)text[0]) == 0) {
            reading->problem = "not a number where one should be";
        }
    } else {
        double value = strtod(text, &end);
        memcpy(field, &value, sizeof value);
        if (!is_number(end, text) || !isfinite(value)) {
            reading->problem = "not a number where one should be";
        }
    }
}

static void on_field(void *bytes, size_t length, void *context)
{
    struct reading *reading = context;
    const char *text = bytes; /* libcsv ends it with a zero byte: CSV_APPEND_NULL */
    if (reading->in_header) {
        on_header_field(reading, text);
        return;
    }
    size_t place = reading->field++;
    const struct column *column =
        place < reading->header_fields ? reading->field_column[place] : NULL;
    if (column == NULL || length == 0) {
        return;
    }
    if (column->type != COLUMN_TEXT) {
        store_number(reading, column, text);
        return;
    }
    char *kept = reading->texts + reading->texts_used;
    memcpy(kept, text, length + 1);
    reading->texts_used += length + 1;
    memcpy(reading->row + column->offset, &kept, sizeof kept);
}

static void on_end(int terminator, void *context)
{
    struct reading *reading = context;
    (void)terminator;
    reading->ended = true;
}

/* Parses one line, its end included. False when memory is out. */
static bool
parse_line(struct reading *reading, struct csv_parser *parser, const char *line, size_t length)
{
    if (reading->texts_room < 2 * length + 2) {
        char *texts = realloc(reading->texts, 2 * length + 2);
        if (texts == NULL) {
            return false;
        }
        reading->texts = texts;
        reading->texts_room = 2 * length + 2;
    }
    reading->texts_used = 0;
    reading->field = 0;
    reading->ended = false;
    reading->problem = NULL;
    table_clear_row(reading->layout, reading->row);
    bool ok = csv_parse(parser, line, length, on_field, on_end, reading) == length;
    if (memchr(line, '\0', length) != NULL) {
        reading->problem = "not text";
    } else if (!reading->ended) {
        reading->problem = reading->field == 0 ? "empty" : "a quote without its end";
    } else if (reading->field < reading->header_fields) {
        reading->problem = "too few fields";
    } else if (reading->field > reading->header_fields) {
        reading->problem = "too many fields";
    }
    (void)csv_fini(parser, on_field, on_end, reading); /* whatever the line left open */
    return ok;
}

static void note_bad(struct lines_report *report, uint64_t line, const char *reason)
{
    if (report->bad < LINES_NAMED_MOST) {
        report->bad_line[report->bad] = line;
        report->bad_reason[report->bad] = reason;
    }
    report->bad++;
}

static uint64_t schema_of(const struct reading *reading)
{
    double schema = reading->schema != NULL ? table_number(reading->row, reading->schema) : NAN;
    return isnan(schema) ? 0 : (uint64_t)schema;
}

static enum lines_kind kind_of_header(const struct reading *reading)
{
    if (reading->field_column[0] != &reading->layout->columns[0]) {
        return LINES_FOREIGN;
    }
    if (reading->known_fields < reading->field) {
        return LINES_NEWER;
    }
    return reading->in_order && reading->field == reading->layout->column_count ? LINES_OURS
                                                                                : LINES_OLDER;
}

/* Takes the line that was parsed. False ends the reading. */
static bool take_line(struct reading *reading, const struct lines_visitor *visitor, uint64_t number)
{
    struct lines_report *report = reading->report;
    if (reading->in_header) {
        reading->in_header = false;
        report->kind = kind_of_header(reading);
        return report->kind == LINES_OURS || report->kind == LINES_OLDER;
    }
    if (reading->problem != NULL) {
        note_bad(report, number, reading->problem);
        return true;
    }
    uint64_t schema = schema_of(reading);
    report->newest_schema = schema > report->newest_schema ? schema : report->newest_schema;
    if (schema > TABLE_SCHEMA) {
        report->kind = LINES_NEWER;
        return false;
    }
    report->rows++;
    return visitor == NULL || visitor->each(visitor->context, reading->row);
}

static bool read_all(struct reading *reading,
                     struct csv_parser *parser,
                     FILE *file,
                     const struct lines_visitor *visitor)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    uint64_t number = 0;
    bool ok = true;
    while (ok && (length = getline(&line, &room, file)) > 0) {
        number++;
        if (line[length - 1] != '\n') {
            reading->report->torn = true;
            note_bad(reading->report, number, "torn: it has no end");
            break;
        }
        reading->report->good_bytes += (uint64_t)length;
        ok = parse_line(reading, parser, line, (size_t)length) &&
             take_line(reading, visitor, number);
    }
    free(line);
    return ok;
}

bool lines_refuse(const char *path, const struct lines_report *report, struct error *error)
{
    if (report->kind == LINES_NEWER) {
        return error_set(error,
                         "\"%s\" was written by a newer heaplab (this one knows schema %d); it is "
                         "left as it is: use that version",
                         path,
                         TABLE_SCHEMA);
    }
    if (report->kind == LINES_FOREIGN) {
        return error_set(error,
                         "\"%s\" does not begin with columns of heaplab's; it is left as it is: "
                         "move it away",
                         path);
    }
    return error_set(error, "cannot read \"%s\": %s", path, strerror(errno));
}

bool lines_read_stream(FILE *file,
                       const struct table_layout *layout,
                       const struct lines_visitor *visitor,
                       struct lines_report *report)
{
    *report = (struct lines_report){.kind = LINES_ABSENT};
    struct csv_parser parser;
    struct reading reading = {
        .layout = layout,
        .report = report,
        .in_order = true,
        .in_header = true,
        .schema = table_column(layout, "schema"),
        .row = malloc(layout->row_bytes),
    };
    errno = ENOMEM;
    bool ok = reading.row != NULL && csv_init(&parser, CSV_APPEND_NULL) == 0;
    if (ok) {
        ok = read_all(&reading, &parser, file, visitor);
        csv_free(&parser);
    }
    free(reading.texts);
    free(reading.row);
    return ok && ferror(file) == 0;
}

bool lines_read(const char *path,
                const struct table_layout *layout,
                const struct lines_visitor *visitor,
                struct lines_report *report,
                struct error *error)
{
    *report = (struct lines_report){.kind = LINES_ABSENT};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT || lines_refuse(path, report, error);
    }
    bool ok = lines_read_stream(file, layout, visitor, report);
    (void)fclose(file);
    return ok || lines_refuse(path, report, error);
}

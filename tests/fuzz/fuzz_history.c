/* Fuzzes the reader of a history's files: whatever the bytes are, every line is a row or is passed
 * over and counted, rows hold texts and finite numbers, and the file's whole lines are found. The
 * texts of rows are also taken as cells and patterns of cells. */
#include "harness/nightly/cells.h"
#include "harness/nightly/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "violated: %s\n", what);
        abort();
    }
}

static bool check_row(void *context, const void *bytes)
{
    const struct verdicts_row *row = bytes;
    char name[CELL_BYTES];
    size_t *rows = context;
    require(!isinf(row->ratio) && !isinf(row->fresh_low), "numbers are finite or unknown");
    require(strpbrk(row->verdict, "\n") == NULL, "texts have no line breaks");
    require(row->schema.value <= TABLE_SCHEMA, "no row is newer");
    const struct cell cell = {
        row->allocator, row->workload, row->parameters, row->threads.value, row->figure};
    require(cell_matches("", cell_name(name, &cell), false), "an empty pattern matches");
    (void)cell_matches(row->run, name, true);
    ++*rows;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0) {
        return 0; /* fmemopen takes no empty buffer */
    }
    size_t rows = 0;
    size_t lines = 0;
    struct lines_report report;
    const struct lines_visitor visitor = {check_row, &rows};
    FILE *file = fmemopen((void *)data, bytes, "r");
    bool ok = file != NULL && lines_read_stream(file, &verdicts_layout, &visitor, &report);
    if (file != NULL) {
        (void)fclose(file);
    }
    for (size_t i = 0; i < bytes; i++) {
        lines += data[i] == '\n' ? 1 : 0;
    }
    if (ok) {
        bool torn = data[bytes - 1] != '\n';
        size_t header = report.kind != LINES_ABSENT ? 1 : 0;
        require(report.rows == rows, "every row is counted");
        require(report.torn == torn, "a torn end is seen");
        require(header + rows + report.bad == lines + (torn ? 1 : 0),
                "every line is accounted for");
        require(report.good_bytes <= bytes, "whole lines lie in the file");
    }
    return 0;
}

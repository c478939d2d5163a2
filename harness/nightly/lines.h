/* The files of a history read line by line: what is no row is passed over and named by its line
 * number, so that one bad line costs itself only.
 *
 * Unlike table.h, which reads the files of one run and refuses what it does not understand. A row of
 * a history never holds a line break, so that a text in quotes that was torn ends with its line. */
#ifndef HARNESS_NIGHTLY_LINES_H
#define HARNESS_NIGHTLY_LINES_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_NAMED_MOST 4

enum lines_kind {
    LINES_ABSENT,  /* there is no such file, or nothing in it */
    LINES_OURS,    /* exactly our columns */
    LINES_OLDER,   /* lacks some of them, or has them in another order */
    LINES_NEWER,   /* has columns or rows of a newer heaplab */
    LINES_FOREIGN, /* the first line names no columns of ours */
};

struct lines_report {
    enum lines_kind kind;
    size_t rows;
    size_t bad;                               /* lines passed over; a torn end is one */
    uint64_t bad_line[LINES_NAMED_MOST];      /* numbers of the first of them, from 1 */
    const char *bad_reason[LINES_NAMED_MOST]; /* static texts */
    bool torn;                                /* the last line has no end */
    uint64_t good_bytes; /* length up to the end of the last line that has one */
    uint64_t newest_schema;
};

/* Calls `each` with every row; the row's texts live during the call only. It returns false to end
 * the reading, when memory is out. */
struct lines_visitor {
    bool (*each)(void *context, const void *row);
    void *context;
};

/* Reads the file. A file that is absent has no rows; one that is newer or foreign is an error that
 * names it. The report is filled in any case. */
bool lines_read(const char *path,
                const struct table_layout *layout,
                const struct lines_visitor *visitor,
                struct lines_report *report,
                struct error *error);

/* The same from a stream; false also where the file is newer or foreign. */
bool lines_read_stream(FILE *file,
                       const struct table_layout *layout,
                       const struct lines_visitor *visitor,
                       struct lines_report *report);

/* Looks at the first and the last line only: kind, torn, good_bytes. False when the file cannot be
 * read, or is newer or foreign. */
bool lines_inspect(const char *path,
                   const struct table_layout *layout,
                   struct lines_report *report,
                   struct error *error);

/* Fills the error for a file of that kind, else for errno; returns false. */
bool lines_refuse(const char *path, const struct lines_report *report, struct error *error);

/* Prints one line for what was passed over, nothing when that is nothing or `out` is NULL: "verdicts.csv: 2 lines are
 * no rows and are passed over: 7 (too few fields), 9 (torn: it has no end)". */
void lines_tell(const struct lines_report *report, const char *file, FILE *out);

#endif

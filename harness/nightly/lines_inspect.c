/* A look at the ends of a history file, however long it is, and words for what was found in one. */
#include "harness/nightly/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_BYTES (UINT64_C(1) << 20) /* longer than any line of ours */

struct ends {
    char *first; /* line, with its end if it has one; owned */
    size_t first_bytes;
    char *tail; /* the last bytes of the file; owned */
    size_t tail_bytes;
    uint64_t file_bytes;
};

static bool read_ends(FILE *file, struct ends *ends)
{
    size_t room = 0;
    ssize_t length = getline(&ends->first, &room, file);
    ends->first_bytes = length > 0 ? (size_t)length : 0;
    ends->tail = malloc(TAIL_BYTES);
    if (ends->tail == NULL || fseeko(file, 0, SEEK_END) != 0) {
        return false;
    }
    ends->file_bytes = (uint64_t)ftello(file);
    uint64_t from = ends->file_bytes > TAIL_BYTES ? ends->file_bytes - TAIL_BYTES : 0;
    if (fseeko(file, (off_t)from, SEEK_SET) != 0) {
        return false;
    }
    ends->tail_bytes = fread(ends->tail, 1, TAIL_BYTES, file);
    return ferror(file) == 0;
}

/* Whether a first line without an end may be what was left of our header. */
static bool is_part_of_header(const struct ends *ends, const struct table_layout *layout)
{
    char *header = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&header, &bytes);
    if (out == NULL) {
        return false;
    }
    table_print(out, layout, NULL);
    bool part = fclose(out) == 0 && ends->first_bytes < bytes &&
                memcmp(header, ends->first, ends->first_bytes) == 0;
    free(header);
    return part;
}

/* Reads the first and the last whole line as if they were the file. */
static bool
judge(const struct ends *ends, const struct table_layout *layout, struct lines_report *report)
{
    const char *end = memrchr(ends->tail, '\n', ends->tail_bytes);
    const char *before = end != NULL ? memrchr(ends->tail, '\n', (size_t)(end - ends->tail)) : NULL;
    size_t last_bytes = before != NULL ? (size_t)(end - before) : 0;
    char *text = malloc(ends->first_bytes + last_bytes + 1);
    if (text == NULL) {
        return false;
    }
    memcpy(text, ends->first, ends->first_bytes);
    if (last_bytes > 0) {
        memcpy(text + ends->first_bytes, before + 1, last_bytes);
    }
    FILE *file = fmemopen(text, ends->first_bytes + last_bytes, "r");
    bool ok = file != NULL && lines_read_stream(file, layout, NULL, report);
    if (file != NULL) {
        (void)fclose(file);
    }
    free(text);
    size_t torn_bytes =
        end != NULL ? ends->tail_bytes - (size_t)(end + 1 - ends->tail) : ends->tail_bytes;
    report->torn = torn_bytes > 0;
    report->good_bytes = ends->file_bytes - torn_bytes;
    return ok;
}

bool lines_inspect(const char *path,
                   const struct table_layout *layout,
                   struct lines_report *report,
                   struct error *error)
{
    struct ends ends = {0};
    *report = (struct lines_report){.kind = LINES_ABSENT};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT || lines_refuse(path, report, error);
    }
    bool ok = read_ends(file, &ends);
    if (ok && ends.first_bytes > 0 && ends.first[ends.first_bytes - 1] != '\n') {
        report->kind = is_part_of_header(&ends, layout) ? LINES_ABSENT : LINES_FOREIGN;
        report->torn = true;
        ok = report->kind == LINES_ABSENT;
    } else if (ok && ends.first_bytes > 0) {
        ok = judge(&ends, layout, report);
    }
    (void)fclose(file);
    free(ends.first);
    free(ends.tail);
    return ok || lines_refuse(path, report, error);
}

void lines_tell(const struct lines_report *report, const char *file, FILE *out)
{
    if (out == NULL || report->bad == 0) {
        return;
    }
    (void)fprintf(out,
                  "%s: %zu line%s no row%s and passed over:",
                  file,
                  report->bad,
                  report->bad == 1 ? " is" : "s are",
                  report->bad == 1 ? "" : "s");
    for (size_t i = 0; i < report->bad && i < LINES_NAMED_MOST; i++) {
        (void)fprintf(out,
                      "%s %" PRIu64 " (%s)",
                      i > 0 ? "," : "",
                      report->bad_line[i],
                      report->bad_reason[i]);
    }
    (void)fputs(report->bad > LINES_NAMED_MOST ? ", ...\n" : "\n", out);
}

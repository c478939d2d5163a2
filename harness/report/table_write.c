/* Writing rows to CSV files: one write(2) for each row. libcsv quotes the texts that need it. */
#include "harness/report/table.h"

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_failed(const struct table_writer *writer, struct error *error)
{
    return error_set(error,
                     "cannot write \"%s\": %s; free some space or choose another folder with "
                     "--output, then go on with --resume",
                     writer->path,
                     strerror(errno));
}

/* Leaves whole rows only: cuts off what was written from `start` on (-1: nothing). */
static bool take_back(const struct table_writer *writer, off_t start, struct error *error)
{
    int reason = errno;
    if (start >= 0) {
        (void)!ftruncate(writer->fd, start);
    }
    errno = reason;
    return write_failed(writer, error);
}

static bool
write_whole(struct table_writer *writer, const char *bytes, size_t length, struct error *error)
{
    off_t start = lseek(writer->fd, 0, SEEK_END);
    size_t done = 0;
    while (done < length) {
        ssize_t n = write(writer->fd, bytes + done, length - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return take_back(writer, done > 0 ? start : -1, error);
        }
        done += (size_t)n;
    }
    return true;
}

/* Readers drop blanks at the edges of a text without quotes. */
static bool needs_quotes(const char *text)
{
    size_t length = strlen(text);
    return strpbrk(text, ",\"\r\n") != NULL ||
           (length > 0 && (isblank((unsigned char)text[0]) != 0 ||
                           isblank((unsigned char)text[length - 1]) != 0));
}

static void print_text(FILE *out, const char *text)
{
    if (needs_quotes(text)) {
        (void)csv_fwrite(out, text, strlen(text));
    } else {
        (void)fputs(text, out);
    }
}

static void print_field(FILE *out, const void *row, const struct column *column)
{
    const char *field = (const char *)row + column->offset;
    if (column->type == COLUMN_TEXT) {
        const char *text;
        memcpy(&text, field, sizeof text);
        print_text(out, text);
    } else if (column->type == COLUMN_COUNT) {
        struct count count;
        memcpy(&count, field, sizeof count);
        if (count.known) {
            (void)fprintf(out, "%" PRIu64, count.value);
        }
    } else {
        double value;
        memcpy(&value, field, sizeof value);
        if (isfinite(value)) { /* no number is infinite: it is not known */
            (void)fprintf(out, "%.9g", value);
        }
    }
}

void table_print(FILE *out, const struct table_layout *layout, const void *row)
{
    for (size_t i = 0; i < layout->column_count; i++) {
        if (i > 0) {
            (void)fputc(',', out);
        }
        if (row == NULL) {
            print_text(out, layout->columns[i].name);
        } else {
            print_field(out, row, &layout->columns[i]);
        }
    }
    (void)fputc('\n', out);
}

/* Writes the header line (row NULL) or one row. */
static bool write_line(struct table_writer *writer, const void *row, struct error *error)
{
    if (writer->whole != NULL) {
        table_print(writer->whole, writer->layout, row);
        return ferror(writer->whole) == 0 || write_failed(writer, error);
    }
    char *line = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&line, &length);
    if (out == NULL) {
        return write_failed(writer, error);
    }
    table_print(out, writer->layout, row);
    bool ok =
        fclose(out) == 0 ? write_whole(writer, line, length, error) : write_failed(writer, error);
    free(line);
    return ok;
}

static bool
writer_open(struct table_writer *writer, const char *path, int flags, struct error *error)
{
    writer->path = strdup(path);
    if (writer->path == NULL) {
        return error_set(error, "cannot write \"%s\": out of memory", path);
    }
    writer->fd = open(path, flags | O_CLOEXEC, 0666);
    if (writer->fd >= 0) {
        return true;
    }
    error_set(error,
              "cannot write \"%s\": %s; choose a folder that can be written with --output",
              path,
              strerror(errno));
    free(writer->path);
    writer->path = NULL;
    return false;
}

bool table_create(struct table_writer *writer,
                  const char *path,
                  const struct table_layout *layout,
                  struct error *error)
{
    *writer = (struct table_writer){.fd = -1, .layout = layout};
    return writer_open(writer, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, error) &&
           write_line(writer, NULL, error);
}

bool table_create_whole(struct table_writer *writer,
                        const char *path,
                        const struct table_layout *layout,
                        struct error *error)
{
    *writer = (struct table_writer){.fd = -1, .layout = layout};
    if (!writer_open(writer, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, error)) {
        return false;
    }
    writer->whole = open_memstream(&writer->text, &writer->text_bytes);
    return writer->whole != NULL ? write_line(writer, NULL, error) : write_failed(writer, error);
}

bool table_append(struct table_writer *writer,
                  const char *path,
                  const struct table_layout *layout,
                  uint64_t good_bytes,
                  struct error *error)
{
    *writer = (struct table_writer){.fd = -1, .layout = layout};
    if (!writer_open(writer, path, O_WRONLY | O_APPEND, error)) {
        return false;
    }
    return ftruncate(writer->fd, (off_t)good_bytes) == 0 || write_failed(writer, error);
}

bool table_write(struct table_writer *writer, const void *row, struct error *error)
{
    return write_line(writer, row, error);
}

/* Writes what was gathered of a whole file. */
static bool write_gathered(struct table_writer *writer, struct error *error)
{
    bool ok = fclose(writer->whole) == 0
                  ? write_whole(writer, writer->text, writer->text_bytes, error)
                  : write_failed(writer, error);
    free(writer->text);
    return ok;
}

bool table_close(struct table_writer *writer, struct error *error)
{
    if (writer->path == NULL) {
        return true;
    }
    bool ok = writer->whole == NULL || write_gathered(writer, error);
    if (close(writer->fd) != 0) {
        ok = ok && write_failed(writer, error);
    }
    free(writer->path);
    *writer = (struct table_writer){.fd = -1};
    return ok;
}

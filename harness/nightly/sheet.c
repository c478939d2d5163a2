#include "harness/nightly/sheet.h"

#include <string.h>

#define INDENT ((size_t)2)

size_t sheet_fitting(const char *text, size_t columns)
{
    size_t at = 0;
    for (; text[at] != '\0'; at++) {
        bool starts = ((unsigned char)text[at] & 0xc0) != 0x80; /* not a byte that goes on */
        if (starts && columns-- == 0) {
            break;
        }
    }
    return at;
}

/* Columns of a text in UTF-8. */
static size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (; *text != '\0'; text++) {
        columns += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return columns;
}

bool sheet_fits(const char *name, const char *text)
{
    return 2 * INDENT + columns_of(name) + columns_of(text) <= SHEET_COLUMNS;
}

/* Bytes of a line of `columns` columns: to the last blank that they hold, all when it fits; a word that
 * is longer is broken. */
static size_t wrapped(const char *text, size_t columns)
{
    size_t most = sheet_fitting(text, columns);
    if (text[most] == '\0' || text[most] == ' ') {
        return most;
    }
    for (size_t at = most; at > 0; at--) {
        if (text[at - 1] == ' ' && strspn(text, " ") < at - 1) {
            return at - 1;
        }
    }
    return most;
}

static void put_bytes(struct sheet *sheet, size_t indent, const char *text, size_t bytes)
{
    (void)fprintf(sheet->out, "%*s%.*s\n", (int)indent, "", (int)bytes, text);
    sheet->lines++;
}

/* A text in as many lines as it needs, the first one indented by `indent`, the others by `further`. */
static void put_wrapped(struct sheet *sheet, size_t indent, size_t further, const char *text)
{
    if (sheet->markdown) {
        put_bytes(sheet, indent, text, strlen(text));
        return;
    }
    do {
        size_t bytes = wrapped(text, SHEET_COLUMNS - indent);
        put_bytes(sheet, indent, text, bytes);
        text += bytes;
        text += strspn(text, " ");
        indent = further;
    } while (*text != '\0');
}

/* A text of an entry. */
static void put_entry(struct sheet *sheet, size_t indent, size_t further, const char *text)
{
    static const char rest[] = "...";
    size_t columns = SHEET_COLUMNS - indent;
    if (sheet->markdown || !sheet->is_short || text[sheet_fitting(text, columns)] == '\0') {
        put_wrapped(sheet, indent, further, text);
        return;
    }
    size_t bytes = sheet_fitting(text, columns - strlen(rest));
    (void)fprintf(sheet->out, "%*s%.*s%s\n", (int)indent, "", (int)bytes, text, rest);
    sheet->lines++;
}

static void put_blank(struct sheet *sheet)
{
    (void)fputc('\n', sheet->out);
    sheet->lines++;
}

void sheet_title(struct sheet *sheet, const char *text)
{
    (void)fputs(sheet->markdown ? "# " : "", sheet->out);
    put_wrapped(sheet, 0, 0, text);
    if (sheet->markdown) {
        put_blank(sheet);
    }
}

/* Markdown joins lines that follow each other. */
void sheet_paragraph(struct sheet *sheet, const char *text)
{
    put_wrapped(sheet, 0, 0, text);
    if (sheet->markdown) {
        put_blank(sheet);
    }
}

void sheet_heading(struct sheet *sheet, const char *text)
{
    if (sheet->markdown) {
        (void)fprintf(sheet->out, "\n## %s\n\n", text);
        sheet->lines += 4;
    } else {
        put_wrapped(sheet, 0, 0, text);
    }
}

void sheet_item(struct sheet *sheet, const char *name, const char *text)
{
    char line[4096];
    const char *between = name[0] != '\0' && text[0] != '\0' ? "  " : "";
    if (sheet->markdown && name[0] != '\0') {
        (void)snprintf(line, sizeof line, "- `%s`%s%s", name, between, text);
    } else {
        (void)snprintf(
            line, sizeof line, "%s%s%s%s", sheet->markdown ? "- " : "", name, between, text);
    }
    put_entry(sheet, sheet->markdown ? 0 : INDENT, 3 * INDENT, line);
}

void sheet_more(struct sheet *sheet, const char *text)
{
    put_entry(sheet, sheet->markdown ? 2 : 3 * INDENT, 3 * INDENT, text);
}

/* Where to break: behind the last blank that leaves room for the backslash; all when it fits. */
static size_t line_end(const char *command)
{
    const size_t columns = SHEET_COLUMNS - 3 * INDENT - 2;
    if (strlen(command) <= columns) {
        return strlen(command);
    }
    for (size_t at = columns; at > 0; at--) {
        if (command[at] == ' ') {
            return at;
        }
    }
    return strlen(command); /* one long word, which nothing can break */
}

void sheet_command(struct sheet *sheet, const char *command)
{
    if (sheet->markdown) {
        (void)fprintf(sheet->out, "```sh\n%s\n```\n", command);
        sheet->lines += 3;
        return;
    }
    for (size_t indent = INDENT; *command != '\0'; indent = 3 * INDENT) {
        size_t bytes = line_end(command);
        bool last = command[bytes] == '\0';
        (void)fprintf(
            sheet->out, "%*s%.*s%s\n", (int)indent, "", (int)bytes, command, last ? "" : " \\");
        sheet->lines++;
        command += bytes + (last ? 0 : 1);
    }
}

/* A page of headings and lines, as text for a terminal or as Markdown. */
#ifndef HARNESS_NIGHTLY_SHEET_H
#define HARNESS_NIGHTLY_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SHEET_COLUMNS 100

struct sheet {
    FILE *out;
    bool markdown;
    bool is_short; /* entries are cut at one line where this is text, and end with "..." */
    size_t lines;  /* written so far */
};

void sheet_title(struct sheet *sheet, const char *text);
void sheet_paragraph(struct sheet *sheet, const char *text);
void sheet_heading(struct sheet *sheet, const char *text);

/* An entry of a list; as text it goes on over several lines of SHEET_COLUMNS columns if need be. `name`, or
 * "", is set as code. */
void sheet_item(struct sheet *sheet, const char *name, const char *text);

/* A further line of the entry before, or several. */
void sheet_more(struct sheet *sheet, const char *text);

/* A command, over several lines if need be, each but the last ended by a backslash. */
void sheet_command(struct sheet *sheet, const char *command);

/* Whether an entry of these two fits one line. */
bool sheet_fits(const char *name, const char *text);

/* Bytes of the text's first `columns` columns (UTF-8, one column each). */
size_t sheet_fitting(const char *text, size_t columns);

#endif

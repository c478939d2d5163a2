/* Writing HTML: text made safe, the style of heaplab's pages, charts set into a page. */
#ifndef HARNESS_REPORT_HTML_H
#define HARNESS_REPORT_HTML_H

#include <stdbool.h>
#include <stdio.h>

/* Writes text with &, <, >, " and ' escaped: safe in elements and in quoted attributes. */
void html_text(FILE *out, const char *text);

/* Everything up to and with <body>: language, width, inline style for light and dark. */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/* A box that scrolls sideways by itself, so that wide things leave the page's width alone. */
void html_box_begin(FILE *out, const char *label);
void html_box_end(FILE *out);

/* Copies an SVG file that gnuplot wrote into the page: `name` is put before its ids, which are the
 * same in every file, and `label` describes it to those who cannot see it. False, with nothing
 * written, when the file cannot be read or holds no SVG. */
bool html_svg(FILE *out, const char *path, const char *name, const char *label);

#endif

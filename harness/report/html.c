#include "harness/report/html.h"

#include <stdlib.h>
#include <string.h>

/* Sizes in the SVG are 1/72 in: shown enlarged, so that 8 pt reads well on a screen. */
#define SVG_SHOWN_LARGEST 1.75
#define SVG_SHOWN_LEAST   1.25

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1b1b;--muted:#5c5c5c;--paper:#fcfcfa;--line:#d9d9d4;"
    "--soft:#f1f1ec;--best:#0b5a8f;--bad:#9a3412}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e3;--muted:#a5a5a0;--paper:#191a1c;"
    "--line:#3a3b3e;--soft:#242528;--best:#7cc4f4;--bad:#f0a070}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:1rem 1rem 4rem;max-width:74rem;color:var(--ink);"
    "background:var(--paper);font:16px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0;overflow-wrap:anywhere}"
    "h2{font-size:1.25rem;margin:2.5rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}"
    "h3{font-size:1.05rem;margin:2rem 0 .25rem}"
    "p,li,dd{max-width:46rem}.muted{color:var(--muted)}"
    "a{color:var(--best)}nav a{margin-right:1rem;white-space:nowrap}"
    ".box{overflow-x:auto;width:fit-content;max-width:100%;margin:.75rem 0;border:1px solid "
    "var(--line);"
    "border-radius:6px}"
    ".chart{background:#fff;padding:.5rem}.chart svg{display:block;height:auto}"
    "table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .6rem;text-align:right;border-top:1px solid var(--line);"
    "vertical-align:top;white-space:nowrap}"
    "th[scope=row],thead th:first-child,.words th,.words td{text-align:left}"
    "th[scope=row]{position:sticky;left:0;background:var(--paper);font-weight:500}"
    "thead th{background:var(--soft)}tfoot td,tfoot th{border-top:2px solid var(--muted)}"
    ".words td{white-space:normal}.words td:last-child{overflow-wrap:anywhere;min-width:9rem}"
    "td small{display:block;color:var(--muted)}"
    "td.best{font-weight:700;color:var(--best)}td.failed{color:var(--bad)}"
    "td.floor,th.floor{color:var(--muted);font-weight:400}"
    "pre,code{font:.875rem/1.5 ui-monospace,monospace}pre{margin:0;padding:.75rem}"
    "dt{font-weight:600}dd{margin:0 0 .5rem 1rem}summary{cursor:pointer}"
    "@media print{.box{overflow:visible}}";

void html_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&': (void)fputs("&amp;", out); break;
        case '<': (void)fputs("&lt;", out); break;
        case '>': (void)fputs("&gt;", out); break;
        case '"': (void)fputs("&quot;", out); break;
        case '\'': (void)fputs("&#39;", out); break;
        default: (void)fputc(*c, out); break;
        }
    }
}

void html_begin(FILE *out, const char *title)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                out);
    html_text(out, title);
    (void)fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

void html_end(FILE *out)
{
    (void)fputs("</body>\n</html>\n", out);
}

void html_box_begin(FILE *out, const char *label)
{
    (void)fputs("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    html_text(out, label);
    (void)fputs("\">\n", out);
}

void html_box_end(FILE *out)
{
    (void)fputs("</div>\n", out);
}

/* The whole file as a string, or NULL; freed by the caller. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t room = 0;
    ssize_t length = getdelim(&text, &room, '\0', file);
    (void)fclose(file);
    if (length < 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* The length of what stands before an id at `text`, 0 when none does. */
static size_t before_id(const char *text)
{
    static const char *const forms[] = {" id=\"", " id='", "href=\"#", "href='#", "url(#"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t length = strlen(forms[i]);
        if (strncmp(text, forms[i], length) == 0) {
            return length;
        }
    }
    return 0;
}

/* Skips gnuplot's numbers as titles of what has no name: they would show as tooltips. */
static const char *skip_number_title(const char *svg)
{
    static const char number[] = "<title>gnuplot_plot_";
    const char *end = strncmp(svg, number, sizeof number - 1) == 0 ? strstr(svg, "</title>") : NULL;
    return end == NULL ? svg : end + strlen("</title>");
}

/* Copies SVG with `name-` before every id inside tags; texts of the chart are left alone. */
static void copy_prefixed(FILE *out, const char *svg, const char *name)
{
    bool in_tag = false;
    while (*svg != '\0') {
        svg = skip_number_title(svg);
        in_tag = *svg == '<' || (in_tag && *svg != '>');
        size_t length = in_tag ? before_id(svg) : 0;
        if (length > 0) {
            (void)fprintf(out, "%.*s%s-", (int)length, svg, name);
            svg += length;
        } else {
            (void)fputc(*svg++, out);
        }
    }
}

/* Skips what stands between the svg tag and the drawing: gnuplot's own title and description. */
static const char *skip_credits(const char *svg)
{
    const char *end = strstr(svg, "</desc>");
    return end == NULL ? svg : end + strlen("</desc>");
}

bool html_svg(FILE *out, const char *path, const char *name, const char *label)
{
    char *file = read_file(path);
    char *tag = file == NULL ? NULL : strstr(file, "<svg");
    char *box = tag == NULL ? NULL : strstr(tag, "viewBox=\"0 0 ");
    char *body = box == NULL ? NULL : strchr(box, '>');
    if (body == NULL) {
        free(file);
        return false;
    }
    char *end = NULL;
    double width = strtod(box + strlen("viewBox=\"0 0 "), &end);
    double height = strtod(end, NULL);
    (void)fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" "
                "xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" aria-label=\"",
                out);
    html_text(out, label);
    (void)fprintf(
        out,
        "\" viewBox=\"0 0 %g %g\" style=\"width:%.0fpx;min-width:%.0fpx;max-width:100%%\">",
        width,
        height,
        width * SVG_SHOWN_LARGEST,
        width > 300 ? width * SVG_SHOWN_LEAST : 0);
    copy_prefixed(out, skip_credits(body + 1), name);
    free(file);
    return true;
}

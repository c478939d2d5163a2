/* The finding of a run in words. A claim names its interval, and what the run cannot decide is said
 * to be undecided. */
#include "harness/report/html.h"
#include "harness/report/page_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLAG_FLOOR_HIGH "floor_high"

/* What differs between the sentence about time and that about memory. */
struct claim {
    const char *figure;
    const char *head;     /* "Fastest" */
    const char *quantity; /* "time per operation" */
};

static const struct claim claims[] = {
    {FIGURE_TIME, "Fastest", "time per operation"},
    {FIGURE_MEMORY, "Smallest", "peak resident memory"},
};

static void write_code(FILE *out, const char *text)
{
    (void)fputs("<b>", out);
    html_text(out, text);
    (void)fputs("</b>", out);
}

static void write_interval(FILE *out, const struct summary_row *row)
{
    if (isnan(row->ratio_low)) {
        (void)fputs(" (too few blocks for an interval)", out);
        return;
    }
    (void)fprintf(out,
                  " (%.1f&nbsp;%% interval %.2f to %.2f)",
                  100 * row->confidence,
                  row->ratio_low,
                  row->ratio_high);
}

/* What may be said about the order of two: nothing to add when their intervals are apart. */
static const char *doubt(const struct summary_row *a, const struct summary_row *b)
{
    if (isnan(a->ratio_low) || isnan(b->ratio_low)) {
        return "; without intervals this order may be chance";
    }
    bool apart = a->ratio_high < b->ratio_low || b->ratio_high < a->ratio_low;
    return apart ? "" : "; their intervals overlap, so this order may be chance";
}

static void
write_runner_up(FILE *out, const struct page_data *data, const char *figure, const char *best)
{
    const char *next = page_best(data, NULL, figure, best);
    if (next == NULL) {
        return;
    }
    const struct summary_row *first = page_row(data, NULL, best, figure);
    const struct summary_row *second = page_row(data, NULL, next, figure);
    (void)fputs(" Next is ", out);
    write_code(out, next);
    (void)fprintf(out, " with %.2f%s.", second->ratio, doubt(first, second));
}

static void
write_best(FILE *out, const struct page_data *data, const struct claim *claim, const char *best)
{
    const struct summary_row *row = page_row(data, NULL, best, claim->figure);
    (void)fprintf(out, "<p><strong>%s: ", claim->head);
    html_text(out, best);
    (void)fputs(".</strong> ", out);
    if (strcmp(best, data->baseline) == 0) {
        (void)fprintf(out,
                      "None of the others has a geometric mean of %s below that of this baseline.",
                      claim->quantity);
    } else {
        (void)fprintf(out,
                      "By the geometric mean over all workloads it took %.2f of the %s of ",
                      row->ratio,
                      claim->quantity);
        html_text(out, data->baseline);
        write_interval(out, row);
        (void)fputs(row->ratio_high >= 1 ? ": no proof that it is below." : ".", out);
    }
    write_runner_up(out, data, claim->figure, best);
    (void)fputs("</p>\n", out);
}

/* The cases in which the allocator is best, as one item of a list; nothing when there are none. */
static void write_wins(FILE *out,
                       const struct page_data *data,
                       const struct claim *claim,
                       const char *allocator)
{
    char name[CASE_NAME_BYTES];
    size_t wins = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        const char *best = page_best(data, &data->cases[i], claim->figure, NULL);
        if (best == NULL || strcmp(best, allocator) != 0) {
            continue;
        }
        if (wins++ == 0) {
            (void)fputs("<li>", out);
            write_code(out, allocator);
            (void)fputs(": ", out);
        } else {
            (void)fputs("; ", out);
        }
        html_text(out, page_case_name(data, &data->cases[i], name));
    }
    if (wins > 0) {
        (void)fputs("</li>\n", out);
    }
}

static void write_claim(FILE *out, const struct page_data *data, const struct claim *claim)
{
    const char *best = page_best(data, NULL, claim->figure, NULL);
    if (best != NULL) {
        write_best(out, data, claim, best);
    } else {
        (void)fprintf(out,
                      "<p><strong>%s: undecided.</strong> No allocator has a geometric mean of %s: "
                      "it takes a figure in every workload.</p>\n",
                      claim->head,
                      claim->quantity);
    }
    (void)fprintf(
        out, "<p>%s by workload (least median of %s):</p>\n<ul>\n", claim->head, claim->quantity);
    for (size_t i = 0; i < data->allocator_count; i++) {
        write_wins(out, data, claim, data->allocators[i]);
    }
    (void)fputs("</ul>\n", out);
}

/* Allocators without a mean, because some cell failed. */
static void write_without_mean(FILE *out, const struct page_data *data)
{
    size_t found = 0;
    for (size_t i = 0; i < data->allocator_count; i++) {
        const char *allocator = data->allocators[i];
        if (page_row(data, NULL, allocator, FIGURE_TIME) != NULL &&
            page_row(data, NULL, allocator, FIGURE_MEMORY) != NULL) {
            continue;
        }
        (void)fputs(found++ == 0 ? "<p><strong>Without a mean,</strong> and so no contestants for "
                                   "it: "
                                 : ", ",
                    out);
        html_text(out, allocator);
    }
    if (found > 0) {
        (void)fputs(". Some of their cells have no figures: see <a href=\"#failures\">the cells "
                    "that failed</a>.</p>\n",
                    out);
    }
}

/* Cases where the harness's own share of the time is high, by the flags of the measurements. */
static void write_high_floors(FILE *out, const struct page_data *data)
{
    char name[CASE_NAME_BYTES];
    size_t found = 0;
    for (size_t c = 0; c < data->case_count; c++) {
        bool is_high = false;
        for (size_t i = 0; i < data->measurements.count && !is_high; i++) {
            is_high = strstr(data->measurements.rows[i].flags, FLAG_FLOOR_HIGH) != NULL &&
                      page_is_of(&data->measurements.rows[i], &data->cases[c]);
        }
        if (is_high) {
            (void)fputs(found++ == 0
                            ? "<p><strong>Floor above 40&nbsp;%.</strong> In these workloads the "
                              "harness itself takes over 40&nbsp;% of the time of at least one "
                              "allocator, so that ratios of raw times understate the differences "
                              "(net figures are in summary.csv): "
                            : "; ",
                        out);
            html_text(out, page_case_name(data, &data->cases[c], name));
        }
    }
    (void)fputs(found > 0 ? ".</p>\n" : "", out);
}

void page_write_finding(FILE *out, const struct page_data *data)
{
    (void)fputs("<h2 id=\"finding\">What was found</h2>\n", out);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        write_claim(out, data, &claims[i]);
    }
    write_without_mean(out, data);
    write_high_floors(out, data);
}

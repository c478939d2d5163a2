/* The table of verdicts on a run's page: each allocator's geometric mean, and in how many cells it is
 * what. */
#include "harness/report/html.h"
#include "harness/report/judged.h"
#include "harness/report/page_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In how many cells an allocator is what. */
struct tally {
    size_t less, more, equivalent, unresolved, leading;
};

static void add_case(struct tally *tally, const struct summary_row *row, bool leads)
{
    enum verdict verdict = row == NULL ? VERDICT_NONE : judged_verdict(row->verdict);
    tally->less += verdict == VERDICT_LESS;
    tally->more += verdict == VERDICT_GREATER;
    tally->equivalent += verdict == VERDICT_EQUIVALENT;
    tally->unresolved += verdict == VERDICT_UNRESOLVED;
    tally->leading += leads;
}

static void write_mean(FILE *out, const struct page_data *data, const struct summary_row *row)
{
    if (row == NULL) {
        (void)fputs("<td class=\"failed\">no mean</td><td class=\"failed\">–</td>", out);
    } else if (strcmp(row->allocator, data->baseline) == 0) {
        (void)fputs("<td>baseline</td><td>1</td>", out);
    } else {
        (void)fprintf(out, "<td>%s</td><td>%.3f×", row->verdict, row->ratio);
        if (!isnan(row->ratio_low)) {
            (void)fprintf(out, "<small>%.3f to %.3f</small>", row->ratio_low, row->ratio_high);
        }
        (void)fputs("</td>", out);
    }
}

static void
write_tally(FILE *out, const struct page_data *data, size_t index, const struct tally *tally)
{
    bool is_baseline = strcmp(data->allocators[index], data->baseline) == 0;
    size_t counts[] = {tally->less, tally->more, tally->equivalent, tally->unresolved};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (is_baseline) {
            (void)fputs("<td>–</td>", out);
        } else {
            (void)fprintf(out, "<td>%zu</td>", counts[i]);
        }
    }
    (void)fprintf(out, "<td>%zu</td></tr>\n", tally->leading);
}

/* Tallies of all allocators, a case after the other; NULL when memory is out. */
static struct tally *count_verdicts(const struct page_data *data, const char *figure)
{
    struct tally *tallies = calloc(data->allocator_count + 1, sizeof *tallies);
    bool *leads = calloc(data->allocator_count + 1, sizeof *leads);
    for (size_t c = 0; c < data->case_count && tallies != NULL && leads != NULL; c++) {
        (void)page_leaders(data, &data->cases[c], figure, leads);
        for (size_t i = 0; i < data->allocator_count; i++) {
            add_case(&tallies[i],
                     page_row(data, &data->cases[c], data->allocators[i], figure),
                     leads[i]);
        }
    }
    free(leads);
    return tallies;
}

void page_write_verdicts(FILE *out,
                         const struct page_data *data,
                         const char *figure,
                         const char *quantity)
{
    const struct judged_figure *judged = judged_find(figure);
    struct tally *tallies = count_verdicts(data, figure);
    if (tallies == NULL || !page_has(data, figure)) {
        free(tallies);
        return;
    }
    (void)fprintf(
        out,
        "<p class=\"muted\">Verdicts on %s: of the geometric mean, and in how many cells. "
        "Leading: least, or not to be told from it.</p>\n",
        quantity);
    html_box_begin(out, quantity);
    (void)fprintf(out,
                  "<table>\n<thead><tr><th scope=\"col\">allocator</th><th scope=\"col\">mean</th>"
                  "<th scope=\"col\">ratio</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
                  "<th scope=\"col\">equivalent</th><th scope=\"col\">unresolved</th><th "
                  "scope=\"col\">leading</th></tr></thead>\n<tbody>\n",
                  judged->less,
                  judged->more);
    for (size_t i = 0; i < data->allocator_count; i++) {
        (void)fputs("<tr><th scope=\"row\">", out);
        html_text(out, data->allocators[i]);
        (void)fputs("</th>", out);
        write_mean(out, data, page_row(data, &data->means, data->allocators[i], figure));
        write_tally(out, data, i, &tallies[i]);
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
    free(tallies);
}

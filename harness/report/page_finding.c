/* The finding of a run in words. A claim names its interval, and what the run cannot decide is said
 * to be undecided. */
#include "harness/report/html.h"
#include "harness/report/noise_floor.h"
#include "harness/report/page_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLAG_FLOOR_HIGH "floor_high"

/* What differs between the sentence about time and that about memory. */
struct claim {
    const char *figure;
    const char *head;     /* "Fastest", or NULL */
    const char *quantity; /* "time per operation" */
};

/* Those without a head have verdicts only. */
static const struct claim claims[PAGE_FIGURES] = {
    {FIGURE_TIME, "Fastest", "time per operation"},
    {FIGURE_MEMORY, "Smallest", "peak resident memory"},
    {"instructions_per_op", NULL, "instructions per operation"},
    {"malloc_latency_ns_p99", NULL, "the 99th percentile of malloc"},
    {"free_latency_ns_p99", NULL, "the 99th percentile of free"},
};

static void write_interval(FILE *out, const struct summary_row *row)
{
    if (isnan(row->ratio_low)) {
        (void)fputs(" (too few blocks for an interval)", out);
        return;
    }
    (void)fprintf(out,
                  " (%.0f&nbsp;%% interval %.3f to %.3f)",
                  100 * row->confidence,
                  row->ratio_low,
                  row->ratio_high);
}

/* The names of those who lead, as "a, b and c". */
static void write_leaders(FILE *out, const struct page_data *data, const bool *leads, size_t left)
{
    for (size_t i = 0; i < data->allocator_count; i++) {
        if (leads[i]) {
            left--;
            html_text(out, data->allocators[i]);
            (void)fputs(left == 0 ? "" : left == 1 ? " and " : ", ", out);
        }
    }
}

static size_t first_leader(const struct page_data *data, const bool *leads)
{
    size_t i = 0;
    while (i < data->allocator_count && !leads[i]) {
        i++;
    }
    return i;
}

/* One allocator leads by proof, and nobody's interval reaches its own. */
static void write_winner(FILE *out,
                         const struct page_data *data,
                         const struct claim *claim,
                         const struct summary_row *row)
{
    (void)fprintf(out, "<p><strong>%s: ", claim->head);
    html_text(out, row->allocator);
    (void)fputs(".</strong> ", out);
    if (strcmp(row->allocator, data->baseline) == 0) {
        (void)fprintf(
            out,
            "The geometric mean of %s of every other is proven above that of this baseline",
            claim->quantity);
    } else {
        (void)fprintf(
            out, "By the geometric mean it took %.3f of the %s of ", row->ratio, claim->quantity);
        html_text(out, data->baseline);
        write_interval(out, row);
        (void)fprintf(out, ", <b>%s</b>", row->verdict[0] != '\0' ? row->verdict : "not judged");
    }
    (void)fputs(". No other interval overlaps with its own.</p>\n", out);
}

static void write_claim(FILE *out, const struct page_data *data, const struct claim *claim)
{
    bool *leads = calloc(data->allocator_count + 1, sizeof *leads);
    if (leads == NULL) {
        return;
    }
    size_t leading = page_leaders(data, &data->means, claim->figure, leads);
    if (page_leader_is_proven(data, &data->means, claim->figure, leads)) {
        const char *winner = data->allocators[first_leader(data, leads)];
        write_winner(out, data, claim, page_row(data, &data->means, winner, claim->figure));
    } else if (leading == 1) {
        (void)fprintf(out, "<p><strong>%s: undecided.</strong> ", claim->head);
        html_text(out, data->allocators[first_leader(data, leads)]);
        (void)fprintf(
            out,
            " has the least geometric mean of %s, and no other interval overlaps with its "
            "own, but its verdict against the baseline does not prove it.</p>\n",
            claim->quantity);
    } else if (leading > 1) {
        (void)fprintf(out, "<p><strong>%s: undecided</strong> between ", claim->head);
        write_leaders(out, data, leads, leading);
        (void)fprintf(
            out, ": the intervals of their geometric means of %s overlap.</p>\n", claim->quantity);
    } else {
        (void)fprintf(out,
                      "<p><strong>%s: undecided.</strong> No allocator has a geometric mean of %s "
                      "with an interval: it takes a figure in every workload, in 6 blocks or "
                      "more.</p>\n",
                      claim->head,
                      claim->quantity);
    }
    free(leads);
}

/* What no run of this size or kind could prove. */
static void write_shortage(FILE *out, const struct page_data *data)
{
    struct verdict_reach reach = verdict_reach_of(&data->summary);
    if (reach.lacks_delta && !data->again) {
        (void)fputs("<p><strong>Nothing is proven without an A/A cell.</strong> The run did not "
                    "measure the baseline a second time: what differs by noise alone is unknown, "
                    "and every difference is unresolved.</p>\n",
                    out);
    }
    if (reach.comparisons > 0 && reach.pairs < reach.needed) {
        (void)fprintf(
            out,
            "<p><strong>Too few blocks for %s.</strong> %zu block%s cannot prove a "
            "difference among %zu comparison%s%s; %zu can (<code>--blocks %zu</code>).</p>\n",
            reach.of[0] == '\0' ? "verdicts" : "some verdicts",
            reach.pairs,
            reach.pairs == 1 ? "" : "s",
            reach.comparisons,
            reach.comparisons == 1 ? "" : "s",
            reach.of,
            reach.needed,
            reach.needed);
    }
}

static bool lacks_mean(const struct page_data *data, const char *allocator, const char *figure)
{
    return page_has(data, figure) && page_row(data, &data->means, allocator, figure) == NULL;
}

/* Allocators without a mean, because some cell failed. */
static void write_without_mean(FILE *out, const struct page_data *data)
{
    size_t found = 0;
    for (size_t i = 0; i < data->allocator_count; i++) {
        const char *allocator = data->allocators[i];
        if (!lacks_mean(data, allocator, FIGURE_TIME) &&
            !lacks_mean(data, allocator, FIGURE_MEMORY)) {
            continue;
        }
        (void)fputs(found++ == 0 ? "<p><strong>Without a mean,</strong> and so no contestants for "
                                   "it: "
                                 : ", ",
                    out);
        html_text(out, allocator);
    }
    if (found > 0) {
        (void)fputs(". Cells of theirs, or of the baseline, failed or are not there: see <a "
                    "href=\"#failures\">the cells "
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
            is_high = !data->is_void[i] &&
                      strstr(data->measurements.rows[i].flags, FLAG_FLOOR_HIGH) != NULL &&
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
    for (size_t i = 0; i < PAGE_FIGURES; i++) {
        if (claims[i].head != NULL && page_has(data, claims[i].figure)) {
            write_claim(out, data, &claims[i]);
        }
    }
    write_shortage(out, data);
    for (size_t i = 0; i < PAGE_FIGURES; i++) {
        page_write_verdicts(out, data, claims[i].figure, claims[i].quantity);
    }
    write_without_mean(out, data);
    write_high_floors(out, data);
}

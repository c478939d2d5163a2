/* The noise of a run on its page: the baseline against itself, disturbed measurements, void blocks. */
#include "harness/allocators.h"
#include "harness/report/html.h"
#include "harness/report/judged.h"
#include "harness/report/noise_floor.h"
#include "harness/report/page_parts.h"
#include "harness/report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS_MAX  32
#define FLAG_BYTES 40
#define FLAG_FLOOR "floor_high" /* no disturbance: the finding speaks of it */

/* A word in the column flags, and how many rows have it. */
struct flag {
    char name[FLAG_BYTES];
    size_t rows;
};

/* Words beyond FLAGS_MAX are left out. */
static void count_flag(struct flag flags[FLAGS_MAX], const char *word, size_t length)
{
    if (length == 0 || length >= FLAG_BYTES ||
        (length == strlen(FLAG_FLOOR) && strncmp(word, FLAG_FLOOR, length) == 0)) {
        return;
    }
    size_t at = 0;
    while (at < FLAGS_MAX && flags[at].rows > 0 &&
           (strlen(flags[at].name) != length || strncmp(flags[at].name, word, length) != 0)) {
        at++;
    }
    if (at < FLAGS_MAX) {
        memcpy(flags[at].name, word, length);
        flags[at].rows++;
    }
}

static void count_flags(struct flag flags[FLAGS_MAX], const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        count_flag(flags, text, length);
        text += length + (text[length] == ' ' ? 1 : 0);
    }
}

/* ---- The baseline against itself ---- */

static void write_floor(FILE *out, const char *figure, const struct noise_floor *floor)
{
    (void)fprintf(out,
                  "<tr><th scope=\"row\"><code>%s</code></th><td>±%.2f&nbsp;%%</td><td>%zu of "
                  "%zu</td><td>%.2f&nbsp;%%</td></tr>\n",
                  figure,
                  100 * floor->widest,
                  floor->excluding,
                  floor->cells,
                  100 * floor->delta_most);
}

static void write_floors(FILE *out, const struct page_data *data)
{
    html_box_begin(out, "the baseline against itself");
    (void)fputs("<table>\n<thead><tr><th scope=\"col\">figure</th><th scope=\"col\">widest</th>"
                "<th scope=\"col\">without 1</th><th scope=\"col\">largest δ</th></tr></thead>\n"
                "<tbody>\n",
                out);
    for (size_t i = 0; i < judged_figure_count; i++) {
        struct noise_floor floor = noise_floor_of(&data->summary, judged_figures[i].figure);
        if (floor.cells > 0) {
            write_floor(out, judged_figures[i].figure, &floor);
        }
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
}

static void write_again_ratio(FILE *out, const struct summary_row *row)
{
    if (row == NULL || isnan(row->ratio)) {
        (void)fputs("<td>–</td>", out);
        return;
    }
    (void)fprintf(out, "<td>%.3f×", row->ratio);
    if (!isnan(row->ratio_low)) {
        (void)fprintf(out, "<small>%.3f to %.3f</small>", row->ratio_low, row->ratio_high);
    }
    (void)fputs("</td>", out);
}

static void write_again_head(FILE *out, const struct page_data *data)
{
    (void)fputs("<table>\n<thead><tr><th scope=\"col\">workload</th>", out);
    for (size_t f = 0; f < PAGE_FIGURES; f++) {
        if (page_has(data, page_figures[f])) {
            (void)fprintf(out, "<th scope=\"col\"><code>%s</code></th>", page_figures[f]);
        }
    }
    (void)fputs("</tr></thead>\n<tbody>\n", out);
}

static void write_again_case(FILE *out, const struct page_data *data, const struct page_case *one)
{
    char name[CASE_NAME_BYTES];
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, page_case_name(data, one, name));
    (void)fputs("</th>", out);
    for (size_t f = 0; f < PAGE_FIGURES; f++) {
        if (page_has(data, page_figures[f])) {
            write_again_ratio(out, page_row(data, one, ALLOCATOR_AGAIN, page_figures[f]));
        }
    }
    (void)fputs("</tr>\n", out);
}

static void write_again_cells(FILE *out, const struct page_data *data)
{
    (void)fputs("<details><summary>The second cell of the baseline, workload by workload"
                "</summary>\n",
                out);
    html_box_begin(out, "the second cell of the baseline");
    write_again_head(out, data);
    for (size_t i = 0; i < data->case_count; i++) {
        write_again_case(out, data, &data->cases[i]);
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
    (void)fputs("</details>\n", out);
}

static void write_again(FILE *out, const struct page_data *data)
{
    if (!data->again) {
        (void)fputs("<p>The run has no second cell of its baseline: how much of a difference is "
                    "noise was not measured.</p>\n",
                    out);
        return;
    }
    (void)fputs("<p>In every block the baseline ran a second time as <code>" ALLOCATOR_AGAIN
                "</code>, the same library under another name. It differs from the baseline by "
                "nothing but noise: the wider its intervals, the larger a difference must be to be "
                "told of (δ), and of twenty of them one may leave 1 out by chance. It is no "
                "contestant.</p>\n",
                out);
    write_floors(out, data);
    write_again_cells(out, data);
}

/* ---- Disturbed measurements ---- */

static void write_flags(FILE *out, const struct page_data *data)
{
    struct flag flags[FLAGS_MAX] = {0};
    size_t counted = 0;
    for (size_t i = 0; i < data->measurements.count; i++) {
        const struct measurements_row *row = &data->measurements.rows[i];
        if (!data->is_void[i] && row->warm_up.value == 0) {
            count_flags(flags, row->flags);
            counted++;
        }
    }
    if (flags[0].rows == 0) {
        (void)fprintf(out, "<p>None of the %zu counted measurements is flagged.</p>\n", counted);
        return;
    }
    (void)fprintf(out, "<p>Flagged among the %zu counted measurements: ", counted);
    for (size_t i = 0; i < FLAGS_MAX && flags[i].rows > 0; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        html_text(out, flags[i].name);
        (void)fprintf(out, " %zu", flags[i].rows);
    }
    (void)fputs(". They count: a median bears single ones.</p>\n", out);
}

/* Whether two rows are of one attempt at a block, in one pass. */
static bool same_attempt(const struct measurements_row *a, const struct measurements_row *b)
{
    return a->block.value == b->block.value && a->attempt.value == b->attempt.value &&
           strcmp(a->pass, b->pass) == 0;
}

/* One line for the void attempt that begins at `index`. Its rows are counted up to the end. */
static void write_void(FILE *out, const struct page_data *data, size_t index)
{
    const struct measurements_row *rows = data->measurements.rows;
    struct flag flags[FLAGS_MAX] = {0};
    size_t count = 0;
    for (size_t i = index; i < data->measurements.count; i++) {
        if (data->is_void[i] && same_attempt(&rows[i], &rows[index])) {
            count_flags(flags, rows[i].flags);
            count++;
        }
    }
    (void)fprintf(out,
                  "<tr><th scope=\"row\">%" PRIu64 "</th><td>%s</td><td>%" PRIu64
                  "</td><td>%zu</td><td>",
                  rows[index].block.value,
                  rows[index].pass,
                  rows[index].attempt.value,
                  count);
    for (size_t i = 0; i < FLAGS_MAX && flags[i].rows > 0; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        html_text(out, flags[i].name);
        (void)fprintf(out, " %zu", flags[i].rows);
    }
    (void)fputs("</td></tr>\n", out);
}

/* Whether a void row is the first of its attempt at its block in its pass. Rows of a block stand
 * together; those of groups that count may lie between. */
static bool begins_void(const struct page_data *data, size_t index)
{
    const struct measurements_row *rows = data->measurements.rows;
    bool begins = data->is_void[index];
    for (size_t i = index; begins && i > 0 && rows[i - 1].block.value == rows[index].block.value;
         i--) {
        begins = !data->is_void[i - 1] || !same_attempt(&rows[i - 1], &rows[index]);
    }
    return begins;
}

static void write_voids(FILE *out, const struct page_data *data)
{
    size_t voids = 0;
    for (size_t i = 0; i < data->measurements.count; i++) {
        voids += begins_void(data, i);
    }
    if (voids == 0) {
        (void)fputs("<p>Nothing was void.</p>\n", out);
        return;
    }
    (void)fputs("<p>What was disturbed (a workload, with every allocator on it) is void and ran "
                "again in the "
                "same block:</p>\n",
                out);
    html_box_begin(out, "void blocks");
    (void)fputs(
        "<table>\n<thead><tr><th scope=\"col\">block</th><th scope=\"col\">pass</th><th "
        "scope=\"col\">attempt</th><th "
        "scope=\"col\">measurements</th><th scope=\"col\">flags</th></tr></thead>\n<tbody>\n",
        out);
    for (size_t i = 0; i < data->measurements.count; i++) {
        if (begins_void(data, i)) {
            write_void(out, data, i);
        }
    }
    (void)fputs("</tbody></table>\n", out);
    html_box_end(out);
}

void page_write_noise(FILE *out, const struct page_data *data)
{
    const char *stopped = environment_value(&data->environment, "stopped_by");
    (void)fputs("<h2 id=\"noise\">Noise</h2>\n", out);
    write_again(out, data);
    write_flags(out, data);
    write_voids(out, data);
    if (stopped[0] != '\0') {
        (void)fputs("<p>The run stopped by: ", out);
        html_text(out, stopped);
        (void)fputs(".</p>\n", out);
    }
}

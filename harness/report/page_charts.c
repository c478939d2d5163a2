/* The charts of a run set into its page. */
#include "harness/report/html.h"
#include "harness/report/page_parts.h"

#include <dirent.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".svg"

/* The order of the page, and how to read each chart. Charts not named here follow by name. */
static const struct chart {
    const char *name;
    const char *title;
    const char *reading;
} charts[] = {
    {"trade-off",
     "Time against memory",
     "Left is faster, down is smaller; both axes relate to the baseline at 1. The dashed line "
     "joins "
     "the allocators that no other beats in both; crosses are intervals of the geometric means."},
    {"time-ratio",
     "Relative time by workload",
     "A bar to the left of 1 took less time than the baseline, to the right more; the whisker is "
     "its "
     "interval. The fill is the verdict: blue and orange are proven, a hollow bar is not "
     "resolved."},
    {"forest",
     "Verdicts by allocator",
     "A symbol is a ratio to the baseline's time, the line its interval, the grey band what counts "
     "as no difference. Filled symbols are decided: blue faster, orange slower, black equivalent."},
    {"memory-ratio",
     "Relative peak memory by workload",
     "Bars to the left of 1 held less memory resident than the baseline at their peak, to the "
     "right more. The fill is the verdict. Bars that leave the axis carry their value."},
    {"heat-map",
     "Relative time at a glance",
     "Each number is the time relative to the baseline: below 1, blue, is less; above 1, orange, "
     "more. What of it is proven stands in the tables. Hatched cells have no figure; the word is "
     "the "
     "reason."},
    {"latency",
     "How long single calls take",
     "The share of the calls that took longer than a time. Left and low is better; a line that "
     "runs "
     "far to the right has a long tail. A step at the end is a single call."},
    {"threads",
     "Throughput against threads",
     "Higher is better; a line that rises with the threads scales. The band is the interval. "
     "Points "
     "beyond the machine's processors measure waiting, too."},
    {"memory-timeline",
     "Memory over the stream",
     "The grey floor is what the program had asked for and not freed. What a line stands above it "
     "is the allocator's overhead: fragmentation, caches, metadata."},
    {"fragmentation",
     "Fragmentation at a glance",
     "Each number is what was resident beyond the live bytes, as a multiple of them, mean over the "
     "stream (#1): 0 is perfect, 1 holds twice what the program uses. The frame marks the least "
     "of a row."},
    {"fragmentation-measures",
     "Four measures of fragmentation",
     "A row is an allocator, a point one measure; left is better. Points far apart mean that the "
     "answer depends on the moment: mean (#1), most live (#2), most resident (#3), the two peaks "
     "(#4)."},
    {"internal-external",
     "Internal and external fragmentation",
     "To the left the part of live blocks that the program did not ask for; to the right how far "
     "the free memory is from being one block. External fragmentation needs a heap walk."},
    {"free-list",
     "Free blocks over the stream",
     "Each line counts an allocator's free blocks at that moment. The grey band is half of the "
     "used blocks, where the fifty-percent rule puts a heap in equilibrium that coalesces at "
     "once."},
    {"blow-up",
     "Blow-up with threads",
     "Peak memory with several threads as a multiple of that with one. The dashed line is the "
     "same multiple of the live bytes: a point to its right grew more than the program."},
};

static int is_svg(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

/* Writes the chart; nothing when the run has none of that name. */
static void write_chart(FILE *out, const struct page_data *data, const struct chart *chart)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/plots/%s" SUFFIX, data->run_folder, chart->name);
    char *text = NULL;
    size_t length = 0;
    FILE *svg = open_memstream(&text, &length);
    if (svg == NULL) {
        return;
    }
    bool is_there = html_svg(svg, path, chart->name, chart->title);
    if (fclose(svg) == 0 && is_there) {
        (void)fputs("<h3>", out);
        html_text(out, chart->title);
        (void)fputs("</h3>\n<p>", out);
        html_text(out, chart->reading);
        (void)fputs(" Files: ", out);
        static const char *const formats[] = {"svg", "png", "pdf"};
        for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
            (void)fprintf(out, "%s<a href=\"plots/", i > 0 ? ", " : "");
            html_text(out, chart->name);
            (void)fprintf(out, ".%s\">%s</a>", formats[i], formats[i]);
        }
        (void)fputs(".</p>\n", out);
        html_box_begin(out, chart->title);
        (void)fputs("<div class=\"chart\">", out);
        (void)fwrite(text, 1, length, out);
        (void)fputs("</div>\n", out);
        html_box_end(out);
    }
    free(text);
}

static bool is_described(const char *name)
{
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++) {
        if (strcmp(charts[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Charts of scripts that this file does not know. */
static void write_others(FILE *out, const struct page_data *data)
{
    char folder[PATH_MAX];
    struct dirent **entries = NULL;
    (void)snprintf(folder, sizeof folder, "%s/plots", data->run_folder);
    int count = scandir(folder, &entries, is_svg, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        name[strlen(name) - strlen(SUFFIX)] = '\0';
        if (!is_described(name)) {
            const struct chart chart = {name, name, "Its script in plots/ says what it shows."};
            write_chart(out, data, &chart);
        }
        free(entries[i]);
    }
    free(entries);
}

void page_write_charts(FILE *out, const struct page_data *data)
{
    (void)fputs("<h2 id=\"charts\">Charts</h2>\n", out);
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++) {
        write_chart(out, data, &charts[i]);
    }
    write_others(out, data);
}

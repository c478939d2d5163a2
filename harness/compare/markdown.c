/* The result of a comparison as Markdown, for a pull request. */
#include "harness/compare/phrases.h"
#include "harness/compare/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A text as it is, whatever of Markdown stands in it. */
static void print_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("\\`*_[]<>#|~", *c) != NULL) {
            (void)fputc('\\', out);
        }
        (void)fputc(*c, out);
    }
}

static void print_head(const struct compare_result *result, FILE *out)
{
    char text[PHRASE_BYTES];
    phrases_sum(result, text);
    (void)fputs("### heaplab compare\n\n**", out);
    print_text(out, text);
    (void)fputs("**\n\n", out);
    for (size_t i = 0; i < result->run_count; i++) {
        phrases_run(&result->runs[i], text);
        (void)fprintf(out, "- %c: ", (int)('A' + i));
        print_text(out, text);
        (void)fputc('\n', out);
    }
    for (size_t i = 0; i < result->notes.count; i++) {
        (void)fputs("- ", out);
        print_text(out, result->notes.line[i]);
        (void)fputc('\n', out);
    }
}

static void print_section(const struct compare_entry *entry, FILE *out)
{
    char text[PHRASE_BYTES];
    char mark = compare_entry_mark(entry);
    phrases_section(entry, text);
    (void)fputc('\n', out);
    print_text(out, text);
    (void)fprintf(out,
                  "\n\n| workload | threads | allocator | A | %c | %c/A | 95 %% interval | delta "
                  "| p (Holm) | verdict |\n"
                  "| --- | ---: | --- | ---: | ---: | ---: | --- | ---: | ---: | --- |\n",
                  mark,
                  mark);
}

static void print_entry(const struct compare_entry *entry, FILE *out)
{
    const struct measurements_row *row = compare_entry_row(entry);
    char number[6][NUMBER_BYTES];
    const char *strong =
        entry->judged.verdict == VERDICT_GREATER || entry->judged.verdict == VERDICT_LESS ? "**"
                                                                                          : "";
    (void)fputs("| ", out);
    print_text(out, row->workload);
    (void)fputs(row->parameters[0] != '\0' ? ":" : "", out);
    print_text(out, row->parameters);
    (void)fprintf(out, " | %" PRIu64 " | ", row->threads.value);
    print_text(out, entry->series[1]->row[0]->allocator);
    phrases_value(entry, entry->median[0], number[0]);
    phrases_value(entry, entry->median[1], number[1]);
    phrases_ratio(entry->judged.ratio, number[2]);
    phrases_interval(&entry->judged, number[3]);
    phrases_delta(entry->judged.delta, number[4]);
    phrases_p(entry->judged.p_adjusted, number[5]);
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        (void)fputs(" | ", out);
        print_text(out, number[i]);
    }
    (void)fprintf(
        out, " | %s%s%s |\n", strong, judged_word(entry->figure, entry->judged.verdict), strong);
}

bool compare_print_markdown(const struct compare_result *result, FILE *out)
{
    const struct compare_entry **order = phrases_order(result);
    if (order == NULL) {
        return false;
    }
    print_head(result, out);
    for (size_t i = 0; order[i] != NULL; i++) {
        if (i == 0 || !phrases_same_section(order[i - 1], order[i])) {
            print_section(order[i], out);
        }
        print_entry(order[i], out);
    }
    free(order);
    return true;
}

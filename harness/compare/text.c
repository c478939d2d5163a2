/* The result of a comparison on a terminal of 100 columns. */
#include "harness/compare/phrases.h"
#include "harness/compare/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH  100
#define NAMES_WIDTH 29 /* workload, a blank, allocator: what the numbers leave of a line */
#define LABEL_BYTES 256

/* A mark, then words wrapped into lines of LINE_WIDTH that all begin behind the mark. */
static void print_wrapped(FILE *out, const char *mark, const char *text)
{
    int indent = (int)strlen(mark);
    int column = indent;
    (void)fputs(mark, out);
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (column > indent && column + 1 + word > LINE_WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fprintf(out, "%.*s", word, text);
        column += word;
        text += word + (text[word] == ' ' ? 1 : 0);
    }
    (void)fputc('\n', out);
}

static void print_head(const struct compare_result *result, FILE *out)
{
    char text[PHRASE_BYTES];
    for (size_t i = 0; i < result->run_count; i++) {
        phrases_run(&result->runs[i], text);
        print_wrapped(out, (char[]){(char)('A' + i), ' ', ' ', '\0'}, text);
    }
    for (size_t i = 0; i < result->notes.count; i++) {
        print_wrapped(out, "-  ", result->notes.line[i]);
    }
}

static void print_section(const struct compare_entry *entry, FILE *out)
{
    char text[PHRASE_BYTES];
    phrases_section(entry, text);
    (void)fputc('\n', out);
    print_wrapped(out, "", text);
    (void)fprintf(out,
                  "  %-*s thr %8s %8s %6s %14s %5s %7s verdict\n",
                  NAMES_WIDTH - 3,
                  "workload, allocator",
                  "A",
                  (char[]){compare_entry_mark(entry), '\0'},
                  (char[]){compare_entry_mark(entry), '/', 'A', '\0'},
                  "95 % interval",
                  "delta",
                  "p");
}

static void print_entry(const struct compare_entry *entry, FILE *out)
{
    const struct measurements_row *row = compare_entry_row(entry);
    char names[LABEL_BYTES];
    char value[2][NUMBER_BYTES];
    char ratio[NUMBER_BYTES];
    char interval[NUMBER_BYTES];
    char delta[NUMBER_BYTES];
    char p[NUMBER_BYTES];
    (void)snprintf(names,
                   sizeof names,
                   "%s%s%s %s",
                   row->workload,
                   row->parameters[0] != '\0' ? ":" : "",
                   row->parameters,
                   entry->series[1]->row[0]->allocator);
    phrases_value(entry, entry->median[0], value[0]);
    phrases_value(entry, entry->median[1], value[1]);
    phrases_ratio(entry->judged.ratio, ratio);
    phrases_interval(&entry->judged, interval);
    phrases_delta(entry->judged.delta, delta);
    phrases_p(entry->judged.p_adjusted, p);
    if (strlen(names) > NAMES_WIDTH - 3) { /* long names have a line of their own */
        (void)fprintf(out, "  %s\n", names);
        names[0] = '\0';
    }
    (void)fprintf(out,
                  "  %-*s %3" PRIu64 " %8s %8s %6s %14s %5s %7s %s\n",
                  NAMES_WIDTH - 3,
                  names,
                  row->threads.value,
                  value[0],
                  value[1],
                  ratio,
                  interval,
                  delta,
                  p,
                  judged_word(entry->figure, entry->judged.verdict));
}

bool compare_print_text(const struct compare_result *result, FILE *out)
{
    char text[PHRASE_BYTES];
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
    phrases_sum(result, text);
    (void)fputc('\n', out);
    print_wrapped(out, "", text);
    return true;
}

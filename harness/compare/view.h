/* The result of a comparison for readers: a table on the terminal (at most 100 columns), Markdown for
 * a pull request, rows of compare.csv. */
#ifndef HARNESS_COMPARE_VIEW_H
#define HARNESS_COMPARE_VIEW_H

#include "harness/compare/compare.h"

#include <stdbool.h>
#include <stdio.h>

/* False when memory is out. */
bool compare_print_text(const struct compare_result *result, FILE *out);
bool compare_print_markdown(const struct compare_result *result, FILE *out);
void compare_print_csv(const struct compare_result *result, FILE *out);

#endif

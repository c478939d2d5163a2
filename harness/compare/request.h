/* What a user asked `heaplab compare` for, in words. */
#ifndef HARNESS_COMPARE_REQUEST_H
#define HARNESS_COMPARE_REQUEST_H

#include "harness/error.h"

#include <stdbool.h>
#include <stddef.h>

#define COMPARE_RUNS_MAX    26 /* each has a letter */
#define COMPARE_FIGURES_MAX 32 /* at least judged_figure_count */

enum compare_format {
    COMPARE_TEXT,
    COMPARE_MARKDOWN,
    COMPARE_CSV
};

/* The texts are those of argv. */
struct compare_request {
    const char *operands[COMPARE_RUNS_MAX]; /* RUN or RUN:ALLOCATOR; two or more */
    size_t operand_count;
    const char *allocators;           /* a list with commas, or NULL for all */
    bool figure[COMPARE_FIGURES_MAX]; /* by index in judged_figures: whether it is judged */
    const char *baseline;             /* that ratios of different runs relate to, or NULL */
    bool raw;                         /* take no ratios across runs */
    bool force;                       /* also across machines */
    enum compare_format format;
    bool help;
};

/* Understands the words (argv[0] is "compare"). False: wrong words, nothing was read or written. */
bool compare_request_parse(struct compare_request *request,
                           int argc,
                           char **argv,
                           struct error *error);

void compare_request_help(void);

#endif

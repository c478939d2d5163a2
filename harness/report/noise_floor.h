/* The noise floor of a run: how far the baseline's second cell seems to be from the baseline. */
#ifndef HARNESS_REPORT_NOISE_FLOOR_H
#define HARNESS_REPORT_NOISE_FLOOR_H

#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>

struct noise_floor {
    size_t cells;     /* with an interval */
    size_t excluding; /* of these, whose interval leaves 1 out */
    double widest; /* half-width of the widest interval of log ratios, about a share; 0 without */
    double delta_most; /* the largest delta of any cell; NAN without */
};

/* The noise floor of a figure, over the single cells of a summary. */
struct noise_floor noise_floor_of(const struct summary_table *summary, const char *figure);

/* What a run could prove at all. */
struct verdict_reach {
    size_t comparisons; /* of its largest family; 0 when nothing was judged */
    size_t pairs;       /* the most blocks with a ratio of any judged cell */
    bool lacks_delta;   /* something was judged whose noise is not known */
    size_t needed;      /* blocks without which no comparison of that family is told from chance */
    const char *of;     /* " of times and memory" where exact counts need no such proof, else "" */
};

struct verdict_reach verdict_reach_of(const struct summary_table *summary);

#endif

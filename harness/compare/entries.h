/* Which cells of two runs meet: an entry for each cell and judged figure, and one for each cell that
 * has no counterpart or cannot be compared, with the reason. */
#ifndef HARNESS_COMPARE_ENTRIES_H
#define HARNESS_COMPARE_ENTRIES_H

#include "harness/compare/request.h"
#include "harness/compare/run.h"
#include "harness/report/judged.h"
#include "harness/statistics/verdict.h"

enum compare_status {
    COMPARE_DONE,       /* both sides have values */
    COMPARE_FAILED,     /* a side has none, because its cells failed */
    COMPARE_UNLIKE,     /* another stream, another setting, another counter: see detail */
    COMPARE_ONLY_FIRST, /* the cell is in the first run only */
    COMPARE_ONLY_LATER
};

enum compare_method {
    COMPARE_PAIRED,   /* the two in the same block of one run: sign test of log ratios */
    COMPARE_RATIOS,   /* ratios to the control in the same block, across runs: Mann-Whitney */
    COMPARE_UNPAIRED, /* values across runs: Mann-Whitney */
    COMPARE_EXACT     /* counts of one thread: their extremes, no test */
};

struct compare_entry {
    const struct compare_run *run[2];   /* the first, the later one; of one array */
    const struct series *series[2];     /* NULL: not in that run */
    const struct judged_figure *figure; /* NULL: the whole cell */
    enum compare_status status;
    char detail[80];
    /* found by judging; of COMPARE_DONE only */
    enum compare_method method;
    const char *control; /* of COMPARE_RATIOS */
    size_t count[2];     /* values on each side */
    double median[2];    /* of the values */
    double a12; /* chance that a value (a ratio to the control) of the later is above the first's */
    struct comparison judged;
};

/* Two runs that meet: of one array, whose first is the first run. */
struct compare_pair {
    const struct compare_run *run[2];
    bool one_run;        /* their blocks pair */
    const char *control; /* a library that both runs measured, the same file; NULL: none */
};

struct compare_entries {
    struct compare_entry *items;
    size_t count;
    size_t room;
};

/* Adds what the pair has to the list; false when memory is out. Free items in the end. */
bool compare_entries_add(struct compare_entries *entries,
                         const struct compare_request *request,
                         const struct compare_pair *pair);

/* Any row of the entry's cell: its names. */
const struct measurements_row *compare_entry_row(const struct compare_entry *entry);

/* The letter that stands for the later run: B for the one after the first, A. */
char compare_entry_mark(const struct compare_entry *entry);

/* Rows of a side that failed, 0 for a side that is not there. A pass that does not support an allocator
 * has not failed. */
size_t compare_entry_failures(const struct compare_entry *entry, size_t side);

/* "done", "failed", "unlike", "only_first", "only_later". */
const char *compare_status_word(enum compare_status status);

#endif

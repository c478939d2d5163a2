/* What the page of a run is made from: its tables read, and the names in them in order. */
#ifndef HARNESS_REPORT_PAGE_DATA_H
#define HARNESS_REPORT_PAGE_DATA_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <stdbool.h>
#include <stddef.h>

#define FIGURE_TIME   "ns_per_op"
#define FIGURE_MEMORY "rss_bytes_peak"

/* What the page speaks of. */
#define PAGE_FIGURES 5
extern const char *const page_figures[PAGE_FIGURES];

/* A row of the page's tables: a workload with its parameters and threads. */
struct page_case {
    const char *workload;
    const char *parameters;
    struct count threads;
    size_t first[PAGE_FIGURES]; /* its rows of each figure in page_data.rows */
    size_t end[PAGE_FIGURES];
};

/* Names and cases stand in the order of summary.csv; their texts belong to the tables. */
struct page_data {
    const char *run_folder;
    struct summary_table summary;
    struct measurements_table measurements;
    bool *is_void; /* of each of them: it belongs to a void attempt */
    struct environment_table environment;
    const char *baseline;
    const char **allocators; /* contestants: neither the floor nor the baseline's second cell */
    size_t allocator_count;
    bool floor; /* the floor was measured too */
    bool again; /* and the baseline's second cell */
    struct page_case *cases;
    size_t case_count;
    struct page_case means; /* the geometric means */
    const struct summary_row **rows[PAGE_FIGURES];
};

/* Reads the run; released with page_data_free, also after a failure. */
bool page_data_read(struct page_data *data, const char *run_folder, struct error *error);
void page_data_free(struct page_data *data);

/* The row of summary.csv for a case (or data->means) and one of the page's figures, NULL when there is none. */
const struct summary_row *page_row(const struct page_data *data,
                                   const struct page_case *one,
                                   const char *allocator,
                                   const char *figure);

/* Finds who leads a case (or data->means) as leaders_find does: leads[i] of allocators[i].
 * Returns how many do. */
size_t page_leaders(const struct page_data *data,
                    const struct page_case *one,
                    const char *figure,
                    bool *leads);

/* Whether verdicts prove that the one who leads, as page_leaders found, is the least (leaders_prove). */
bool page_leader_is_proven(const struct page_data *data,
                           const struct page_case *one,
                           const char *figure,
                           const bool *leads);

/* Whether the run measured one of the page's figures. */
bool page_has(const struct page_data *data, const char *figure);

/* The pass that measures one of the page's figures; a failed cell of another pass may have empty rows
 * for it. */
const char *page_pass(const char *figure);

/* A counted measurement of the case, in the figure's pass, that did not end ok; NULL when all did. */
const struct measurements_row *page_failure(const struct page_data *data,
                                            const struct page_case *one,
                                            const char *allocator,
                                            const char *figure);

/* Whether the measurement is of that case. */
bool page_is_of(const struct measurements_row *row, const struct page_case *one);

/* "larson threads_max=4, 2 threads": the number of threads only where a workload has several. */
#define CASE_NAME_BYTES 256
char *page_case_name(const struct page_data *data,
                     const struct page_case *one,
                     char name[CASE_NAME_BYTES]);

#endif

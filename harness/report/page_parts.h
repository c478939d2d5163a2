/* The parts of a run's page, each written by a file of its own; page.c puts them together. */
#ifndef HARNESS_REPORT_PAGE_PARTS_H
#define HARNESS_REPORT_PAGE_PARTS_H

#include "harness/report/page_data.h"

#include <stdio.h>

/* The finding in words: fastest, smallest, the verdicts on each, and what limits these claims. */
void page_write_finding(FILE *out, const struct page_data *data);

/* How each allocator fares by a figure, called `quantity`; nothing when the run did not measure it. */
void page_write_verdicts(FILE *out,
                         const struct page_data *data,
                         const char *figure,
                         const char *quantity);

/* Tables of medians, one for each figure that was measured: a row for each workload, a column for each
 * allocator. */
void page_write_tables(FILE *out, const struct page_data *data);

/* The baseline against itself, disturbed measurements, void blocks. */
void page_write_noise(FILE *out, const struct page_data *data);

/* Cells that did not end ok, with the reason. */
void page_write_failures(FILE *out, const struct page_data *data);

/* Each chart that is there, with how to read it. */
void page_write_charts(FILE *out, const struct page_data *data);

/* What was measured (files, versions, hashes), on what, what the figures mean. */
void page_write_allocators(FILE *out, const struct page_data *data);
void page_write_environment(FILE *out, const struct page_data *data);
void page_write_definitions(FILE *out);

#endif

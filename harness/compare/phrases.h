/* What the table and the Markdown say in the same words: the order of entries, numbers, sentences. */
#ifndef HARNESS_COMPARE_PHRASES_H
#define HARNESS_COMPARE_PHRASES_H

#include "harness/compare/compare.h"

#define PHRASE_BYTES 512

/* The judged entries by run, figure and method, the worst first, then what is unresolved, better and
 * equivalent; ends with NULL. The caller frees the array; NULL when memory is out. */
const struct compare_entry **phrases_order(const struct compare_result *result);

/* Whether two entries are of one run, figure and method. */
bool phrases_same_section(const struct compare_entry *one, const struct compare_entry *other);

/* "B against A, ns_per_op [ns]: ratios to glibc, ..." */
void phrases_section(const struct compare_entry *entry, char text[PHRASE_BYTES]);
const char *phrases_method(const struct compare_entry *entry, char text[PHRASE_BYTES]);

/* "results/after: 15 blocks, heaplab 6572f7d, 2026-11-22T06:16:32Z" */
void phrases_run(const struct compare_run *run, char text[PHRASE_BYTES]);

/* "2 slower, 1 larger, 20 equivalent of 23 comparisons (...)" */
void phrases_sum(const struct compare_result *result, char text[PHRASE_BYTES]);

/* A value of the entry's figure (bytes in MiB), a p-value, an interval; "-" when unknown. */
#define NUMBER_BYTES 48
void phrases_value(const struct compare_entry *entry, double value, char text[NUMBER_BYTES]);
void phrases_p(double p, char text[NUMBER_BYTES]);
void phrases_ratio(double ratio, char text[NUMBER_BYTES]);
void phrases_interval(const struct comparison *judged, char text[NUMBER_BYTES]);
void phrases_delta(double delta, char text[NUMBER_BYTES]);

/* "ns", "MiB" or "" */
const char *phrases_unit(const struct compare_entry *entry);

#endif

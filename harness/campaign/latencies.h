/* The latency pass seen from outside: how its cells are started, and what becomes of the histograms
 * that the worker tells: quantiles for the row, buckets for latency.csv. */
#ifndef HARNESS_CAMPAIGN_LATENCIES_H
#define HARNESS_CAMPAIGN_LATENCIES_H

#include "harness/campaign/process.h"
#include "harness/error.h"
#include "harness/report/table.h"

#define LATENCIES_WORD_BYTES 32

/* A quantile is given where at least so many samples lie above it. */
#define LATENCIES_ABOVE_LEAST 10

/* The word for the pass; the same `number` times the same calls of a stream. */
void latencies_word(char word[LATENCIES_WORD_BYTES], uint64_t number);

/* The report of an ended process, its buckets behind it in memory; NULL when none came whole. */
const struct latency_report *latencies_report(const struct process *process);

/* The smallest duration that a share `quantile` of a call's samples does not exceed, in nanoseconds:
 * the middle of its bucket, at most 0.4 % off. NAN when too few samples lie above it. */
double
latencies_quantile(const struct latency_report *report, enum latency_call call, double quantile);

/* Fills the figures of a process that ended ok; without a whole report the row's status becomes
 * `failed`. */
void latencies_fill(const struct process *process, struct measurements_row *row);

/* Writes the buckets of a cell whose row is `cell`, joined where they are narrower than a whole
 * nanosecond. */
bool latencies_write(struct table_writer *writer,
                     const struct measurements_row *cell,
                     const struct latency_report *report,
                     struct error *error);

#endif

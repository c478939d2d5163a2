#include "harness/campaign/latencies.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *const call_names[LATENCY_CALLS] = {"malloc", "calloc", "realloc", "free"};

static const struct latency_bucket *buckets_of(const struct latency_report *report)
{
    return (const struct latency_bucket *)(const void *)(report + 1);
}

void latencies_word(char word[LATENCIES_WORD_BYTES], uint64_t number)
{
    (void)snprintf(word, LATENCIES_WORD_BYTES, WORKER_LATENCY_PASS "%" PRIu64, number);
}

/* Calls and durations ascend, and every bucket has a width and calls. */
static bool is_ordered(const struct latency_report *report)
{
    const struct latency_bucket *bucket = buckets_of(report);
    for (uint64_t i = 0; i < report->buckets; i++) {
        bool apart = i == 0 || bucket[i].call > bucket[i - 1].call ||
                     (bucket[i].call == bucket[i - 1].call &&
                      bucket[i].low_units >= bucket[i - 1].high_units);
        if (!apart || bucket[i].call >= LATENCY_CALLS || bucket[i].calls == 0 ||
            bucket[i].low_units >= bucket[i].high_units) {
            return false;
        }
    }
    return true;
}

const struct latency_report *latencies_report(const struct process *process)
{
    uint32_t body_bytes = 0;
    const struct latency_report *report = process_message(process, MESSAGE_LATENCY, &body_bytes);
    if (report == NULL || body_bytes < sizeof *report) {
        return NULL;
    }
    size_t bucket_bytes = body_bytes - sizeof *report;
    bool whole = bucket_bytes % sizeof(struct latency_bucket) == 0 &&
                 report->buckets == bucket_bytes / sizeof(struct latency_bucket);
    return whole && is_ordered(report) ? report : NULL;
}

static uint64_t count_samples(const struct latency_report *report, enum latency_call call)
{
    uint64_t samples = 0;
    for (uint64_t i = 0; i < report->buckets; i++) {
        samples += buckets_of(report)[i].call == call ? buckets_of(report)[i].calls : 0;
    }
    return samples;
}

static double ns_of(double units)
{
    return units / LATENCY_UNITS_PER_NS;
}

double
latencies_quantile(const struct latency_report *report, enum latency_call call, double quantile)
{
    uint64_t samples = count_samples(report, call);
    uint64_t rank = (uint64_t)ceil(quantile * (double)samples);
    if (samples < rank + LATENCIES_ABOVE_LEAST) {
        return NAN;
    }
    const struct latency_bucket *bucket = buckets_of(report);
    uint64_t below = 0;
    while (bucket->call != call || below + bucket->calls < rank) {
        below += bucket->call == call ? bucket->calls : 0;
        bucket++;
    }
    double middle = ((double)bucket->low_units + (double)(bucket->high_units - 1)) / 2;
    return ns_of(fmin(middle, (double)report->most_units[call]));
}

static double longest(const struct latency_report *report, enum latency_call call)
{
    return count_samples(report, call) > 0 ? ns_of((double)report->most_units[call]) : NAN;
}

/* The figures of one call, in the columns that bear its name. */
#define FILL_CALL(row, report, name, call)                                          \
    do {                                                                            \
        (row)->name##_latency_ns_p50 = latencies_quantile(report, call, 0.5);       \
        (row)->name##_latency_ns_p90 = latencies_quantile(report, call, 0.9);       \
        (row)->name##_latency_ns_p99 = latencies_quantile(report, call, 0.99);      \
        (row)->name##_latency_ns_p99_9 = latencies_quantile(report, call, 0.999);   \
        (row)->name##_latency_ns_p99_99 = latencies_quantile(report, call, 0.9999); \
        (row)->name##_latency_ns_max = longest(report, call);                       \
    } while (0)

void latencies_fill(const struct process *process, struct measurements_row *row)
{
    const struct latency_report *report = latencies_report(process);
    if (report == NULL) {
        row->status = "failed";
        row->status_detail = "no whole report of latencies came";
        return;
    }
    uint64_t samples = 0;
    for (unsigned call = 0; call < LATENCY_CALLS; call++) {
        samples += count_samples(report, call);
    }
    row->timer_ns = report->timer_ns;
    row->latency_samples = count_of(samples);
    FILL_CALL(row, report, malloc, LATENCY_MALLOC);
    FILL_CALL(row, report, calloc, LATENCY_CALLOC);
    FILL_CALL(row, report, realloc, LATENCY_REALLOC);
    FILL_CALL(row, report, free, LATENCY_FREE);
}

static struct latency_row identify(const struct measurements_row *cell)
{
    struct latency_row row;
    table_clear_row(&latency_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = cell->run;
    row.block = cell->block;
    row.attempt = cell->attempt;
    row.workload = cell->workload;
    row.parameters = cell->parameters;
    row.threads = cell->threads;
    row.allocator = cell->allocator;
    return row;
}

/* Buckets below 128 ns are parts of a nanosecond and lie in one; all others have whole ends. */
bool latencies_write(struct table_writer *writer,
                     const struct measurements_row *cell,
                     const struct latency_report *report,
                     struct error *error)
{
    const struct latency_bucket *bucket = buckets_of(report);
    const struct latency_bucket *end = bucket + report->buckets;
    struct latency_row row = identify(cell);
    bool ok = true;
    while (ok && bucket < end) {
        uint64_t low_ns = bucket->low_units / LATENCY_UNITS_PER_NS;
        uint32_t call = bucket->call;
        uint64_t calls = 0;
        uint64_t high_units = 0;
        for (; bucket < end && bucket->call == call &&
               bucket->low_units / LATENCY_UNITS_PER_NS == low_ns;
             bucket++) {
            calls += bucket->calls;
            high_units = bucket->high_units;
        }
        row.call = call_names[call];
        row.low_ns = count_of(low_ns);
        row.high_ns = count_of((high_units + LATENCY_UNITS_PER_NS - 1) / LATENCY_UNITS_PER_NS);
        row.calls = count_of(calls);
        ok = table_write(writer, &row, error);
    }
    return ok;
}

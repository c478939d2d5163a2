#include "harness/campaign/figures.h"

#include <math.h>
#include <string.h>

#define FLOOR_HIGH 0.4 /* a floor above this share of the raw time is flagged */

void figures_throughput(struct measurements_row *row,
                        const struct worker_result *result,
                        double floor_ns_per_op)
{
    double operations = (double)row->operations.value;
    row->elapsed_ns = count_of(result->elapsed_ns);
    row->ns_per_op = (double)result->elapsed_ns / operations;
    row->ops_per_s = operations / ((double)result->elapsed_ns * 1e-9);
    row->ns_per_op_net = row->ns_per_op - floor_ns_per_op;
    row->floor_share = floor_ns_per_op / row->ns_per_op;
    row->cpu_user_ns = count_of(result->cpu_user_ns);
    row->cpu_sys_ns = count_of(result->cpu_sys_ns);
    row->cpu_ns_per_op = (double)(result->cpu_user_ns + result->cpu_sys_ns) / operations;
    row->minor_faults = count_of(result->minor_faults);
    row->major_faults = count_of(result->major_faults);
    row->ctx_voluntary = count_of(result->ctx_voluntary);
    row->ctx_involuntary = count_of(result->ctx_involuntary);
    if (row->floor_share > FLOOR_HIGH) {
        row->flags = "floor_high";
    }
}

/* Sums over the samples, and the samples that matter on their own. */
struct digest {
    size_t count;
    const struct memory_sample *most_live;
    const struct memory_sample *most_resident;
    const struct memory_sample *most_walked; /* of those with a heap walk the most live */
    double rss_sum;
    uint64_t lazyfree_peak;
    uint64_t thp_peak;
    double frag_sum; /* over samples with live bytes */
    size_t frag_count;
    double internal_sum; /* over samples with usable bytes */
    size_t internal_count;
    double external_sum; /* over samples with free bytes in the heap */
    size_t external_count;
    double free_share_sum; /* over samples with a heap */
    size_t free_share_count;
};

static double resident_over_live(double resident, double live)
{
    return live > 0 ? (resident - live) / live : NAN;
}

static double internal_share(const struct memory_sample *sample)
{
    if (sample->usable_bytes == SAMPLE_UNKNOWN || sample->usable_bytes == 0) {
        return NAN;
    }
    return ((double)sample->usable_bytes - (double)sample->live_bytes) /
           (double)sample->usable_bytes;
}

static double external_share(const struct memory_sample *sample)
{
    if (sample->heap_free_bytes == SAMPLE_UNKNOWN || sample->heap_free_bytes == 0) {
        return NAN;
    }
    return 1 - (double)sample->heap_largest_free_bytes / (double)sample->heap_free_bytes;
}

static double free_share(const struct memory_sample *sample)
{
    if (sample->heap_free_bytes == SAMPLE_UNKNOWN) {
        return NAN;
    }
    double heap = (double)sample->heap_free_bytes + (double)sample->heap_used_bytes +
                  (double)sample->heap_metadata_bytes;
    return heap > 0 ? (double)sample->heap_free_bytes / heap : NAN;
}

static void add_known(double value, double *sum, size_t *count)
{
    if (!isnan(value)) {
        *sum += value;
        (*count)++;
    }
}

static double mean(double sum, size_t count)
{
    return count > 0 ? sum / (double)count : NAN;
}

static void digest_add(struct digest *digest, const struct memory_sample *sample, uint64_t start)
{
    double resident = (double)figures_above(sample->rss_bytes, start);
    digest->count++;
    digest->rss_sum += resident;
    if (digest->most_live == NULL || sample->live_bytes > digest->most_live->live_bytes) {
        digest->most_live = sample;
    }
    if (sample->heap_free_bytes != SAMPLE_UNKNOWN &&
        (digest->most_walked == NULL || sample->live_bytes > digest->most_walked->live_bytes)) {
        digest->most_walked = sample;
    }
    if (digest->most_resident == NULL || sample->rss_bytes > digest->most_resident->rss_bytes) {
        digest->most_resident = sample;
    }
    if (sample->lazyfree_bytes > digest->lazyfree_peak) {
        digest->lazyfree_peak = sample->lazyfree_bytes;
    }
    if (sample->thp_bytes > digest->thp_peak) {
        digest->thp_peak = sample->thp_bytes;
    }
    add_known(resident_over_live(resident, (double)sample->live_bytes),
              &digest->frag_sum,
              &digest->frag_count);
    add_known(internal_share(sample), &digest->internal_sum, &digest->internal_count);
    add_known(external_share(sample), &digest->external_sum, &digest->external_count);
    add_known(free_share(sample), &digest->free_share_sum, &digest->free_share_count);
}

static void
fill_fragmentation(struct measurements_row *row, const struct digest *digest, uint64_t start)
{
    const struct memory_sample *live = digest->most_live;
    const struct memory_sample *resident = digest->most_resident;
    row->frag_1 = mean(digest->frag_sum, digest->frag_count);
    row->frag_2 =
        resident_over_live((double)figures_above(live->rss_bytes, start), (double)live->live_bytes);
    row->frag_3 = resident_over_live((double)figures_above(resident->rss_bytes, start),
                                     (double)resident->live_bytes);
    row->frag_4 = resident_over_live((double)figures_above(resident->rss_bytes, start),
                                     (double)live->live_bytes);
    row->frag_internal_mean = mean(digest->internal_sum, digest->internal_count);
    row->frag_internal_peak = internal_share(live);
    row->frag_external_mean = mean(digest->external_sum, digest->external_count);
    row->frag_external_peak =
        digest->most_walked != NULL ? external_share(digest->most_walked) : NAN;
    row->heap_free_share_mean = mean(digest->free_share_sum, digest->free_share_count);
}

void figures_memory(struct measurements_row *row,
                    const struct worker_result *result,
                    uint64_t bare_bytes)
{
    const struct memory_sample *samples = figures_samples(result);
    uint64_t own = figures_above(result->anonymous_bytes_start, bare_bytes);
    uint64_t start = result->rss_bytes_start - own;
    struct digest digest = {0};
    for (size_t i = 0; i < result->samples; i++) {
        digest_add(&digest, &samples[i], start);
    }
    row->samples = count_of(result->samples);
    row->rss_bytes_start = count_of(start);
    row->rss_bytes_static = count_of(own);
    row->rss_bytes_end = count_of(figures_above(result->rss_bytes_end, start));
    row->rss_bytes_idle = count_of(figures_above(result->rss_bytes_idle, start));
    if (digest.count == 0) {
        return; /* a stream shorter than one step */
    }
    /* The kernel's mark may lag by what each processor has not yet added: never below a sample. */
    uint64_t high = result->rss_bytes_high_water;
    uint64_t sampled = digest.most_resident->rss_bytes;
    row->rss_bytes_peak = count_of(figures_above(high > sampled ? high : sampled, start));
    row->rss_bytes_mean = count_of((uint64_t)(digest.rss_sum / (double)digest.count));
    row->lazyfree_bytes_peak = count_of(digest.lazyfree_peak);
    row->thp_bytes_peak = count_of(digest.thp_peak);
    row->live_bytes_peak = count_of(digest.most_live->live_bytes);
    if (digest.most_live->usable_bytes != SAMPLE_UNKNOWN) {
        row->usable_bytes_peak = count_of(digest.most_live->usable_bytes);
    }
    fill_fragmentation(row, &digest, start);
}

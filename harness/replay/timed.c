#include "harness/replay/timed.h"

#include "harness/replay/latency.h"
#include "harness/replay/loop.h"

#include <sys/mman.h>

static struct timer timer;

/* Memory of the harness, resident from the start: no call shall be timed with a fault of ours. */
static void *take(size_t bytes)
{
    void *memory = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

const char *timed_open(struct replay *replay, const char *number)
{
    const struct stream_header *header = replay->header;
    char *end = NULL;
    uint64_t seed = strtoull(number, &end, 10);
    if (*number < '0' || *number > '9' || *end != '\0') {
        return "the latency pass needs a number";
    }
    struct latency_thread *threads = take(header->threads * sizeof *threads);
    if (threads == NULL) {
        return "no memory for the histograms of the threads";
    }
    timer_open(&timer);
    for (uint32_t n = 0; n < header->threads; n++) {
        latency_prepare(&threads[n], &timer, header->operations, seed * header->threads + n);
        replay->threads[n].latency = &threads[n];
    }
    return NULL;
}

void timed_run(struct replay_thread *thread)
{
    switch (thread->replay->touch) {
    case TOUCH_NONE: (void)loop_run(thread, 0, (struct loop_mode){LOOP_TIMED, TOUCH_NONE}); break;
    case TOUCH_PAGE: (void)loop_run(thread, 0, (struct loop_mode){LOOP_TIMED, TOUCH_PAGE}); break;
    case TOUCH_LINE: (void)loop_run(thread, 0, (struct loop_mode){LOOP_TIMED, TOUCH_LINE}); break;
    case TOUCH_ALL: (void)loop_run(thread, 0, (struct loop_mode){LOOP_TIMED, TOUCH_ALL}); break;
    }
}

const struct latency_bucket *timed_report(struct replay *replay, struct latency_report *report)
{
    struct latency_thread *merged = replay->threads[0].latency;
    struct latency_bucket *buckets = take(LATENCY_BUCKETS_MOST * sizeof *buckets);
    if (buckets == NULL) {
        worker_stop(WORKER_FAILED, "no memory for the histograms' report");
    }
    latency_merge(merged, replay->header->threads);
    *report = (struct latency_report){.timer_ns = timer_cost_ns(&timer)};
    report->buckets = latency_list(merged, buckets);
    for (unsigned call = 0; call < LATENCY_CALLS; call++) {
        report->most_units[call] = merged->histogram[call].most;
    }
    return buckets;
}

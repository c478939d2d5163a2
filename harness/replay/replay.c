#include "harness/replay/replay.h"

#include "harness/replay/heapmap.h"
#include "harness/replay/loop.h"
#include "harness/replay/timed.h"

#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define THREAD_STACK_BYTES ((size_t)256 * 1024)

uint64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Memory of the harness itself: resident from the start and never from malloc. Shared where heaps
 * are mapped: the kernel would join private memory with that of an allocator beside it. */
static void *take_memory(const struct replay *replay, size_t bytes)
{
    if (bytes == 0) {
        bytes = 1;
    }
    int sharing = replay->pass == PASS_HEAPMAP ? MAP_SHARED : MAP_PRIVATE;
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Gives a thread its run of events: all of it, or the room for a window on it. */
static bool give_run(struct replay *replay, struct replay_thread *thread)
{
    const struct stream_thread *run = &replay->header->thread[thread->number];
    thread->window_word = run->first_word;
    if (replay->words != NULL) {
        thread->word = replay->words + run->first_word;
        thread->end = thread->word + run->words;
        return true;
    }
    thread->window =
        take_memory(replay, (REPLAY_WINDOW_WORDS + 1 + LOOP_PREFETCH) * sizeof(uint64_t));
    thread->word = thread->window;
    thread->end = thread->window;
    return thread->window != NULL;
}

const char *replay_prepare(struct replay *replay)
{
    const struct stream_header *header = replay->header;
    bool sizes = replay->pass != PASS_THROUGHPUT && replay->pass != PASS_LATENCY;
    bool births = replay->pass == PASS_HEAPMAP;
    size_t slots = header->slots;
    replay->slots = take_memory(replay, slots * sizeof *replay->slots);
    replay->threads = take_memory(replay, header->threads * sizeof *replay->threads);
    replay->slot_bytes = sizes ? take_memory(replay, slots * sizeof *replay->slot_bytes) : NULL;
    replay->slot_births = births ? take_memory(replay, slots * sizeof *replay->slot_births) : NULL;
    replay->sample = take_memory(replay, ((size_t)WORKER_SAMPLES + 2) * sizeof *replay->sample);
    if (replay->slots == NULL || replay->threads == NULL || replay->sample == NULL ||
        (sizes && replay->slot_bytes == NULL) || (births && replay->slot_births == NULL)) {
        return "no memory for the slots of the stream";
    }
    for (uint32_t n = 0; n < header->threads; n++) {
        struct replay_thread *thread = &replay->threads[n];
        thread->replay = replay;
        thread->number = n;
        if (!give_run(replay, thread)) {
            return "no memory for the threads of the stream";
        }
    }
    replay->sample_step = header->events / WORKER_SAMPLES + 1;
    pthread_rwlockattr_t attributes;
    (void)pthread_rwlockattr_init(&attributes);
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&replay->world, &attributes);
    return NULL;
}

/* Thread n runs on the n-th allowed processor from the last, in turn: the first is the busiest
 * with interrupts and with whoever started us. */
static void pin_thread(uint32_t number)
{
    static cpu_set_t allowed; /* as it was for the process; set before any thread exists */
    static int count;
    if (count == 0) {
        (void)sched_getaffinity(0, sizeof allowed, &allowed);
        count = CPU_COUNT(&allowed);
    }
    int skip = count - 1 - (int)(number % (uint32_t)count);
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &allowed) || skip-- > 0) {
        cpu++;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

/* A function for each, so that none of the loops has to share its registers. */
__attribute__((noinline)) static void run_touching_none(struct replay_thread *thread)
{
    (void)loop_run(thread, 0, (struct loop_mode){LOOP_PLAIN, TOUCH_NONE});
}

__attribute__((noinline)) static void run_touching_pages(struct replay_thread *thread)
{
    (void)loop_run(thread, 0, (struct loop_mode){LOOP_PLAIN, TOUCH_PAGE});
}

__attribute__((noinline)) static void run_touching_lines(struct replay_thread *thread)
{
    (void)loop_run(thread, 0, (struct loop_mode){LOOP_PLAIN, TOUCH_LINE});
}

__attribute__((noinline)) static void run_touching_all(struct replay_thread *thread)
{
    (void)loop_run(thread, 0, (struct loop_mode){LOOP_PLAIN, TOUCH_ALL});
}

static void run_plain(struct replay_thread *thread)
{
    switch (thread->replay->touch) {
    case TOUCH_NONE: run_touching_none(thread); break;
    case TOUCH_PAGE: run_touching_pages(thread); break;
    case TOUCH_LINE: run_touching_lines(thread); break;
    case TOUCH_ALL: run_touching_all(thread); break;
    }
}

static void run_checked(struct replay_thread *thread)
{
    (void)loop_run(thread, 0, (struct loop_mode){LOOP_SIZES | LOOP_STAMP, TOUCH_NONE});
}

static void run_thread(struct replay_thread *thread)
{
    thread->start_ns = clock_ns();
    switch (thread->replay->pass) {
    case PASS_THROUGHPUT: run_plain(thread); break;
    case PASS_MEMORY: observe_run(thread); break;
    case PASS_CHECK: run_checked(thread); break;
    case PASS_LATENCY: timed_run(thread); break;
    case PASS_HEAPMAP: heapmap_run(thread); break;
    case PASS_BARE: break;
    }
    thread->stop_ns = clock_ns();
    edge_signal(&thread->replay->finished);
}

static void *initial_thread(void *argument)
{
    struct replay_thread *thread = argument;
    struct replay *replay = thread->replay;
    pin_thread(thread->number);
    edge_signal(&replay->arrived);
    edge_wait(&replay->line, 1);
    run_thread(thread);
    if (replay->pass == PASS_MEMORY || replay->pass == PASS_HEAPMAP) {
        edge_wait(&replay->leave, 1);
    }
    return NULL;
}

static void *started_thread(void *argument)
{
    struct replay_thread *thread = argument;
    pin_thread(thread->number);
    run_thread(thread);
    return NULL;
}

static void create_thread(struct replay_thread *thread, void *(*begin)(void *))
{
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    int reason = pthread_create(&thread->handle, &attributes, begin, thread);
    if (reason != 0) {
        worker_stop(
            WORKER_FAILED, "cannot start thread %u: %s", thread->number, strerrordesc_np(reason));
    }
    thread->created = true;
}

void replay_start_thread(struct replay *replay, uint32_t number)
{
    create_thread(&replay->threads[number], started_thread);
}

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

static void
account(const struct replay *replay, const struct rusage *before, struct worker_result *result)
{
    struct rusage after;
    (void)getrusage(RUSAGE_SELF, &after);
    result->cpu_user_ns = timeval_ns(after.ru_utime) - timeval_ns(before->ru_utime);
    result->cpu_sys_ns = timeval_ns(after.ru_stime) - timeval_ns(before->ru_stime);
    result->minor_faults = (uint64_t)(after.ru_minflt - before->ru_minflt);
    result->major_faults = (uint64_t)(after.ru_majflt - before->ru_majflt);
    result->ctx_voluntary = (uint64_t)(after.ru_nvcsw - before->ru_nvcsw);
    result->ctx_involuntary = (uint64_t)(after.ru_nivcsw - before->ru_nivcsw);
    uint64_t start_ns = UINT64_MAX;
    uint64_t stop_ns = 0;
    for (uint32_t n = 0; n < replay->header->threads; n++) {
        const struct replay_thread *thread = &replay->threads[n];
        start_ns = thread->start_ns < start_ns ? thread->start_ns : start_ns;
        stop_ns = thread->stop_ns > stop_ns ? thread->stop_ns : stop_ns;
    }
    result->elapsed_ns = stop_ns - start_ns;
}

void replay_begin(struct replay *replay)
{
    uint32_t initial = 1;
    pin_thread(0);
    for (uint32_t n = 1; n < replay->header->threads; n++) {
        if (replay->header->thread[n].initial) {
            create_thread(&replay->threads[n], initial_thread);
            initial++;
        }
    }
    edge_wait(&replay->arrived, initial - 1);
}

void replay_run(struct replay *replay, struct worker_result *result)
{
    struct rusage before;
    (void)getrusage(RUSAGE_SELF, &before);
    replay->begin_ns = clock_ns();
    edge_signal(&replay->line);
    run_thread(&replay->threads[0]);
    edge_wait(&replay->finished, replay->header->threads);
    account(replay, &before, result);
}

void replay_free_leftovers(struct replay *replay)
{
    for (uint32_t slot = 0; slot < replay->header->slots; slot++) {
        free(replay->slots[slot]);
        replay->slots[slot] = NULL;
    }
}

void replay_leave(struct replay *replay)
{
    edge_signal(&replay->leave);
    for (uint32_t n = 1; n < replay->header->threads; n++) {
        if (replay->threads[n].created) {
            (void)pthread_join(replay->threads[n].handle, NULL);
        }
    }
}

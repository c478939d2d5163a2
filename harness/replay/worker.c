/* heaplab-worker: the measured process. Proves whose malloc is live, maps the stream, replays it
 * once in one pass and answers through a pipe. Linked with the C library alone; allocates nothing
 * from the malloc under test for itself.
 *
 *     heaplab-worker PASS TOUCH THP LIBRARY     (LIBRARY "" = the C library's own malloc)
 *
 * with the stream as descriptor 3, the answer's pipe as descriptor 4 and, in the pass
 * heapmap:EVENTS,..., a file for its frames as descriptor 5. */
#include "harness/replay/worker.h"

#include "harness/replay/heapmap.h"
#include "harness/replay/identity.h"
#include "harness/replay/instructions.h"
#include "harness/replay/memory.h"
#include "harness/replay/replay.h"
#include "harness/replay/timed.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GUARD_BYTES 4096 /* the loop looks a few words ahead of the last event */

static struct worker_result result;

static void send_bytes(const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(WORKER_ANSWER_FD, at, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            _exit(1); /* nobody listens any more */
        }
        at += n;
        length -= (size_t)n;
    }
}

static void send_result(const struct memory_sample *samples)
{
    size_t sample_bytes = result.samples * sizeof *samples;
    struct worker_message_header header = {MESSAGE_RESULT,
                                           (uint32_t)(sizeof result + sample_bytes)};
    send_bytes(&header, sizeof header);
    send_bytes(&result, sizeof result);
    if (sample_bytes > 0) {
        send_bytes(samples, sample_bytes);
    }
}

static void send_latency(struct replay *replay)
{
    struct latency_report report;
    const struct latency_bucket *buckets = timed_report(replay, &report);
    size_t bucket_bytes = report.buckets * sizeof *buckets;
    struct worker_message_header header = {MESSAGE_LATENCY,
                                           (uint32_t)(sizeof report + bucket_bytes)};
    send_bytes(&header, sizeof header);
    send_bytes(&report, sizeof report);
    send_bytes(buckets, bucket_bytes);
}

void worker_stop(enum worker_status status, const char *format, ...)
{
    static _Atomic int stopping;
    if (atomic_exchange(&stopping, 1) != 0) {
        for (;;) {
            (void)pause(); /* another thread is already ending the process */
        }
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(result.detail, sizeof result.detail, format, arguments);
    va_end(arguments);
    result.status = status;
    result.samples = 0;
    send_result(NULL);
    _exit(0);
}

/* Maps the stream behind WORKER_STREAM_FD with a guard page behind it. The image was checked by the
 * process that made and sealed it; kernels before 6.7 refuse to share what is sealed, and a private
 * mapping that nobody writes to holds the same pages. */
static void map_stream(struct replay *replay)
{
    struct stat file;
    if (fstat(WORKER_STREAM_FD, &file) != 0 ||
        (size_t)file.st_size < sizeof(struct stream_header)) {
        worker_stop(WORKER_FAILED,
                    "no stream in descriptor %d: heaplab-worker is started by heaplab",
                    WORKER_STREAM_FD);
    }
    size_t bytes = (size_t)file.st_size;
    char *room = mmap(
        NULL, bytes + GUARD_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool timed = replay->pass != PASS_MEMORY && replay->pass != PASS_BARE;
    int flags = MAP_PRIVATE | MAP_FIXED | (timed ? MAP_POPULATE : 0);
    if (room == MAP_FAILED ||
        mmap(room, bytes, PROT_READ, flags, WORKER_STREAM_FD, 0) == MAP_FAILED) {
        worker_stop(WORKER_FAILED, "cannot map the stream: %s", strerrordesc_np(errno));
    }
    replay->header = (const struct stream_header *)(const void *)room;
    if (memcmp(replay->header->magic, STREAM_MAGIC, sizeof replay->header->magic) != 0 ||
        replay->header->image_bytes != bytes) {
        worker_stop(WORKER_FAILED, "descriptor %d holds no stream", WORKER_STREAM_FD);
    }
    if (timed) {
        replay->words = (const uint64_t *)(const void *)(room + replay->header->words_offset);
    }
}

/* What follows `name` in the word; NULL when the word does not begin with it. */
static const char *behind(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 ? word + length : NULL;
}

static enum worker_pass parse_pass(const char *word)
{
    static const char *const names[] = {"throughput", "memory", "check", "bare"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(word, names[i]) == 0) {
            return (enum worker_pass)i;
        }
    }
    if (behind(word, WORKER_HEAPMAP_PASS) != NULL) {
        return PASS_HEAPMAP;
    }
    if (behind(word, WORKER_LATENCY_PASS) != NULL) {
        return PASS_LATENCY;
    }
    if (behind(word, WORKER_INSTRUCTIONS_PASS) != NULL) {
        return PASS_THROUGHPUT;
    }
    worker_stop(WORKER_FAILED, "unknown pass \"%s\"", word);
}

static enum touch_policy parse_touch(const char *word)
{
    static const char *const names[] = {"none", "page", "line", "all"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(word, names[i]) == 0) {
            return (enum touch_policy)i;
        }
    }
    worker_stop(WORKER_FAILED, "unknown touch policy \"%s\"", word);
}

static void set_huge_pages(const char *word)
{
    if (strcmp(word, "off") == 0 && prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) {
        worker_stop(WORKER_FAILED, "cannot disable huge pages: %s", strerrordesc_np(errno));
    }
}

/* The start line of the memory pass: everything of the harness is resident by now. */
static void begin_memory(struct replay *replay)
{
    struct memory_sample start;
    observe_sample(
        replay, &start, true); /* once for nothing: faults in what sampling itself uses */
    if (!memory_reset_high_water()) {
        worker_stop(
            WORKER_FAILED, "cannot write /proc/self/clear_refs: %s", strerrordesc_np(errno));
    }
    observe_sample(replay, &start, false);
    result.rss_bytes_start = start.rss_bytes;
    result.anonymous_bytes_start = memory_anonymous_bytes();
}

static void end_memory(struct replay *replay)
{
    struct memory_sample end;
    result.rss_bytes_high_water = memory_high_water();
    replay_free_leftovers(replay);
    observe_sample(replay, &end, false);
    result.rss_bytes_end = end.rss_bytes;
    const struct worker_message_header parked = {MESSAGE_PARKED, 0};
    send_bytes(&parked, sizeof parked);
    const struct timespec idle = {(time_t)(WORKER_IDLE_NS / 1000000000),
                                  (long)(WORKER_IDLE_NS % 1000000000)};
    (void)nanosleep(&idle, NULL);
    observe_sample(replay, &end, false);
    result.rss_bytes_idle = end.rss_bytes;
}

/* The count holds the replay's taking the clock too: some hundred instructions, always the same. */
static void run(struct replay *replay, bool counting)
{
    if (counting) {
        instructions_start();
    }
    replay_run(replay, &result);
    if (counting) {
        result.instructions = instructions_stop();
    }
}

/* Whoever keeps cores of crashes would compute beside the cells that follow. A limit of 1 means nobody:
 * at 0 the kernel still starts a handler that core_pattern names (core(5)). */
static void dump_no_core(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 1 ? limit.rlim_max : 1;
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
}

int heaplab_worker_main(int argc, char **argv)
{
    static struct replay replay;
    struct identity identity;
    uint64_t entered_ns = clock_ns();
    dump_no_core();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* nobody would hear the answer */
    if (argc != 5) {
        worker_stop(WORKER_FAILED, "usage: heaplab-worker PASS TOUCH THP LIBRARY");
    }
    const char *wrong = identity_prove(argv[4], &identity);
    if (wrong != NULL) {
        worker_stop(WORKER_WRONG_ALLOCATOR, "%s", wrong);
    }
    (void)snprintf(result.library, sizeof result.library, "%s", identity.file);
    replay.pass = parse_pass(argv[1]);
    const char *source = behind(argv[1], WORKER_INSTRUCTIONS_PASS);
    if (source != NULL) {
        instructions_open(source);
    }
    replay.touch = parse_touch(argv[2]);
    replay.usable_size = identity.usable_size;
    replay.has_aligned = identity.has_aligned;
    set_huge_pages(argv[3]);
    map_stream(&replay);
    const char *problem = memory_open();
    problem = problem != NULL ? problem : replay_prepare(&replay);
    if (problem == NULL && replay.pass == PASS_HEAPMAP) {
        problem = heapmap_open(&replay, behind(argv[1], WORKER_HEAPMAP_PASS));
    } else if (problem == NULL && replay.pass == PASS_LATENCY) {
        problem = timed_open(&replay, behind(argv[1], WORKER_LATENCY_PASS));
    }
    if (problem != NULL) {
        worker_stop(WORKER_FAILED, "%s", problem);
    }
    replay_begin(&replay);
    if (replay.pass == PASS_MEMORY || replay.pass == PASS_BARE) {
        begin_memory(&replay);
    }
    result.setup_ns = clock_ns() - entered_ns;
    if (replay.pass == PASS_BARE) {
        send_result(NULL);
        _exit(0);
    }
    run(&replay, source != NULL);
    if (replay.pass == PASS_MEMORY) {
        end_memory(&replay);
    } else if (replay.pass == PASS_LATENCY) {
        send_latency(&replay);
    }
    replay_leave(&replay);
    result.samples = replay.samples;
    send_result(replay.sample);
    _exit(0); /* nothing of interest follows: what was measured is told */
}

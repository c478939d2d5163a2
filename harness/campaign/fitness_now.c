#include "harness/campaign/busiest.h"
#include "harness/campaign/fitness_parts.h"
#include "harness/campaign/machine_key.h"
#include "harness/campaign/noise_meter.h"
#include "harness/campaign/valgrind.h"
#include "harness/clock.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define COUNTED_ROUNDS  10000 /* of an empty loop: at least an instruction each */
#define TIMER_WARN_NS   200   /* a look at the clock; some 25 where it needs no system call */
#define TIMER_LOOKS     1000
#define STEAL_NOTE      0.01 /* shares of the time that was observed */
#define STEAL_WARN      0.05
#define STEAL_UNFIT     0.25
#define OTHERS_WARN     0.10 /* shares of the time of all processors */
#define OTHERS_UNFIT    0.50
#define JITTER_WARN     0.05
#define SPINS_MAX       16384
#define STEPS_OF_A_SPIN 100000 /* some 100 microseconds */

static void check_processors(struct fitness *fitness)
{
    int processors = get_nprocs();
    cpu_set_t set;
    int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : processors;
    if (processors == 1) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "processors",
                    "measure on a machine with two or more",
                    "there is one processor for all: nothing runs undisturbed");
    } else if (allowed < processors) {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "processors",
                    "run without taskset or cpuset, or with no more --threads than that",
                    "%d of %d may be used",
                    allowed,
                    processors);
    } else {
        fitness_add(fitness, FITNESS_OK, "processors", "", "%d", processors);
    }
}

static void check_hypervisor(struct fitness *fitness)
{
    char name[MACHINE_HYPERVISOR_BYTES];
    machine_hypervisor(name);
    if (strcmp(name, "none") == 0) {
        fitness_add(fitness, FITNESS_OK, "hypervisor", "", "none");
    } else {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "hypervisor",
                    "compare within one run only, or measure on the bare machine",
                    "%s: other machines share the processor and its caches unseen",
                    name);
    }
}

static void check_timer(struct fitness *fitness)
{
    uint64_t begin = clock_monotonic_ns();
    for (int i = 0; i < TIMER_LOOKS; i++) {
        (void)clock_monotonic_ns();
    }
    uint64_t cost_ns = (clock_monotonic_ns() - begin) / TIMER_LOOKS;
    bool slow = cost_ns > TIMER_WARN_NS;
    fitness_add(fitness,
                slow ? FITNESS_WARN : FITNESS_OK,
                "timer",
                slow ? "use a clock source that user space can read (tsc)" : "",
                "a look at the clock takes %u ns",
                (unsigned)cost_ns);
}

/* 0, or why the processor cannot count instructions of a process. */
static int try_counter(void)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attributes,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    /* Some virtual machines offer a counter that never counts. */
    uint64_t count = 0;
    (void)ioctl((int)fd, PERF_EVENT_IOC_ENABLE, 0);
    for (int i = 0; i < COUNTED_ROUNDS; i++) {
        __asm__ volatile("");
    }
    (void)ioctl((int)fd, PERF_EVENT_IOC_DISABLE, 0);
    bool counts =
        read((int)fd, &count, sizeof count) == (ssize_t)sizeof count && count >= COUNTED_ROUNDS;
    (void)close((int)fd);
    return counts ? 0 : ENODATA;
}

static void check_counters(struct fitness *fitness)
{
    char valgrind[PATH_MAX];
    int reason = try_counter();
    if (reason == 0) {
        fitness_add(fitness, FITNESS_OK, "counters", "", "the processor counts instructions");
        return;
    }
    bool forbidden = reason == EACCES || reason == EPERM;
    fitness_add(fitness,
                FITNESS_NOTE,
                "counters",
                forbidden ? "sysctl kernel.perf_event_paranoid=2" : "",
                "the processor does not count instructions for us (%s): valgrind does, slowly",
                strerror(reason));
    if (!valgrind_find(valgrind)) {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "valgrind",
                    "apt-get install valgrind",
                    "not installed: nobody here can count instructions");
    }
}

/* ---- Observation ---- */

static enum fitness_severity grade(double share, double note, double warn, double unfit)
{
    return share > unfit  ? FITNESS_UNFIT
           : share > warn ? FITNESS_WARN
           : share > note ? FITNESS_NOTE
                          : FITNESS_OK;
}

static int compare_times(const void *one, const void *other)
{
    const uint64_t *a = one;
    const uint64_t *b = other;
    return (*a > *b) - (*a < *b);
}

/* Computes the same again and again until the time is up; the times it took, sorted. */
static size_t spin(uint64_t *times, uint64_t observe_ns)
{
    uint64_t end_ns = clock_monotonic_ns() + observe_ns;
    uint64_t begin_ns = clock_monotonic_ns();
    volatile uint64_t sink = 1;
    size_t count = 0;
    while (begin_ns < end_ns && count < SPINS_MAX) {
        uint64_t x = sink;
        for (int i = 0; i < STEPS_OF_A_SPIN; i++) {
            x = x * UINT64_C(6364136223846793005) + 1;
        }
        sink = x;
        uint64_t now_ns = clock_monotonic_ns();
        times[count++] = now_ns - begin_ns;
        begin_ns = now_ns;
    }
    qsort(times, count, sizeof *times, compare_times);
    return count;
}

/* Between the fast tenth and the slow tenth lies what frequency and neighbours do. */
static void add_jitter(struct fitness *fitness, const uint64_t *times, size_t count)
{
    if (count < 20) {
        return;
    }
    size_t tenth = count / 10;
    double jitter = (double)times[count - 1 - tenth] / (double)times[tenth] - 1;
    bool high = jitter > JITTER_WARN;
    fitness_add(fitness,
                high ? FITNESS_WARN : FITNESS_OK,
                "jitter",
                high ? "fix the frequency (governor, turbo), end other work" : "",
                "the same work takes up to %.1f %% longer from one moment to the next",
                100 * jitter);
}

/* What was seen for some time. */
struct observation {
    struct measurements_row row; /* the columns on noise */
    uint64_t ns;
    unsigned processors;
    struct busiest_process busiest; /* pid 0: nobody computed */
};

static void add_steal(struct fitness *fitness, const struct observation *seen)
{
    double steal = (double)seen->row.steal_ns.value / (double)seen->ns;
    enum fitness_severity severity = grade(steal, STEAL_NOTE, STEAL_WARN, STEAL_UNFIT);
    if (seen->row.steal_ns.known) {
        fitness_add(fitness,
                    severity,
                    "steal",
                    severity != FITNESS_OK ? "measure at another hour, or on a dedicated host" : "",
                    "the hypervisor kept %.1f %% of the time",
                    100 * steal);
    }
}

static void add_others(struct fitness *fitness, const struct observation *seen)
{
    char remedy[FITNESS_TEXT_BYTES] = "";
    const struct busiest_process *busiest = &seen->busiest;
    double others = (double)seen->row.other_cpu_ns.value / (double)seen->ns / seen->processors;
    enum fitness_severity severity = grade(others, OTHERS_WARN, OTHERS_WARN, OTHERS_UNFIT);
    if (severity != FITNESS_OK && busiest->pid != 0) {
        (void)snprintf(remedy,
                       sizeof remedy,
                       "end what else runs, first of all %s (process %d, %.0f %% of a processor)",
                       busiest->name,
                       (int)busiest->pid,
                       100 * (double)busiest->cpu_ns / (double)seen->ns);
    } else if (severity != FITNESS_OK) {
        (void)snprintf(remedy, sizeof remedy, "end what else runs (`top`)");
    }
    if (seen->row.other_cpu_ns.known) {
        fitness_add(fitness,
                    severity,
                    "other_load",
                    remedy,
                    "others use %.0f %% of the processors",
                    100 * others);
    }
}

static void observe(struct fitness *fitness, const char *root, uint64_t observe_ns)
{
    struct noise_meter meter;
    struct noise_moment from;
    struct noise_moment to;
    struct busiest before;
    struct busiest after;
    struct observation seen = {0};
    uint64_t *times = calloc(SPINS_MAX, sizeof *times);
    if (times == NULL) {
        return;
    }
    table_clear_row(&measurements_layout, &seen.row);
    noise_meter_begin(&meter, root);
    busiest_list(&before);
    noise_meter_read(&meter, NULL, 0, &from);
    uint64_t begin_ns = clock_monotonic_ns();
    size_t count = spin(times, observe_ns);
    seen.ns = clock_monotonic_ns() - begin_ns;
    seen.processors = meter.processors.online;
    noise_meter_read(&meter, NULL, 0, &to);
    busiest_list(&after);
    (void)busiest_find(&before, &after, &seen.busiest);
    if (noise_meter_fill(&meter, &from, &to, &seen.row)) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "throttled",
                    "cool the machine, or run outside of the control group",
                    "the processor was slowed down while it was observed");
    }
    add_steal(fitness, &seen);
    add_others(fitness, &seen);
    add_jitter(fitness, times, count);
    busiest_free(&before);
    busiest_free(&after);
    free(times);
}

void fitness_add_now(struct fitness *fitness, const char *root, uint64_t observe_ns)
{
    check_processors(fitness);
    check_hypervisor(fitness);
    check_timer(fitness);
    check_counters(fitness);
    if (observe_ns > 0) {
        observe(fitness, root, observe_ns);
    }
}

#include "harness/replay/instructions.h"

#include "harness/replay/counter.h"
#include "harness/replay/replay.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#    include <valgrind/callgrind.h>
#    define HAVE_CALLGRIND 1
#else
#    define RUNNING_ON_VALGRIND             0
#    define CALLGRIND_START_INSTRUMENTATION (void)0
#    define CALLGRIND_STOP_INSTRUMENTATION  (void)0
#    define HAVE_CALLGRIND                  0
#endif

#define CLOCK_BEGIN_NS UINT64_C(1000000000000)
#define CLOCK_STEP_NS  1000  /* of the clock below, at each look at it */
#define PROBE_ROUNDS   10000 /* of an empty loop: at least an instruction each */

static int counter = -1;

_Noreturn static void stop_without_hardware(int reason)
{
    worker_stop(
        WORKER_UNSUPPORTED, "no hardware counter of instructions: %s", counter_reason(reason));
}

static void open_hardware(void)
{
    counter = counter_open(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS);
    if (counter < 0) {
        stop_without_hardware(-counter);
    }
}

/* Some virtual machines offer a counter that never counts. */
_Noreturn static void probe(void)
{
    open_hardware();
    instructions_start();
    for (int i = 0; i < PROBE_ROUNDS; i++) {
        __asm__ volatile("");
    }
    if (instructions_stop() < PROBE_ROUNDS) {
        stop_without_hardware(ENODATA);
    }
    worker_stop(WORKER_OK, "hardware");
}

#if HAVE_CALLGRIND
/* Under valgrind this runs in the place of the C library's clock_gettime, for all of the process.
 * Allocators give memory back when time has passed; there it would pass tens of times too quickly,
 * and differently each time. This clock moves on when somebody looks at it, so that nobody who waits
 * for it hangs. Without valgrind nothing calls it. */
__attribute__((visibility("default"))) /* valgrind looks for it among the symbols */
int I_WRAP_SONAME_FNNAME_ZU(libcZdsoZa, clock_gettime)(clockid_t clock, struct timespec *now);

int I_WRAP_SONAME_FNNAME_ZU(libcZdsoZa, clock_gettime)(clockid_t clock, struct timespec *now)
{
    static _Atomic uint64_t looks;
    uint64_t now_ns = atomic_fetch_add(&looks, 1) * CLOCK_STEP_NS + CLOCK_BEGIN_NS;
    (void)clock;
    now->tv_sec = (time_t)(now_ns / 1000000000);
    now->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}
#endif

/* Callgrind runs one thread at a time in any case. On one processor they also take turns in an order
 * that hardly depends on what else the machine does. */
static void stay_on_one_processor(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    size_t last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, &allowed)) {
        last--;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

void instructions_open(const char *source)
{
    edge_never_spin();
    if (strcmp(source, "valgrind") == 0) {
        if (HAVE_CALLGRIND == 0) {
            worker_stop(WORKER_UNSUPPORTED,
                        "heaplab-worker was built without valgrind's headers; install valgrind, "
                        "then make clean all");
        }
        if (RUNNING_ON_VALGRIND == 0) {
            worker_stop(WORKER_FAILED, "the process does not run under valgrind");
        }
        stay_on_one_processor();
    } else if (strcmp(source, "probe") == 0) {
        probe();
    } else if (strcmp(source, "hardware") == 0) {
        open_hardware();
    } else {
        worker_stop(WORKER_FAILED, "unknown counter of instructions \"%s\"", source);
    }
}

/* What looks like a few calls is assembler. NOLINTNEXTLINE(readability-function-size) */
static void tell_callgrind(bool counts)
{
    if (counts) {
        CALLGRIND_START_INSTRUMENTATION;
    } else {
        CALLGRIND_STOP_INSTRUMENTATION;
    }
}

void instructions_start(void)
{
    if (counter < 0) {
        tell_callgrind(true);
        return;
    }
    int reason = counter_start(counter);
    if (reason != 0) {
        stop_without_hardware(reason);
    }
}

uint64_t instructions_stop(void)
{
    uint64_t count = 0;
    if (counter < 0) {
        tell_callgrind(false);
        return 0;
    }
    int reason = counter_stop(counter, &count);
    if (reason != 0) {
        stop_without_hardware(reason);
    }
    return count;
}

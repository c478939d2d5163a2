#include "harness/replay/timer.h"

#include "harness/replay/protocol.h"

#if defined(__x86_64__)
#    include <cpuid.h>
#endif

#define CALIBRATION_NS   UINT64_C(20000000)
#define BRACKETS         64    /* readings, of which the closest one counts */
#define COST_READINGS    10001 /* odd: the median is one of them */
#define COST_TICKS_MOST  4096  /* a reading above is an interruption */
#define CPUID_FEATURES   0x80000001U
#define CPUID_POWER      0x80000007U
#define HAS_RDTSCP       (1U << 27)
#define IS_INVARIANT_TSC (1U << 8)

/* What /proc/cpuinfo calls rdtscp, constant_tsc and nonstop_tsc. */
static bool counter_is_constant(void)
{
#if defined(__x86_64__)
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned features = 0;
    unsigned power = 0;
    return __get_cpuid(CPUID_FEATURES, &a, &b, &c, &features) != 0 &&
           __get_cpuid(CPUID_POWER, &a, &b, &c, &power) != 0 && (features & HAS_RDTSCP) != 0 &&
           (power & IS_INVARIANT_TSC) != 0;
#else
    return false;
#endif
}

struct moment {
    uint64_t ticks;
    uint64_t clock_ns;
};

/* One moment on both clocks: of some readings the one that took the counter least time, in the
 * middle of which the clock was read. */
static struct moment read_both(const struct timer *timer)
{
    struct moment moment = {0};
    uint64_t closest = UINT64_MAX;
    for (int i = 0; i < BRACKETS; i++) {
        uint64_t before = timer_before(timer);
        uint64_t clock = timer_clock();
        uint64_t after = timer_after(timer);
        if (after - before < closest) {
            closest = after - before;
            moment = (struct moment){before + closest / 2, clock};
        }
    }
    return moment;
}

static uint64_t measure_rate(const struct timer *timer)
{
    if (!timer->counter) {
        return (uint64_t)LATENCY_UNITS_PER_NS << 32; /* a tick is a nanosecond */
    }
    struct moment first = read_both(timer);
    struct moment last = first;
    while (last.clock_ns - first.clock_ns < CALIBRATION_NS) {
        last = read_both(timer);
    }
    unsigned __int128 units =
        (unsigned __int128)(last.clock_ns - first.clock_ns) * LATENCY_UNITS_PER_NS;
    return (uint64_t)((units << 32) / (last.ticks - first.ticks));
}

/* The median by counting: readings are small numbers. */
static uint64_t measure_cost(const struct timer *timer)
{
    static uint32_t readings[COST_TICKS_MOST + 1] = {0};
    for (int i = 0; i < COST_READINGS; i++) {
        uint64_t before = timer_before(timer);
        uint64_t ticks = timer_after(timer) - before;
        readings[ticks < COST_TICKS_MOST ? ticks : COST_TICKS_MOST]++;
    }
    uint64_t below = 0;
    uint64_t ticks = 0;
    while (below + readings[ticks] <= COST_READINGS / 2) {
        below += readings[ticks++];
    }
    return ticks;
}

void timer_open(struct timer *timer)
{
    *timer = (struct timer){.counter = counter_is_constant()};
    timer->units_per_tick = measure_rate(timer);
    timer->cost_ticks = measure_cost(timer);
}

double timer_cost_ns(const struct timer *timer)
{
    const double fixed_point = 4294967296.0; /* 2^32 */
    return (double)timer->cost_ticks * ((double)timer->units_per_tick / fixed_point) /
           LATENCY_UNITS_PER_NS;
}

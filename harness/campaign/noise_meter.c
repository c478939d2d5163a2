#include "harness/campaign/noise_meter.h"

#include "harness/campaign/kernel_files.h"
#include "harness/processors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S    UINT64_C(1000000000)
#define CARRY_TICKS 2 /* what rounding may take on each processor */

void noise_meter_begin(struct noise_meter *meter, const char *root)
{
    *meter = (struct noise_meter){
        .root = root,
        .processors = {(unsigned)get_nprocs(), processors_allowed()},
        .tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK),
    };
    kernel_group_file(root, "cpu", "cpu.stat", meter->group_stat);
}

/* ---- Counters ---- */

/* "cpu user nice system idle iowait irq softirq steal ...", in ticks. */
static void read_processors(const struct noise_meter *meter, struct noise_moment *moment)
{
    char line[KERNEL_LINE_BYTES];
    uint64_t ticks[8];
    size_t count = 0;
    if (!kernel_line(meter->root, "/proc/stat", line) || strncmp(line, "cpu ", 4) != 0) {
        return;
    }
    char *end = line + 4;
    for (; count < 8; count++) {
        const char *begin = end;
        ticks[count] = strtoull(begin, &end, 10);
        if (end == begin) {
            break;
        }
    }
    if (count == 8) {
        uint64_t busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
        moment->busy_ns = count_of(busy * meter->tick_ns);
        moment->steal_ns = count_of(ticks[7] * meter->tick_ns);
    }
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=123" in microseconds. */
static struct count read_pressure(const char *root, const char *resource)
{
    char path[64];
    char line[KERNEL_LINE_BYTES];
    (void)snprintf(path, sizeof path, "/proc/pressure/%s", resource);
    if (!kernel_line(root, path, line)) {
        (void)snprintf(path, sizeof path, "/sys/fs/cgroup/%s.pressure", resource);
        (void)kernel_line(root, path, line);
    }
    const char *total = strstr(line, "total=");
    return strncmp(line, "some ", 5) == 0 && total != NULL
               ? count_of(strtoull(total + 6, NULL, 10) * 1000)
               : (struct count){0};
}

/* How often the processor was slowed by heat, and the control group by its quota. */
static struct count read_throttles(const struct noise_meter *meter)
{
    char text[1024];
    uint64_t heat = 0;
    bool known = kernel_number(
        meter->root, "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", &heat);
    const char *quota = kernel_text(meter->root, meter->group_stat, text, sizeof text) > 0
                            ? strstr(text, "nr_throttled ")
                            : NULL;
    uint64_t times = quota != NULL ? strtoull(quota + 13, NULL, 10) : 0;
    return (struct count){known || quota != NULL, heat + times};
}

static uint64_t timespec_ns(clockid_t clock)
{
    struct timespec time;
    return clock_gettime(clock, &time) == 0
               ? (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec
               : 0;
}

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static uint64_t read_own(const pid_t *alive, size_t count)
{
    struct rusage children;
    uint64_t own = timespec_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (getrusage(RUSAGE_CHILDREN, &children) == 0) {
        own += timeval_ns(children.ru_utime) + timeval_ns(children.ru_stime);
    }
    for (size_t i = 0; i < count; i++) {
        clockid_t clock;
        own += alive[i] > 0 && clock_getcpuclockid(alive[i], &clock) == 0 ? timespec_ns(clock) : 0;
    }
    return own;
}

void noise_meter_read(const struct noise_meter *meter,
                      const pid_t *alive,
                      size_t count,
                      struct noise_moment *moment)
{
    static const char *const resources[] = {"cpu", "memory", "io"};
    *moment = (struct noise_moment){.own_ns = read_own(alive, count)};
    read_processors(meter, moment);
    for (size_t i = 0; i < 3; i++) {
        moment->pressure_ns[i] = read_pressure(meter->root, resources[i]);
    }
    moment->throttled = read_throttles(meter);
}

/* ---- Rows ---- */

static struct count between(struct count from, struct count to)
{
    return (struct count){from.known && to.known && to.value >= from.value, to.value - from.value};
}

/* Everybody's time comes in ticks and our own to the nanosecond: the difference is off by some ticks,
 * either way. What falls below 0 is carried to the next row, so that the sum over rows is right. */
static struct count others_between(struct noise_meter *meter,
                                   const struct noise_moment *from,
                                   const struct noise_moment *to)
{
    struct count busy = between(from->busy_ns, to->busy_ns);
    int64_t carry_least = -(int64_t)(CARRY_TICKS * meter->tick_ns * meter->processors.online);
    int64_t others = (int64_t)busy.value - (int64_t)(to->own_ns - from->own_ns) + meter->carry_ns;
    if (!busy.known) {
        return busy;
    }
    meter->carry_ns = others >= 0 ? 0 : others > carry_least ? others : carry_least;
    return count_of(others > 0 ? (uint64_t)others : 0);
}

bool noise_meter_fill(struct noise_meter *meter,
                      const struct noise_moment *from,
                      const struct noise_moment *to,
                      struct measurements_row *row)
{
    struct count throttled = between(from->throttled, to->throttled);
    row->steal_ns = between(from->steal_ns, to->steal_ns);
    row->other_cpu_ns = others_between(meter, from, to);
    row->pressure_cpu_ns = between(from->pressure_ns[0], to->pressure_ns[0]);
    row->pressure_memory_ns = between(from->pressure_ns[1], to->pressure_ns[1]);
    row->pressure_io_ns = between(from->pressure_ns[2], to->pressure_ns[2]);
    row->frequency_mhz = noise_meter_frequency_mhz(meter->root);
    return throttled.known && throttled.value > 0;
}

/* The mean of the lines "cpu MHz : 2300.000" that x86 has. */
static double mean_of_cpu_info(const char *root)
{
    char path[PATH_MAX];
    char line[4096];
    double sum = 0;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NAN;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strncmp(line, "cpu MHz", 7) == 0 ? strchr(line, ':') : NULL;
        sum += colon != NULL ? strtod(colon + 1, NULL) : 0;
        count += colon != NULL ? 1 : 0;
    }
    (void)fclose(file);
    return count > 0 && sum > 0 ? sum / (double)count : NAN;
}

double noise_meter_frequency_mhz(const char *root)
{
    double sum = 0;
    size_t count = 0;
    int processors = get_nprocs_conf();
    for (int i = 0; i < processors; i++) {
        char path[96];
        uint64_t khz;
        (void)snprintf(
            path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", i);
        if (kernel_number(root, path, &khz)) {
            sum += (double)khz / 1000;
            count++;
        }
    }
    return count > 0 ? sum / (double)count : mean_of_cpu_info(root);
}

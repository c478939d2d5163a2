/* What happens around a measured process: counters of the kernel at its start and at its end. */
#ifndef HARNESS_CAMPAIGN_NOISE_METER_H
#define HARNESS_CAMPAIGN_NOISE_METER_H

#include "harness/campaign/noise.h"
#include "harness/report/table.h"

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct noise_meter {
    const char *root; /* kernel_files.h */
    struct noise_processors processors;
    uint64_t tick_ns;          /* step of /proc/stat */
    int64_t carry_ns;          /* what rounding took from the rows so far, at most some steps */
    char group_stat[PATH_MAX]; /* cpu.stat of the control group */
};

/* Counters since the machine started; a count that is not known cannot be had here. */
struct noise_moment {
    struct count busy_ns; /* processor time of everybody */
    struct count steal_ns;
    struct count pressure_ns[3]; /* cpu, memory, io: some task waited */
    struct count throttled;      /* by heat or by the control group: a number that grows */
    uint64_t own_ns;             /* processor time of heaplab and of its children */
};

void noise_meter_begin(struct noise_meter *meter, const char *root);

/* Reads the counters. `alive` are the children that still run: their time counts as our own. */
void noise_meter_read(const struct noise_meter *meter,
                      const pid_t *alive,
                      size_t count,
                      struct noise_moment *moment);

/* Fills steal_ns, other_cpu_ns and pressure_*_ns of a row with what came between two moments, and
 * frequency_mhz as it is now. True when something was throttled meanwhile. */
bool noise_meter_fill(struct noise_meter *meter,
                      const struct noise_moment *from,
                      const struct noise_moment *to,
                      struct measurements_row *row);

/* The mean clock frequency of the processors, NAN where the kernel does not tell. */
double noise_meter_frequency_mhz(const char *root);

#endif

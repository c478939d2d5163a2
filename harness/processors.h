/* How many processors this process may use: taskset and cpusets leave fewer than are online. */
#ifndef HARNESS_PROCESSORS_H
#define HARNESS_PROCESSORS_H

#include <sched.h>
#include <sys/sysinfo.h>

/* At least 1. Any thread may call it. */
static inline unsigned processors_allowed(void)
{
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? (unsigned)CPU_COUNT(&allowed)
                                                               : (unsigned)get_nprocs();
}

#endif

#include "harness/replay/counter.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What read(2) gives for the read_format below. */
struct reading {
    uint64_t count;
    uint64_t enabled_ns;
    uint64_t running_ns;
};

/* Pinned: always on the processor or in error, never a share of the time scaled up. */
int counter_open(uint32_t type, uint64_t config)
{
    struct perf_event_attr event = {
        .type = type,
        .size = sizeof event,
        .config = config,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .inherit = 1,
        .pinned = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

int counter_start(int fd)
{
    return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) != 0 ? errno : 0;
}

int counter_stop(int fd, uint64_t *count)
{
    struct reading reading;
    if (ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) != 0) {
        return errno;
    }
    ssize_t length = read(fd, &reading, sizeof reading);
    if (length < 0) {
        return errno;
    }
    /* A pinned counter in error reads as the end of a file. */
    if (length != sizeof reading || reading.running_ns != reading.enabled_ns) {
        return EBUSY;
    }
    *count = reading.count;
    return 0;
}

const char *counter_reason(int reason)
{
    switch (reason) {
    case EACCES:
    case EPERM:
        return "not permitted; as root: sysctl kernel.perf_event_paranoid=2, or let the container "
               "call perf_event_open";
    case ENOENT: return "this processor or virtual machine offers none";
    case ENODEV:
    case EOPNOTSUPP: return "this processor cannot count in user mode alone";
    case ENOSYS: return "the kernel was built without perf_event_open";
    case EBUSY: return "others use the processor's counters (perf, a watchdog)";
    case ENODATA: return "the counter stands still";
    default: return strerrordesc_np(reason);
    }
}

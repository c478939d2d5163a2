/* Tells traces from other files by their first bytes: for words of a command line. */
#include "harness/trace/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool trace_recognise(const char *path, struct error *error)
{
    struct trace_preamble preamble;
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)error_set(error, "cannot open the trace \"%s\": %s", path, strerrordesc_np(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    ssize_t bytes = S_ISREG(status.st_mode) ? read(fd, preamble.magic, sizeof preamble.magic) : -1;
    (void)close(fd);
    return (bytes >= 0 && memcmp(preamble.magic, TRACE_MAGIC, (size_t)bytes) == 0) ||
           error_set(error,
                     "cannot read the trace \"%s\": it is no heaplab trace; traces are made by "
                     "\"heaplab record\" and by the importers",
                     path);
}

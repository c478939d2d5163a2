#include "harness/nightly/lock.h"

#include "harness/nightly/store.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define HOLDER_BYTES 128

/* The file holds "process PID since DATE" of the last one that took the lock. */
static bool is_held(int fd, const char *path, struct error *error)
{
    char holder[HOLDER_BYTES] = "";
    ssize_t bytes = pread(fd, holder, sizeof holder - 1, 0);
    holder[bytes > 0 ? bytes : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(error,
                     "another nightly run holds \"%s\": %s; wait for its end, or choose another "
                     "--history",
                     path,
                     holder[0] != '\0' ? holder : "it has just begun");
}

bool lock_take(const char *folder, int *fd, struct error *error)
{
    char path[PATH_MAX];
    char date[STORE_DATE_BYTES];
    *fd = open(run_path(path, folder, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0) {
        return error_set(error, "cannot lock \"%s\": %s", path, strerror(errno));
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        bool ok = errno == EWOULDBLOCK
                      ? is_held(*fd, path, error)
                      : error_set(error, "cannot lock \"%s\": %s", path, strerror(errno));
        (void)close(*fd);
        *fd = -1;
        return ok;
    }
    store_now(date);
    if (ftruncate(*fd, 0) == 0) {
        (void)dprintf(*fd, "process %d since %s\n", (int)getpid(), date);
    }
    return true;
}

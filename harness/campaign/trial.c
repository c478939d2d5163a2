#include "harness/campaign/trial.h"

#include "harness/campaign/process.h"
#include "harness/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_MS  20
#define TIMEOUT_NS UINT64_C(20000000000)
#define MARK       "HEAPLAB_TUNABLES" /* what an allocator names in its complaint */

/* The line in which an allocator complains of its tunables; false where there is none. */
static bool read_complaint(const struct process *process, char *line, size_t bytes)
{
    ssize_t length = pread(process->messages_fd, line, bytes - 1, 0);
    line[length > 0 ? length : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return strstr(line, MARK) != NULL;
}

static bool try_one(const char *worker, const struct allocator *allocator, struct error *error)
{
    char line[1024];
    struct process process;
    struct process *const listened = &process;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) {
        return error_set(error, "cannot open \"/dev/null\": %s", strerror(errno));
    }
    const struct process_request request = {
        .worker = worker,
        .pass = "throughput",
        .touch = "page",
        .thp = "system",
        .library = allocator->library,
        .tunables = allocator->tunables,
        .stream_fd = nothing,
        .timeout_ns = TIMEOUT_NS,
        .memory_limit_bytes = UINT64_MAX,
    };
    bool ok = process_start(&process, &request, error);
    (void)close(nothing);
    if (!ok) {
        return false;
    }
    while (process.state != PROCESS_ENDED) {
        process_listen(&listened, 1, LISTEN_MS);
    }
    if (read_complaint(&process, line, sizeof line)) {
        ok = error_set(error, "allocator \"%s\": %s", allocator->name, line);
    }
    process_free(&process);
    return ok;
}

bool trial_tunables(const struct allocator_list *allocators, struct error *error)
{
    char worker[PATH_MAX];
    bool has_worker = place_find("heaplab-worker", worker);
    for (size_t i = 0; i < allocators->count && has_worker; i++) {
        const struct allocator *allocator = &allocators->items[i];
        if (allocator->found && allocator->tunables[0] != '\0' &&
            !try_one(worker, allocator, error)) {
            return false;
        }
    }
    return true; /* without a worker the campaign says so */
}

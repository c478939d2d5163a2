#include "harness/heapmap/take.h"

#include "harness/campaign/process.h"
#include "harness/places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_MS 100

/* Above the descriptors that the worker gets, and of no name: it goes with the last who has it. */
static int open_nameless(void)
{
    FILE *file = tmpfile();
    if (file == NULL) {
        return -1;
    }
    int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, WORKER_FRAMES_FD + 1);
    (void)fclose(file);
    return fd;
}

static uint64_t memory_limit_bytes(void)
{
    long pages = sysconf(_SC_AVPHYS_PAGES);
    return (uint64_t)(pages > 0 ? pages : 0) * (uint64_t)sysconf(_SC_PAGESIZE) / 4 * 3;
}

static void print_pass(char *pass, size_t room, const uint64_t *events, size_t count)
{
    size_t used = (size_t)snprintf(pass, room, "%s", WORKER_HEAPMAP_PASS);
    for (size_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(pass + used, room - used, "%s%" PRIu64, i > 0 ? "," : "", events[i]);
    }
}

static bool
run_worker(const struct process_request *asked, struct taken *taken, struct error *error)
{
    struct process process;
    struct process *const listened = &process;
    if (!process_start(&process, asked, error)) {
        return false;
    }
    while (process.state != PROCESS_ENDED) {
        process_listen(&listened, 1, LISTEN_MS);
    }
    taken->status = process_status(&process, taken->detail);
    if (strcmp(taken->status, "ok") == 0) {
        const struct worker_result *result = process_result(&process);
        (void)snprintf(taken->library, sizeof taken->library, "%s", result->library);
    }
    process_free(&process);
    return true;
}

bool take_frames(const struct map_request *request,
                 const struct stream *stream,
                 const uint64_t *events,
                 struct taken *taken,
                 struct error *error)
{
    char worker[PATH_MAX];
    char pass[sizeof WORKER_HEAPMAP_PASS + (size_t)WORKER_MOMENTS_MAX * 21];
    *taken = (struct taken){.fd = open_nameless(), .status = "failed"};
    if (taken->fd < 0) {
        return error_set(error, "no temporary file for the heap's frames: %s", strerror(errno));
    }
    if (!place_find("heaplab-worker", worker)) {
        return error_set(error, "\"%s\" is missing; run make", worker);
    }
    print_pass(pass, sizeof pass, events, request->moment_count);
    const struct process_request asked = {
        .worker = worker,
        .pass = pass,
        .touch = request->touch,
        .thp = "system",
        .library = request->allocator.library,
        .tunables = request->allocator.tunables,
        .stream_fd = stream->fd,
        .frames_fd = taken->fd,
        .timeout_ns = request->timeout_s * UINT64_C(1000000000),
        .memory_limit_bytes = memory_limit_bytes(),
    };
    return run_worker(&asked, taken, error);
}

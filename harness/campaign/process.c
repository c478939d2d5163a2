#include "harness/campaign/process.h"

#include "harness/campaign/valgrind.h"
#include "harness/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PADDING_NAME    "HEAPLAB_PADDING="
#define TUNABLES_NAME   "HEAPLAB_TUNABLES="
#define PADDING_MOST    4096
#define PRELOAD_NAME    "LD_PRELOAD="
#define LISTENERS_MAX   64
#define ANSWER_ROOM_MIN 65536
#define REAP_PAUSE_NS   100000
#define PERSONALITY_ASK 0xffffffff /* tells the personality and changes nothing */

extern char **environ;

static const struct process process_none = {
    .pid = -1, .answer_fd = -1, .messages_fd = -1, .dump_fd = -1};

struct start {
    char padding[sizeof PADDING_NAME + PADDING_MOST];
    char preload[sizeof PRELOAD_NAME + PATH_MAX];
    char tunables[sizeof TUNABLES_NAME + 256];
    char **environment;
};

/* Our own environment without a preload and tunables of its own, plus those of the cell and the
 * padding. */
static bool make_environment(struct start *start, const struct process_request *request)
{
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    start->environment = reallocarray(NULL, count + 4, sizeof *start->environment);
    if (start->environment == NULL) {
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], PRELOAD_NAME, strlen(PRELOAD_NAME)) != 0 &&
            strncmp(environ[i], TUNABLES_NAME, strlen(TUNABLES_NAME)) != 0) {
            start->environment[used++] = environ[i];
        }
    }
    size_t name = strlen(PADDING_NAME);
    size_t padding = request->env_padding_bytes % PADDING_MOST;
    memcpy(start->padding, PADDING_NAME, name);
    memset(start->padding + name, 'x', padding);
    start->padding[name + padding] = '\0';
    start->environment[used++] = start->padding;
    if (request->library[0] != '\0') {
        (void)snprintf(
            start->preload, sizeof start->preload, "%s%s", PRELOAD_NAME, request->library);
        start->environment[used++] = start->preload;
    }
    if (request->tunables != NULL && request->tunables[0] != '\0') {
        (void)snprintf(
            start->tunables, sizeof start->tunables, "%s%s", TUNABLES_NAME, request->tunables);
        start->environment[used++] = start->tunables;
    }
    start->environment[used] = NULL;
    return true;
}

static void set_arguments(const char *arguments[VALGRIND_WORDS_MAX + 5],
                          const struct process_request *request)
{
    const char *const own[] = {request->pass, request->touch, request->thp, request->library, NULL};
    size_t count = 1;
    arguments[0] = "heaplab-worker";
    if (request->valgrind != NULL) {
        count = valgrind_words(arguments, request->worker);
    }
    memcpy(arguments + count, own, sizeof own);
}

static int spawn_worker(struct process *process,
                        const struct process_request *request,
                        const struct start *start,
                        int answer_write)
{
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, process->messages_fd, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, process->messages_fd, STDERR_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, request->stream_fd, WORKER_STREAM_FD);
    (void)posix_spawn_file_actions_adddup2(&actions, answer_write, WORKER_ANSWER_FD);
    int frames_fd = process->dump_fd >= 0 ? process->dump_fd : request->frames_fd;
    if (frames_fd > 0) {
        (void)posix_spawn_file_actions_adddup2(&actions, frames_fd, WORKER_FRAMES_FD);
    }
    const char *arguments[VALGRIND_WORDS_MAX + 5];
    set_arguments(arguments, request);
    posix_spawnattr_t attributes; /* a group of its own: Ctrl-C is for heaplab to handle */
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int persona = personality(PERSONALITY_ASK);
    process->addresses_vary =
        request->fixed_addresses && personality((unsigned)persona | ADDR_NO_RANDOMIZE) < 0;
    int reason = posix_spawn(&process->pid,
                             request->valgrind != NULL ? request->valgrind : request->worker,
                             &actions,
                             &attributes,
                             (char *const *)arguments,
                             start->environment);
    (void)personality((unsigned)persona);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* The kernel, when it runs out of memory, shall end the worker and not us. */
static void offer_to_oom_killer(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "1000", 4);
        (void)close(fd);
    }
}

/* Descriptors below this one are the worker's own: ours must not lie where dup2 puts them. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, WORKER_FRAMES_FD + 1);
    (void)close(fd);
    return moved;
}

static bool open_channels(struct process *process, bool dumps, int *answer_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    process->answer_fd = move_up(ends[0]);
    *answer_write = move_up(ends[1]);
    process->messages_fd = move_up(memfd_create("heaplab-messages", MFD_CLOEXEC));
    process->dump_fd = dumps ? move_up(memfd_create("heaplab-dump", MFD_CLOEXEC)) : -1;
    return process->answer_fd >= 0 && *answer_write >= 0 && process->messages_fd >= 0 &&
           (process->dump_fd >= 0 || !dumps);
}

bool process_start(struct process *process,
                   const struct process_request *request,
                   struct error *error)
{
    struct start start = {0};
    int answer_write = -1;
    *process = process_none;
    bool ready = open_channels(process, request->valgrind != NULL, &answer_write) &&
                 make_environment(&start, request);
    int reason = ready ? 0 : errno;
    process->started_unix_ns = clock_unix_ns();
    process->started_ns = clock_monotonic_ns();
    process->deadline_ns = process->started_ns + request->timeout_ns;
    process->memory_limit_bytes = request->memory_limit_bytes;
    if (ready) {
        reason = spawn_worker(process, request, &start, answer_write);
    }
    if (answer_write >= 0) {
        (void)close(answer_write);
    }
    free(start.environment);
    if (reason != 0) {
        process->pid = -1;
        process_free(process);
        return error_set(error, "cannot start \"%s\": %s", request->worker, strerror(reason));
    }
    offer_to_oom_killer(process->pid);
    return true;
}

static uint64_t resident_bytes(pid_t pid)
{
    char path[64];
    char text[256];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, sizeof text - 1);
    (void)close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char *second = strchr(text, ' ');
    return second == NULL ? 0 : strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void enforce_limits(struct process *process)
{
    const char *kill_as = NULL;
    if (clock_monotonic_ns() > process->deadline_ns) {
        kill_as = "timeout";
    } else if (resident_bytes(process->pid) > process->memory_limit_bytes) {
        kill_as = "out_of_memory";
    }
    if (kill_as != NULL && process->killed_as == NULL) {
        process->killed_as = kill_as;
        (void)kill(process->pid, SIGKILL);
    }
}

/* Its pipe has ended: it is about to end itself, unless it only closed its end and goes on. */
static void reap(struct process *process)
{
    const struct timespec pause = {0, REAP_PAUSE_NS};
    while (waitpid(process->pid, &process->wait_status, WNOHANG) == 0) {
        enforce_limits(process);
        (void)nanosleep(&pause, NULL);
    }
    process->pid = -1;
    process->ended_ns = clock_monotonic_ns();
    process->state = PROCESS_ENDED;
}

static bool make_room(struct process *process)
{
    if (process->answer_room - process->answer_bytes >= ANSWER_ROOM_MIN) {
        return true;
    }
    size_t room = process->answer_room * 2 + ANSWER_ROOM_MIN;
    char *answer = realloc(process->answer, room);
    if (answer == NULL) {
        return false;
    }
    process->answer = answer;
    process->answer_room = room;
    return true;
}

const void *process_message(const struct process *process, uint32_t kind, uint32_t *body_bytes)
{
    size_t at = 0;
    struct worker_message_header header;
    while (process->answer_bytes - at >= sizeof header) {
        memcpy(&header, process->answer + at, sizeof header);
        at += sizeof header;
        if (process->answer_bytes - at < header.body_bytes) {
            return NULL;
        }
        if (header.kind == kind) {
            *body_bytes = header.body_bytes;
            return process->answer + at;
        }
        at += header.body_bytes;
    }
    return NULL;
}

static void hear(struct process *process)
{
    uint32_t body_bytes;
    if (!make_room(process)) {
        (void)kill(process->pid, SIGKILL);
        reap(process);
        return;
    }
    ssize_t n = read(process->answer_fd,
                     process->answer + process->answer_bytes,
                     process->answer_room - process->answer_bytes);
    if (n < 0 && errno == EINTR) {
        return;
    }
    if (n <= 0) {
        reap(process);
        return;
    }
    process->answer_bytes += (size_t)n;
    if (process->state == PROCESS_ACTIVE &&
        process_message(process, MESSAGE_PARKED, &body_bytes) != NULL) {
        process->state = PROCESS_PARKED;
        process->deadline_ns += WORKER_IDLE_NS; /* it is asked to wait: not the cell's time */
    }
}

void process_listen(struct process *const *processes, size_t count, int wait_ms)
{
    struct pollfd polls[LISTENERS_MAX];
    for (size_t i = 0; i < count; i++) {
        polls[i] = (struct pollfd){processes[i]->answer_fd, POLLIN, 0};
    }
    if (poll(polls, count, wait_ms) < 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (polls[i].revents != 0) {
            hear(processes[i]);
        } else {
            enforce_limits(processes[i]);
        }
    }
}

void process_free(struct process *process)
{
    if (process->pid > 0) {
        (void)kill(process->pid, SIGKILL);
        while (waitpid(process->pid, &process->wait_status, 0) < 0 && errno == EINTR) {
        }
        process->pid = -1;
    }
    if (process->answer_fd >= 0) {
        (void)close(process->answer_fd);
    }
    if (process->messages_fd >= 0) {
        (void)close(process->messages_fd);
    }
    free(process->answer);
    if (process->dump_fd >= 0) {
        (void)close(process->dump_fd);
    }
    *process = process_none;
    process->state = PROCESS_ENDED;
}

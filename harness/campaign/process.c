#include "harness/campaign/process.h"

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

extern char **environ;

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
    if (request->frames_fd > 0) {
        (void)posix_spawn_file_actions_adddup2(&actions, request->frames_fd, WORKER_FRAMES_FD);
    }
    const char *const arguments[] = {
        "heaplab-worker", request->pass, request->touch, request->thp, request->library, NULL};
    posix_spawnattr_t attributes; /* a group of its own: Ctrl-C is for heaplab to handle */
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int reason = posix_spawn(&process->pid,
                             request->worker,
                             &actions,
                             &attributes,
                             (char *const *)arguments,
                             start->environment);
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

static bool open_channels(struct process *process, int *answer_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    process->answer_fd = move_up(ends[0]);
    *answer_write = move_up(ends[1]);
    process->messages_fd = move_up(memfd_create("heaplab-messages", MFD_CLOEXEC));
    return process->answer_fd >= 0 && *answer_write >= 0 && process->messages_fd >= 0;
}

bool process_start(struct process *process,
                   const struct process_request *request,
                   struct error *error)
{
    struct start start = {0};
    int answer_write = -1;
    *process = (struct process){.pid = -1, .answer_fd = -1, .messages_fd = -1};
    bool ready = open_channels(process, &answer_write) && make_environment(&start, request);
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

/* The body of the first message of a kind, NULL when it has not come whole. */
static const void *find_message(const struct process *process, uint32_t kind, uint32_t *body_bytes)
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
        find_message(process, MESSAGE_PARKED, &body_bytes) != NULL) {
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

const struct worker_result *process_result(const struct process *process)
{
    uint32_t body_bytes = 0;
    const struct worker_result *result = find_message(process, MESSAGE_RESULT, &body_bytes);
    if (result == NULL || body_bytes < sizeof *result ||
        body_bytes != sizeof *result + result->samples * sizeof(struct memory_sample)) {
        return NULL;
    }
    return result;
}

/* The last line that the process printed: what an allocator says before it aborts. */
static void last_words(const struct process *process, char *words, size_t bytes)
{
    char text[1024];
    off_t end = lseek(process->messages_fd, 0, SEEK_END);
    off_t from = end > (off_t)sizeof text - 1 ? end - ((off_t)sizeof text - 1) : 0;
    ssize_t length = pread(process->messages_fd, text, sizeof text - 1, from);
    text[length > 0 ? length : 0] = '\0';
    while (length > 0 && text[length - 1] == '\n') {
        text[--length] = '\0';
    }
    const char *line = strrchr(text, '\n');
    (void)snprintf(words, bytes, "%s", line != NULL ? line + 1 : text);
}

static const char *status_of_death(const struct process *process, char detail[WORKER_DETAIL_BYTES])
{
    char words[160];
    last_words(process, words, sizeof words);
    const char *colon = words[0] != '\0' ? ": " : "";
    if (WIFSIGNALED(process->wait_status)) {
        int number = WTERMSIG(process->wait_status);
        (void)snprintf(detail,
                       WORKER_DETAIL_BYTES,
                       "signal %d (%s)%s%s",
                       number,
                       strsignal(number),
                       colon,
                       words);
        return number == SIGKILL ? "out_of_memory" : "crashed"; /* only the kernel sends us that */
    }
    (void)snprintf(detail,
                   WORKER_DETAIL_BYTES,
                   "ended with %d before its result%s%s",
                   WEXITSTATUS(process->wait_status),
                   colon,
                   words);
    return "crashed";
}

const char *process_status(const struct process *process, char detail[WORKER_DETAIL_BYTES])
{
    static const char *const names[] = {"ok", "wrong_allocator", "out_of_memory", "failed"};
    detail[0] = '\0';
    if (process->killed_as != NULL) {
        (void)snprintf(detail,
                       WORKER_DETAIL_BYTES,
                       "ended by heaplab: above its %s",
                       strcmp(process->killed_as, "timeout") == 0
                           ? "time limit (--timeout)"
                           : "memory limit (--memory-limit)");
        return process->killed_as;
    }
    const struct worker_result *result = process_result(process);
    if (result == NULL || !WIFEXITED(process->wait_status) ||
        WEXITSTATUS(process->wait_status) != 0) {
        return status_of_death(process, detail);
    }
    (void)snprintf(detail, WORKER_DETAIL_BYTES, "%s", result->detail);
    return names[result->status];
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
    *process =
        (struct process){.state = PROCESS_ENDED, .pid = -1, .answer_fd = -1, .messages_fd = -1};
}

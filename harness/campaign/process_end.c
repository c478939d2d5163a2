/* What came of an ended process (process.h): its result, or why there is none. */
#include "harness/campaign/process.h"
#include "harness/campaign/valgrind.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is measured may write to the pipe, and over the result before it is sent. */
static bool is_sound(const struct worker_result *result)
{
    return result->status <= WORKER_UNSUPPORTED && result->samples <= WORKER_SAMPLES &&
           memchr(result->detail, '\0', sizeof result->detail) != NULL &&
           memchr(result->library, '\0', sizeof result->library) != NULL;
}

const struct worker_result *process_result(const struct process *process)
{
    uint32_t body_bytes = 0;
    const struct worker_result *result = process_message(process, MESSAGE_RESULT, &body_bytes);
    if (result == NULL || body_bytes < sizeof *result || !is_sound(result) ||
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

bool process_instructions(const struct process *process, uint64_t *instructions)
{
    if (process->dump_fd >= 0) {
        return valgrind_read_dump(process->dump_fd, instructions);
    }
    const struct worker_result *result = process_result(process);
    *instructions = result != NULL ? result->instructions : 0;
    return *instructions > 0;
}

/* What an allocator does not survive under valgrind says nothing about it: big reservations fail
 * there, and some check that nobody looks over their shoulder. Only the kernel's own want of memory
 * is what it always is. */
static const char *status_under_valgrind(const char *status, char detail[WORKER_DETAIL_BYTES])
{
    char told[WORKER_DETAIL_BYTES];
    (void)snprintf(told, sizeof told, "%s", detail);
    (void)snprintf(detail, WORKER_DETAIL_BYTES, "under valgrind: %s", told);
    return strcmp(status, "crashed") == 0 || strcmp(status, "out_of_memory") == 0 ? "unsupported"
                                                                                  : status;
}

static const char *status_of_end(const struct process *process, char detail[WORKER_DETAIL_BYTES])
{
    static const char *const names[] = {
        "ok", "wrong_allocator", "out_of_memory", "failed", "unsupported"};
    const struct worker_result *result = process_result(process);
    if (result == NULL || !WIFEXITED(process->wait_status) ||
        WEXITSTATUS(process->wait_status) != 0) {
        return status_of_death(process, detail);
    }
    (void)snprintf(detail, WORKER_DETAIL_BYTES, "%s", result->detail);
    return names[result->status];
}

const char *process_status(const struct process *process, char detail[WORKER_DETAIL_BYTES])
{
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
    const char *status = status_of_end(process, detail);
    bool by_kernel = WIFSIGNALED(process->wait_status) && WTERMSIG(process->wait_status) == SIGKILL;
    if (process->dump_fd < 0 || by_kernel || strcmp(status, "ok") == 0) {
        return status;
    }
    return status_under_valgrind(status, detail);
}

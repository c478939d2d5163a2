/* fork, exec and the signals around them. */
#include "harness/recording/launch.h"

#include "harness/recorder/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whom to pass signals on to: a handler can know it only from here. */
static volatile pid_t launched;

static void pass_on(int signal_number)
{
    if (launched > 0) {
        kill(launched, signal_number);
    }
}

static const int ignored[] = {SIGINT, SIGQUIT};
static const int passed_on[] = {SIGTERM, SIGHUP};
#define PAIR 2

struct dispositions {
    struct sigaction ignored[PAIR];
    struct sigaction passed_on[PAIR];
};

static void signals_set(struct dispositions *before)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const struct sigaction pass = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    for (int i = 0; i < PAIR; i++) {
        sigaction(ignored[i], &ignore, &before->ignored[i]);
        sigaction(passed_on[i], &pass, &before->passed_on[i]);
    }
}

static void signals_restore(const struct dispositions *before)
{
    for (int i = 0; i < PAIR; i++) {
        sigaction(ignored[i], &before->ignored[i], NULL);
        sigaction(passed_on[i], &before->passed_on[i], NULL);
    }
}

/* In the child: becomes the command, or reports the reason why not through the pipe. */
static void become(const struct launch *launch, int pipe_end)
{
    const char *others = getenv("LD_PRELOAD");
    char *preload = NULL;
    /* In front of other libraries, an allocator among them: calls pass the recorder first. */
    if (asprintf(&preload, "%s%s%s", launch->recorder, others ? ":" : "", others ? others : "") >=
            0 &&
        setenv("LD_PRELOAD", preload, 1) == 0 &&
        setenv(RAW_DIRECTORY_VARIABLE, launch->directory, 1) == 0) {
        execvp(launch->program, launch->arguments);
    }
    int reason = errno;
    (void)!write(pipe_end, &reason, sizeof reason);
    _exit(1);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool launch_run(const struct launch *launch, pid_t *pid, int *exit_code, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return error_set(error, "cannot run \"%s\": %m", launch->program);
    }
    struct dispositions before;
    signals_set(&before);
    *pid = fork();
    if (*pid == 0) {
        signals_restore(&before);
        become(launch, ends[1]);
    }
    int reason = *pid < 0 ? errno : 0;
    close(ends[1]);
    launched = *pid;
    if (*pid > 0) {
        while (read(ends[0], &reason, sizeof reason) < 0 && errno == EINTR) {
        }
        *exit_code = wait_for(*pid);
    }
    launched = 0;
    close(ends[0]);
    return reason == 0 ||
           error_set(error, "cannot run \"%s\": %s", launch->program, strerrordesc_np(reason));
}

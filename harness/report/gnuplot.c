#include "harness/report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts gnuplot with its messages going to `messages`; an errno. */
static int start_gnuplot(char *const *words, int messages, pid_t *process)
{
    posix_spawn_file_actions_t actions;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason != 0) {
        return reason;
    }
    reason = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (reason == 0) {
        reason = posix_spawn_file_actions_adddup2(&actions, messages, STDOUT_FILENO);
    }
    if (reason == 0) {
        reason = posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    }
    if (reason == 0) {
        reason = posix_spawnp(process, words[0], &actions, NULL, words, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* Puts the last message of the file into one line of `text`. */
static void last_message(FILE *messages, char *text, size_t room)
{
    char line[256];
    (void)snprintf(text, room, "no message");
    rewind(messages);
    while (fgets(line, sizeof line, messages) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        size_t blank = strspn(line, " \t^");
        if (line[blank] != '\0') {
            (void)snprintf(text, room, "%s", line + blank);
        }
    }
}

/* Waits for gnuplot to end; false with its message when it did not end well. */
static bool await_gnuplot(pid_t process, const char *script, FILE *messages, struct error *error)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            return error_set(error, "cannot wait for gnuplot: %s", strerror(errno));
        }
    }
    if (WIFSIGNALED(status)) {
        return error_set(
            error, "chart script \"%s\" failed: signal %d ended gnuplot", script, WTERMSIG(status));
    }
    if (WEXITSTATUS(status) == 0) {
        return true;
    }
    char text[256];
    last_message(messages, text, sizeof text);
    return error_set(error, "chart script \"%s\" failed: %s", script, text);
}

bool gnuplot_run(char *const *words, const char *script, struct error *error)
{
    FILE *messages = tmpfile();
    if (messages == NULL) {
        return error_set(error, "cannot draw charts: no temporary file: %s", strerror(errno));
    }
    pid_t process = 0;
    int reason = start_gnuplot(words, fileno(messages), &process);
    bool ok;
    if (reason == ENOENT) {
        ok = error_set(error,
                       "cannot draw charts: \"gnuplot\" is not installed; install the Debian "
                       "package gnuplot-nox");
    } else if (reason != 0) {
        ok = error_set(error, "cannot start \"gnuplot\": %s", strerror(reason));
    } else {
        ok = await_gnuplot(process, script, messages, error);
    }
    (void)fclose(messages);
    return ok;
}

#include "harness/report/plot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT_SUFFIX ".gp"
#define THEME         "theme.gp"
#define FORMATS       "svg png pdf"

static const char *const formats[] = {"svg", "png", "pdf"};
static const size_t format_count = sizeof formats / sizeof formats[0];

struct plot {
    const char *run_folder;
    const char *plots_folder;
    struct dirent **scripts; /* sorted by name */
    int script_count;
    char drawn[PATH_MAX];  /* temporary folder that gnuplot draws into */
    char target[PATH_MAX]; /* the run's plots folder */
};

static int is_script(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    size_t suffix = strlen(SCRIPT_SUFFIX);
    return entry->d_name[0] != '.' && length > suffix &&
           strcmp(entry->d_name + length - suffix, SCRIPT_SUFFIX) == 0 &&
           strcmp(entry->d_name, THEME) != 0;
}

/* "time-ratio" of "time-ratio.gp", as precision and text of "%.*s". */
static int chart_length(const struct dirent *script)
{
    return (int)(strlen(script->d_name) - strlen(SCRIPT_SUFFIX));
}

static bool
path_join(char path[PATH_MAX], const char *folder, const char *name, struct error *error)
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return (length > 0 && length < PATH_MAX) ||
           error_set(error, "cannot draw charts: the path \"%s\" is too long", folder);
}

/* The path of a chart's file. Names of scripts are file names: they fit where their folder does. */
static bool chart_path(char path[PATH_MAX],
                       const char *folder,
                       const struct dirent *script,
                       const char *format,
                       struct error *error)
{
    char name[sizeof script->d_name + 8];
    (void)snprintf(name, sizeof name, "%.*s.%s", chart_length(script), script->d_name, format);
    return path_join(path, folder, name, error);
}

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
        return error_set(error,
                         "chart script \"%s\" failed: signal %d ended gnuplot; the earlier charts "
                         "are untouched",
                         script,
                         WTERMSIG(status));
    }
    if (WEXITSTATUS(status) == 0) {
        return true;
    }
    char text[256];
    last_message(messages, text, sizeof text);
    return error_set(
        error, "chart script \"%s\" failed: %s; the earlier charts are untouched", script, text);
}

static bool run_words(char *const *words, const char *script, struct error *error)
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

/* Draws one chart in all formats. */
static bool draw(const struct plot *plot, const struct dirent *script, struct error *error)
{
    char path[PATH_MAX];
    if (!path_join(path, plot->plots_folder, script->d_name, error)) {
        return false;
    }
    char gnuplot[] = "gnuplot";
    char defaults[] = "-d"; /* whatever a person's own start-up file says */
    char call[] = "-c";
    char all_formats[] = FORMATS;
    char run_folder[PATH_MAX];
    char drawn[PATH_MAX];
    (void)snprintf(run_folder, sizeof run_folder, "%s", plot->run_folder);
    (void)snprintf(drawn, sizeof drawn, "%s", plot->drawn);
    char *const words[] = {gnuplot, defaults, call, path, run_folder, drawn, all_formats, NULL};
    return run_words(words, path, error);
}

/* Moves a drawn chart to its place, or removes an earlier one that the run has nothing for now. */
static bool place_chart(const struct plot *plot,
                        const struct dirent *script,
                        const char *format,
                        struct error *error)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    if (!chart_path(from, plot->drawn, script, format, error) ||
        !chart_path(to, plot->target, script, format, error)) {
        return false;
    }
    if (rename(from, to) == 0 || (errno == ENOENT && (unlink(to) == 0 || errno == ENOENT))) {
        return true;
    }
    return error_set(error, "cannot write chart \"%s\": %s", to, strerror(errno));
}

typedef bool chart_step(const struct plot *plot,
                        const struct dirent *script,
                        const char *format,
                        struct error *error);

/* Takes a step for every file that the charts may have. */
static bool each_file(const struct plot *plot, chart_step *step, struct error *error)
{
    size_t files = (size_t)plot->script_count * format_count;
    for (size_t i = 0; i < files; i++) {
        if (!step(plot, plot->scripts[i / format_count], formats[i % format_count], error)) {
            return false;
        }
    }
    return true;
}

static bool remove_drawn(const struct plot *plot,
                         const struct dirent *script,
                         const char *format,
                         struct error *error)
{
    char path[PATH_MAX];
    if (chart_path(path, plot->drawn, script, format, error)) {
        (void)unlink(path);
    }
    return true;
}

static bool draw_all(const struct plot *plot, struct error *error)
{
    for (int i = 0; i < plot->script_count; i++) {
        if (!draw(plot, plot->scripts[i], error)) {
            return false;
        }
    }
    if (mkdir(plot->target, 0777) != 0 && errno != EEXIST) {
        return error_set(error, "cannot make the folder \"%s\": %s", plot->target, strerror(errno));
    }
    return each_file(plot, place_chart, error);
}

/* Finds the scripts and makes the temporary folder. */
static bool prepare(struct plot *plot, struct error *error)
{
    char summary[PATH_MAX];
    if (!path_join(summary, plot->run_folder, "summary.csv", error) ||
        !path_join(plot->target, plot->run_folder, "plots", error) ||
        !path_join(plot->drawn, plot->run_folder, ".plots.XXXXXX", error)) {
        return false;
    }
    if (access(summary, R_OK) != 0) {
        return error_set(error,
                         "cannot draw charts from \"%s\": %s; name the folder of a finished run",
                         summary,
                         strerror(errno));
    }
    plot->script_count = scandir(plot->plots_folder, &plot->scripts, is_script, alphasort);
    if (plot->script_count <= 0) {
        plot->script_count = 0;
        return error_set(error,
                         "no chart scripts (*" SCRIPT_SUFFIX ") in the folder \"%s\"",
                         plot->plots_folder);
    }
    if (mkdtemp(plot->drawn) == NULL) {
        plot->drawn[0] = '\0';
        return error_set(
            error, "cannot draw charts into \"%s\": %s", plot->run_folder, strerror(errno));
    }
    return true;
}

static void release(struct plot *plot)
{
    if (plot->script_count > 0 && plot->drawn[0] != '\0') {
        struct error ignored;
        (void)each_file(plot, remove_drawn, &ignored);
        (void)rmdir(plot->drawn);
    }
    for (int i = 0; i < plot->script_count; i++) {
        free(plot->scripts[i]);
    }
    free(plot->scripts);
}

bool plot_run(const char *run_folder, const char *plots_folder, struct error *error)
{
    struct plot plot = {.run_folder = run_folder, .plots_folder = plots_folder};
    bool ok = prepare(&plot, error) && draw_all(&plot, error);
    release(&plot);
    return ok;
}

#include "harness/report/plot.h"

#include "harness/interrupts.h"
#include "harness/report/gnuplot.h"
#include "harness/report/plot_data.h"

#include <dirent.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    bool torn;             /* that folder holds the run's files, too, without a torn last line */
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
    (void)snprintf(
        run_folder, sizeof run_folder, "%s", plot->torn ? plot->drawn : plot->run_folder);
    (void)snprintf(drawn, sizeof drawn, "%s", plot->drawn);
    char *const words[] = {gnuplot, defaults, call, path, run_folder, drawn, all_formats, NULL};
    if (gnuplot_run(words, path, error)) {
        return true;
    }
    struct error reason = *error;
    return error_set(error,
                     "%s; the earlier charts are untouched: mend the script, or the line of the "
                     "run's CSV files that it cannot read",
                     reason.text);
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
        if (interrupts_seen != 0) {
            return error_set(error, "interrupted while drawing; the earlier charts are untouched");
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
    return plot_data_fill(plot->run_folder, plot->drawn, &plot->torn, error);
}

static void release(struct plot *plot)
{
    if (plot->script_count > 0 && plot->drawn[0] != '\0') {
        struct error ignored;
        (void)each_file(plot, remove_drawn, &ignored);
        plot_data_remove(plot->drawn);
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

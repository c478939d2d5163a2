#include "harness/nightly/home.h"

#include "harness/campaign/environment.h"
#include "harness/campaign/folder.h"
#include "harness/nightly/store.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The history that the run in a folder keeps, "" where it keeps none. */
static bool read_history(const char *folder, char history[PATH_MAX], struct error *error)
{
    char path[PATH_MAX];
    struct environment_table environment = {0};
    struct error reason;
    bool ok =
        environment_read(run_path(path, folder, environment_layout.file), &environment, &reason);
    const char *value = ok ? environment_value(&environment, ENVIRONMENT_HISTORY_KEY) : NULL;
    (void)snprintf(history, PATH_MAX, "%s", value != NULL ? value : "");
    environment_free(&environment);
    return ok || error_set(error,
                           "cannot resume: %.400s; name the folder of an interrupted night",
                           reason.text);
}

bool home_of_resumed(struct request *request, struct error *error)
{
    char history[PATH_MAX];
    char named[PATH_MAX];
    if (!read_history(request->resume, history, error)) {
        return false;
    }
    if (history[0] == '\0') {
        return error_set(error,
                         "\"%s\" is no night; go on with `heaplab run --resume %s`",
                         request->resume,
                         request->resume);
    }
    bool there = request->has_history && realpath(request->history, named) != NULL;
    if (request->has_history && (!there || strcmp(named, history) != 0)) {
        return error_set(error,
                         "the night \"%s\" was begun for the history \"%s\", not for \"%s\"; "
                         "leave --history out",
                         request->resume,
                         history,
                         request->history);
    }
    if (access(history, F_OK) != 0) {
        return error_set(error,
                         "the night \"%s\" was begun for the history \"%s\": %s; put that back",
                         request->resume,
                         history,
                         strerror(errno));
    }
    (void)snprintf(request->history, sizeof request->history, "%s", history);
    return true;
}

bool home_of_page(struct request *request, char run[NAME_MAX + 1], struct error *error)
{
    char folder[PATH_MAX];
    char history[PATH_MAX];
    (void)snprintf(run, NAME_MAX + 1, "%s", request->page);
    bool is_path = strchr(request->page, '/') != NULL;
    if (realpath(request->page, folder) == NULL) {
        return !is_path || error_set(error,
                                     "--page \"%s\": %s; name a run of the history, or its folder",
                                     request->page,
                                     strerror(errno));
    }
    bool is_night =
        !request->has_history && read_history(folder, history, error) && history[0] != '\0';
    if (is_path || is_night) {
        (void)snprintf(run, NAME_MAX + 1, "%s", folder_name(folder));
    }
    if (is_night) {
        (void)snprintf(request->history, sizeof request->history, "%s", history);
    }
    return true;
}

bool home_settle(struct request *request, struct error *error)
{
    char path[PATH_MAX];
    if (realpath(request->history, path) == NULL) {
        return error_set(
            error, "cannot find the history \"%s\": %s", request->history, strerror(errno));
    }
    (void)snprintf(request->history, sizeof request->history, "%s", path);
    return true;
}

/* Opens the file as the page will, and removes it again where it was not there. */
static bool check_target(const char *path, struct error *error)
{
    bool is_new = access(path, F_OK) != 0;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        return error_set(error,
                         "--markdown \"%s\": cannot be written: %s; name a file in a folder that "
                         "is there",
                         path,
                         strerror(errno));
    }
    (void)close(fd);
    if (is_new) {
        (void)unlink(path);
    }
    return true;
}

bool home_check(const struct request *request, struct error *error)
{
    return store_check_place(request->history, error) &&
           (request->markdown == NULL || check_target(request->markdown, error));
}

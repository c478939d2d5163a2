#include "harness/campaign/folder.h"

#include "harness/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *folder_name(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    return slash != NULL ? slash + 1 : folder;
}

static bool cannot_make(const char *path, struct error *error)
{
    return error_set(error,
                     "cannot make the folder \"%s\": %s; choose another with --output",
                     path,
                     strerror(errno));
}

/* mkdir -p */
static bool make_parents(char *path, struct error *error)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool ok = mkdir(path, 0777) == 0 || errno == EEXIST || cannot_make(path, error);
        *slash = '/';
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool is_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    size_t entries = 0;
    while (readdir(folder) != NULL) {
        entries++;
    }
    (void)closedir(folder);
    return entries <= 2; /* . and .. */
}

static void name_by_date(char path[PATH_MAX])
{
    char results[PATH_MAX];
    char date[32];
    char host[65] = "host";
    time_t now = time(NULL);
    struct tm utc;
    if (!place_find("results", results)) {
        (void)snprintf(results, sizeof results, "results");
    }
    (void)gethostname(host, sizeof host - 1);
    (void)gmtime_r(&now, &utc);
    (void)strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
    (void)snprintf(path, PATH_MAX, "%s/%s-%s", results, date, host);
}

bool folder_make(const char *output, char folder[PATH_MAX], struct error *error)
{
    char path[PATH_MAX];
    if (output != NULL) {
        (void)snprintf(path, sizeof path, "%s", output);
    } else {
        name_by_date(path);
    }
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        path[--length] = '\0';
    }
    folder[0] = '\0';
    if (!make_parents(path, error)) {
        return false;
    }
    if (mkdir(path, 0777) != 0 && (errno != EEXIST || !is_empty(path))) {
        return errno == EEXIST || errno == 0
                   ? error_set(error,
                               "\"%s\" already holds files; choose another folder with --output, "
                               "or go on with that run by --resume",
                               path)
                   : cannot_make(path, error);
    }
    return realpath(path, folder) != NULL || cannot_make(path, error);
}

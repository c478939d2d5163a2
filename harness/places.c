#include "harness/places.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program. */
static void program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

static bool try_place(char path[PATH_MAX], const char *folder, const char *under, const char *name)
{
    (void)snprintf(path, PATH_MAX, "%s/%s%s", folder, under, name);
    return access(path, F_OK) == 0;
}

/* Whether the program is a build in its source tree. Who is installed writes nothing there. */
static bool is_in_source(const char *program)
{
    size_t length = strlen(HEAPLAB_SOURCE);
    return strncmp(program, HEAPLAB_SOURCE, length) == 0 && program[length] == '/';
}

bool place_find(const char *name, char path[PATH_MAX])
{
    char program[PATH_MAX];
    program_folder(program);
    if (strcmp(name, "results") == 0) {
        return is_in_source(program) && try_place(path, HEAPLAB_SOURCE, "", name);
    }
    if (try_place(path, program, "", name) || try_place(path, program, "../", name) ||
        try_place(path, program, "../workloads/", name) ||
        try_place(path, HEAPLAB_SOURCE, "", name) ||
        try_place(path, HEAPLAB_SOURCE, "workloads/", name)) {
        return true;
    }
    (void)try_place(path, program, "", name); /* where a reader would look first */
    return false;
}

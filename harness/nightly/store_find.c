/* Where histories are, and what is in their files. */
#include "harness/campaign/machine_key.h"
#include "harness/nightly/append.h"
#include "harness/nightly/store.h"
#include "harness/places.h"
#include "harness/report/summary.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void store_default(char history[PATH_MAX])
{
    char results[PATH_MAX];
    if (!place_find("results", results)) {
        (void)snprintf(results, sizeof results, "results");
    }
    (void)snprintf(history, PATH_MAX, "%s/history", results);
}

/* ---- Folders ---- */

static bool make_folder(const char *path, struct error *error)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           error_set(error,
                     "cannot make the folder \"%s\": %s; choose another with --history",
                     path,
                     strerror(errno));
}

void store_path(const char *history, char folder[PATH_MAX])
{
    char key[MACHINE_KEY_BYTES];
    machine_key(key);
    (void)run_path(folder, history, key);
}

bool store_make(const char *history, char folder[PATH_MAX], struct error *error)
{
    char path[PATH_MAX];
    store_path(history, folder);
    (void)snprintf(path, sizeof path, "%s", history);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!make_folder(path, error)) {
            return false;
        }
        *slash = '/';
    }
    return make_folder(path, error) && make_folder(folder, error);
}

static bool is_folder(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0 && S_ISDIR(state.st_mode);
}

bool store_check_place(const char *history, struct error *error)
{
    struct stat state;
    return stat(history, &state) != 0 || S_ISDIR(state.st_mode) ||
           error_set(error,
                     "the history \"%s\" is a file; --history takes the folder that holds the "
                     "machines' nights",
                     history);
}

/* Lists the machines of a history; `only` receives the last one. */
static size_t list_machines(const char *history, char only[NAME_MAX], char *list, size_t room)
{
    size_t count = 0;
    char path[PATH_MAX];
    list[0] = '\0';
    DIR *folder = opendir(history);
    if (folder == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.' && is_folder(run_path(path, history, entry->d_name))) {
            size_t used = strlen(list);
            (void)snprintf(
                list + used, room - used, "%s\"%s\"", used > 0 ? ", " : "", entry->d_name);
            (void)snprintf(only, NAME_MAX, "%s", entry->d_name);
            count++;
        }
    }
    (void)closedir(folder);
    return count;
}

bool store_find(const char *history,
                const char *machine,
                char folder[PATH_MAX],
                struct error *error)
{
    char key[MACHINE_KEY_BYTES];
    char only[NAME_MAX];
    char list[256];
    machine_key(key);
    if (!store_check_place(history, error)) {
        return false;
    }
    if (is_folder(run_path(folder, history, machine != NULL ? machine : key))) {
        return true;
    }
    size_t count = list_machines(history, only, list, sizeof list);
    if (count == 0) {
        return error_set(error,
                         "there is no history in \"%s\"; `heaplab nightly` begins one, --history "
                         "DIR names another place",
                         history);
    }
    if (machine == NULL && count == 1) {
        (void)run_path(folder, history, only);
        return true;
    }
    return error_set(error,
                     "\"%s\" has no history of the machine \"%s\"; choose with --machine: %s",
                     history,
                     machine != NULL ? machine : key,
                     list);
}

/* The files that were set aside come first: they are older. */
bool store_read(const char *folder,
                const struct table_layout *layout,
                const struct lines_visitor *visitor,
                FILE *told,
                struct error *error)
{
    bool ok = true;
    char name[NAME_MAX];
    char path[PATH_MAX];
    struct lines_report report = {.kind = LINES_OURS};
    for (unsigned i = 1; ok && report.kind != LINES_ABSENT; i++) {
        append_name(name, layout->file, i);
        ok = lines_read(run_path(path, folder, name), layout, visitor, &report, error);
        lines_tell(&report, name, told);
    }
    ok = ok && lines_read(run_path(path, folder, layout->file), layout, visitor, &report, error);
    lines_tell(&report, layout->file, told);
    return ok;
}

struct search {
    const char *run;
    bool found;
};

static bool look_for(void *context, const void *bytes)
{
    struct search *search = context;
    const struct environments_row *row = bytes;
    search->found = search->found || strcmp(row->run, search->run) == 0;
    return true;
}

bool store_has(const char *folder, const char *run, bool *has, struct error *error)
{
    struct search search = {.run = run};
    const struct lines_visitor visitor = {look_for, &search};
    append_recover(folder);
    bool ok = store_read(folder, &environments_layout, &visitor, NULL, error);
    *has = search.found;
    return ok;
}

#include "harness/allocators.h"

#include "harness/places.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum origin {
    BUILT_IN_ORIGIN,
    CLASSIC_ORIGIN,
    THIRD_PARTY_ORIGIN
};

struct listed {
    enum origin origin;
    const char *name;
    const char *file;
    const char *package;
    const char *description;
};

#define BUILT_IN(name, description) {BUILT_IN_ORIGIN, #name, "", "", description},
#define CLASSIC(name, description)  {CLASSIC_ORIGIN, #name, "", "", description},
#define THIRD_PARTY(name, file, package, description) \
    {THIRD_PARTY_ORIGIN, #name, file, package, description},
static const struct listed listed[] = {
#include "allocators/list.def"
};

/* Where distributions put shared objects; @ARCH@ is the machine's name. */
static const char *const library_folders[] = {
    "/usr/local/lib",
    "/usr/lib/@ARCH@-linux-gnu",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/llvm-*/lib/clang/*/lib/linux",
};

static void replace_arch(char *out, size_t out_bytes, const char *text)
{
    struct utsname machine;
    (void)uname(&machine);
    const char *mark = strstr(text, "@ARCH@");
    if (mark == NULL) {
        (void)snprintf(out, out_bytes, "%s", text);
    } else {
        (void)snprintf(
            out, out_bytes, "%.*s%s%s", (int)(mark - text), text, machine.machine, mark + 6);
    }
}

static bool find_library(const char *file, char path[PATH_MAX])
{
    char name[NAME_MAX];
    replace_arch(name, sizeof name, file);
    (void)snprintf(path, PATH_MAX, "%s", name);
    for (size_t i = 0; i < sizeof library_folders / sizeof library_folders[0]; i++) {
        char folder[NAME_MAX];
        char pattern[PATH_MAX];
        glob_t matches;
        replace_arch(folder, sizeof folder, library_folders[i]);
        (void)snprintf(pattern, sizeof pattern, "%s/%s", folder, name);
        bool found = glob(pattern, 0, NULL, &matches) == 0;
        if (found) {
            (void)snprintf(path, PATH_MAX, "%s", matches.gl_pathv[matches.gl_pathc - 1]);
            globfree(&matches);
            return true;
        }
    }
    return false;
}

static void resolve(const struct listed *entry, struct allocator *allocator)
{
    *allocator = (struct allocator){
        .package = entry->package,
        .description = entry->description,
        .standard = entry->origin != CLASSIC_ORIGIN,
        .ours = entry->origin != THIRD_PARTY_ORIGIN,
    };
    (void)snprintf(allocator->name, sizeof allocator->name, "%s", entry->name);
    if (allocator->ours) {
        char file[NAME_MAX];
        (void)snprintf(file, sizeof file, "lib%s.so", entry->name);
        allocator->found = place_find(file, allocator->library);
    } else if (entry->file[0] == '\0') {
        allocator->found = true;
    } else {
        allocator->found = find_library(entry->file, allocator->library);
    }
}

bool allocators_add(struct allocator_list *list, const struct allocator *item, struct error *error)
{
    if (allocators_find(list, item->name) != NULL) {
        return error_set(
            error, "allocator \"%s\" is named twice; give each its own name", item->name);
    }
    struct allocator *items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL) {
        return error_set(error, "cannot list the allocators: out of memory");
    }
    list->items = items;
    list->items[list->count++] = *item;
    return true;
}

bool allocators_listed(struct allocator_list *list, struct error *error)
{
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        struct allocator allocator;
        resolve(&listed[i], &allocator);
        if (!allocators_add(list, &allocator, error)) {
            return false;
        }
    }
    return true;
}

const struct allocator *allocators_find(const struct allocator_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

bool allocators_choose(const struct allocator_list *list,
                       const char *text,
                       struct allocator *allocator,
                       struct error *error)
{
    char name[ALLOCATOR_NAME_BYTES];
    size_t length = strcspn(text, ":");
    (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
    const struct allocator *found = allocators_find(list, name);
    if (found == NULL) {
        return error_set(error,
                         "unknown allocator \"%s\"; `heaplab list` shows those there are, "
                         "--allocator NAME=PATH adds one",
                         name);
    }
    *allocator = *found;
    if (text[length] == '\0') {
        return true;
    }
    if (!found->ours || strlen(text) >= sizeof allocator->name) {
        return error_set(error,
                         "\"%s\": only our own allocators have tunables, %d characters with the "
                         "name at most",
                         text,
                         ALLOCATOR_NAME_BYTES - 1);
    }
    (void)snprintf(allocator->name, sizeof allocator->name, "%s", text);
    (void)snprintf(allocator->tunables, sizeof allocator->tunables, "%s", text + length + 1);
    return true;
}

bool allocator_is_contestant(const char *name, const char *baseline)
{
    return strcmp(name, baseline) != 0 && strcmp(name, ALLOCATOR_AGAIN) != 0 &&
           strcmp(name, ALLOCATOR_FLOOR) != 0;
}

void allocators_free(struct allocator_list *list)
{
    free(list->items);
    *list = (struct allocator_list){0};
}

static bool name_is_sound(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && strchr("-_.+", name[i]) == NULL) {
            return false;
        }
    }
    return length > 0 && length < ALLOCATOR_NAME_BYTES;
}

bool allocator_parse(const char *text, struct allocator *allocator, struct error *error)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0' || !name_is_sound(text, (size_t)(equals - text))) {
        return error_set(error,
                         "--allocator \"%s\": not of the form NAME=PATH; a name has letters, "
                         "digits and -_.+ only, for example mine=/opt/lib/libmine.so",
                         text);
    }
    *allocator = (struct allocator){.package = "", .description = "given by --allocator"};
    (void)snprintf(allocator->name, sizeof allocator->name, "%.*s", (int)(equals - text), text);
    if (realpath(equals + 1, allocator->library) == NULL) {
        (void)snprintf(allocator->library, sizeof allocator->library, "%s", equals + 1);
    }
    allocator->found = access(allocator->library, R_OK) == 0;
    return true;
}

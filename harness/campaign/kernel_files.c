#include "harness/campaign/kernel_files.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_file(const char *root, const char *path)
{
    char full[PATH_MAX];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    return fopen(full, "re");
}

bool kernel_line(const char *root, const char *path, char value[KERNEL_LINE_BYTES])
{
    value[0] = '\0';
    FILE *file = open_file(root, path);
    if (file == NULL) {
        return false;
    }
    bool found = fgets(value, KERNEL_LINE_BYTES, file) != NULL;
    if (!found) {
        value[0] = '\0';
    }
    value[strcspn(value, "\n")] = '\0';
    (void)fclose(file);
    return found;
}

bool kernel_number(const char *root, const char *path, uint64_t *number)
{
    char line[KERNEL_LINE_BYTES];
    if (!kernel_line(root, path, line) || line[0] < '0' || line[0] > '9') {
        return false;
    }
    errno = 0;
    *number = strtoull(line, NULL, 10);
    return errno == 0;
}

static bool match_field(const char *line, const char *name, char value[KERNEL_LINE_BYTES])
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0) {
        return false;
    }
    const char *rest = line + length + strspn(line + length, " \t");
    if (*rest != ':') {
        return false;
    }
    rest += 1 + strspn(rest + 1, " \t");
    (void)snprintf(value, KERNEL_LINE_BYTES, "%.*s", (int)strcspn(rest, "\n"), rest);
    return true;
}

bool kernel_field(const char *root,
                  const char *path,
                  const char *name,
                  char value[KERNEL_LINE_BYTES])
{
    char line[4096];
    bool found = false;
    value[0] = '\0';
    FILE *file = open_file(root, path);
    if (file == NULL) {
        return false;
    }
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = match_field(line, name, value);
    }
    (void)fclose(file);
    return found;
}

size_t kernel_text(const char *root, const char *path, char *text, size_t bytes)
{
    text[0] = '\0';
    FILE *file = open_file(root, path);
    if (file == NULL) {
        return 0;
    }
    size_t length = fread(text, 1, bytes - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return length;
}

/* Whether a line of /proc/self/cgroup, "number:controllers:path", is of a controller; "" is the second
 * version, which has one line for all. */
static bool is_of_controller(const char *line, const char *controller)
{
    const char *begin = strchr(line, ':');
    const char *end = begin != NULL ? strchr(begin + 1, ':') : NULL;
    if (end == NULL) {
        return false;
    }
    size_t length = strlen(controller);
    for (const char *word = begin + 1; word <= end; word += strcspn(word, ",:") + 1) {
        if (strcspn(word, ",:") == length && strncmp(word, controller, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_group(const char *root, const char *controller, char group[PATH_MAX])
{
    char line[PATH_MAX];
    bool found = false;
    FILE *file = open_file(root, "/proc/self/cgroup");
    if (file == NULL) {
        return false;
    }
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = is_of_controller(line, controller);
    }
    (void)fclose(file);
    if (found) {
        line[strcspn(line, "\n")] = '\0';
        const char *path = strchr(strchr(line, ':') + 1, ':') + 1;
        (void)snprintf(group, PATH_MAX, "%s", strcmp(path, "/") == 0 ? "" : path);
    }
    return found;
}

static bool is_there(const char *root, const char *path)
{
    char full[PATH_MAX];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    return access(full, R_OK) == 0;
}

void kernel_group_file(const char *root,
                       const char *controller,
                       const char *file,
                       char path[PATH_MAX])
{
    char group[PATH_MAX];
    path[0] = '\0';
    if (find_group(root, "", group)) {
        (void)snprintf(path, PATH_MAX, "/sys/fs/cgroup%s/%s", group, file);
    }
    if ((path[0] == '\0' || !is_there(root, path)) && find_group(root, controller, group)) {
        (void)snprintf(path, PATH_MAX, "/sys/fs/cgroup/%s%s/%s", controller, group, file);
    }
    if (path[0] != '\0' && !is_there(root, path)) {
        path[0] = '\0';
    }
}

void kernel_chosen_word(char value[KERNEL_LINE_BYTES])
{
    char *begin = strchr(value, '[');
    char *end = begin != NULL ? strchr(begin, ']') : NULL;
    if (end != NULL) {
        *end = '\0';
        memmove(value, begin + 1, (size_t)(end - begin));
    }
}

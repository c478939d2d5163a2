#include "harness/campaign/busiest.h"

#include "harness/campaign/kernel_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S       UINT64_C(1000000000)
#define FIELD_OF_UTIME 14 /* of /proc/PID/stat, from 1; system time follows */

/* "pid (name) state ...": the name may hold blanks and parentheses. */
static bool parse_stat(const char *line, struct busiest_process *process)
{
    const char *name = strchr(line, '(');
    const char *end = strrchr(line, ')');
    if (name == NULL || end == NULL || end < name) {
        return false;
    }
    const char *field = end + 1;
    for (int i = 3; i < FIELD_OF_UTIME && field != NULL; i++) {
        field = strchr(field + 1, ' ');
    }
    if (field == NULL) {
        return false;
    }
    char *rest = NULL;
    uint64_t ticks = strtoull(field, &rest, 10);
    ticks += strtoull(rest, NULL, 10);
    process->pid = (pid_t)strtol(line, NULL, 10);
    process->cpu_ns = ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
    (void)snprintf(process->name, sizeof process->name, "%.*s", (int)(end - name - 1), name + 1);
    return true;
}

static void add_process(struct busiest *list, const char *pid)
{
    char path[64];
    char line[KERNEL_LINE_BYTES];
    struct busiest_process process;
    (void)snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    if (!kernel_line("", path, line) || !parse_stat(line, &process) || process.pid == getpid()) {
        return; /* it has ended meanwhile */
    }
    struct busiest_process *processes =
        reallocarray(list->processes, list->count + 1, sizeof *processes);
    if (processes != NULL) {
        list->processes = processes;
        list->processes[list->count++] = process;
    }
}

void busiest_list(struct busiest *list)
{
    *list = (struct busiest){0};
    DIR *folder = opendir("/proc");
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
            add_process(list, entry->d_name);
        }
    }
    (void)closedir(folder);
}

static uint64_t cpu_before(const struct busiest *before, pid_t pid)
{
    for (size_t i = 0; i < before->count; i++) {
        if (before->processes[i].pid == pid) {
            return before->processes[i].cpu_ns;
        }
    }
    return 0;
}

bool busiest_find(const struct busiest *before,
                  const struct busiest *after,
                  struct busiest_process *found)
{
    uint64_t most_ns = 0;
    for (size_t i = 0; i < after->count; i++) {
        const struct busiest_process *process = &after->processes[i];
        uint64_t earlier_ns = cpu_before(before, process->pid);
        uint64_t ns = process->cpu_ns > earlier_ns ? process->cpu_ns - earlier_ns : 0;
        if (ns > most_ns) {
            most_ns = ns;
            *found = *process;
            found->cpu_ns = ns;
        }
    }
    return most_ns > 0;
}

void busiest_free(struct busiest *list)
{
    free(list->processes);
    *list = (struct busiest){0};
}

#include "harness/report/plot_data.h"

#include "harness/report/summary.h"
#include "harness/report/table.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct table_layout *const layouts[] = {
    &measurements_layout, &timeline_layout, &latency_layout, &summary_layout, &environment_layout};
static const size_t layout_count = sizeof layouts / sizeof layouts[0];

/* Whether a file that is there and not empty ends within a line. Few do, and reading takes long. */
static bool ends_within_line(const char *path)
{
    FILE *file = fopen(path, "re");
    bool within = file != NULL && fseek(file, -1, SEEK_END) == 0 && fgetc(file) != '\n';
    if (file != NULL) {
        (void)fclose(file);
    }
    return within;
}

/* The length of the whole lines of a file whose last one is torn; 0: nothing is torn. */
static bool
torn_at(const char *path, const struct table_layout *layout, uint64_t *bytes, struct error *error)
{
    struct table table = {0};
    *bytes = 0;
    bool ok = !ends_within_line(path) || table_read(path, layout, &table, error);
    if (ok && table.torn_lines > 0) {
        *bytes = table.good_bytes;
    }
    table_free(&table);
    return ok;
}

static bool copy_bytes(FILE *from, FILE *to, uint64_t bytes)
{
    char buffer[65536];
    while (bytes > 0) {
        size_t piece = bytes < sizeof buffer ? (size_t)bytes : sizeof buffer;
        if (fread(buffer, 1, piece, from) != piece || fwrite(buffer, 1, piece, to) != piece) {
            return false;
        }
        bytes -= piece;
    }
    return fflush(to) == 0;
}

static bool copy_whole_lines(const char *from, const char *to, uint64_t bytes, struct error *error)
{
    FILE *source = fopen(from, "re");
    FILE *copy = source != NULL ? fopen(to, "wxe") : NULL;
    bool ok = copy != NULL && copy_bytes(source, copy, bytes);
    int reason = errno;
    if (copy != NULL) {
        (void)fclose(copy);
    }
    if (source != NULL) {
        (void)fclose(source);
    }
    return ok || error_set(error,
                           "cannot copy \"%s\" without its torn last line to \"%s\": %s",
                           from,
                           to,
                           strerror(reason));
}

/* Adds one file: as a copy of its whole lines, or (0 bytes) as a link to the run's own, one folder up. */
static bool add_file(
    const char *run_folder, const char *folder, size_t index, uint64_t bytes, struct error *error)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    char link[64];
    const char *name = layouts[index]->file;
    (void)run_path(from, run_folder, name);
    (void)run_path(to, folder, name);
    if (bytes > 0) {
        return copy_whole_lines(from, to, bytes, error);
    }
    (void)snprintf(link, sizeof link, "../%s", name);
    return access(from, F_OK) != 0 || symlink(link, to) == 0 ||
           error_set(error, "cannot draw charts into \"%s\": %s", run_folder, strerror(errno));
}

bool plot_data_fill(const char *run_folder, const char *folder, bool *torn, struct error *error)
{
    uint64_t bytes[sizeof layouts / sizeof layouts[0]];
    bool ok = true;
    *torn = false;
    for (size_t i = 0; ok && i < layout_count; i++) {
        char path[PATH_MAX];
        ok = torn_at(run_path(path, run_folder, layouts[i]->file), layouts[i], &bytes[i], error);
        *torn = *torn || (ok && bytes[i] > 0);
    }
    for (size_t i = 0; ok && *torn && i < layout_count; i++) {
        ok = add_file(run_folder, folder, i, bytes[i], error);
    }
    return ok;
}

void plot_data_remove(const char *folder)
{
    for (size_t i = 0; i < layout_count; i++) {
        char path[PATH_MAX];
        (void)unlink(run_path(path, folder, layouts[i]->file));
    }
}

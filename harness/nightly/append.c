#include "harness/nightly/append.h"

#include "harness/nightly/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED     "unfinished"
#define UNFINISHED_NEW "unfinished.new"
#define ASIDE_MOST     1000

void append_name(char name[NAME_MAX], const char *file, unsigned index)
{
    if (index == 0) {
        (void)snprintf(name, NAME_MAX, "%s", file);
    } else {
        const char *dot = strrchr(file, '.');
        (void)snprintf(name, NAME_MAX, "%.*s.%u%s", (int)(dot - file), file, index, dot);
    }
}

static bool cannot_write(const char *folder, const char *file, struct error *error)
{
    return error_set(error,
                     "cannot write \"%s/%s\": %s; free some space or choose another folder with "
                     "--history",
                     folder,
                     file,
                     strerror(errno));
}

/* ---- What a killed append left ---- */

static bool cut_back(int folder, const char *file, uint64_t bytes)
{
    struct stat state;
    if (fstatat(folder, file, &state, 0) != 0 || (uint64_t)state.st_size <= bytes) {
        return true;
    }
    int fd = openat(folder, file, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

/* A line is "BYTES FILE". The folder's lock is held. */
static bool take_back(int folder, bool *found)
{
    char line[NAME_MAX + 32];
    int fd = openat(folder, UNFINISHED, O_RDWR | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    *found = file != NULL;
    if (file == NULL) {
        return fd < 0;
    }
    bool ok = true;
    while (ok && fgets(line, sizeof line, file) != NULL) {
        char *name = NULL;
        uint64_t bytes = strtoull(line, &name, 10);
        line[strcspn(line, "\n")] = '\0';
        ok = *name != ' ' || strchr(name, '/') != NULL || cut_back(folder, name + 1, bytes);
    }
    (void)fclose(file);
    return ok && unlinkat(folder, UNFINISHED, 0) == 0 && fsync(folder) == 0;
}

static void tell_taken_back(const char *path)
{
    (void)fprintf(
        stderr,
        "heaplab: \"%s\": an append was cut off before its end and is taken back; the run "
        "itself is whole in its folder\n",
        path);
}

static int open_locked(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    while (flock(folder, LOCK_EX) != 0) {
        if (errno != EINTR) {
            (void)close(folder);
            return -1;
        }
    }
    return folder;
}

void append_recover(const char *path)
{
    bool found = false;
    int folder = open_locked(path);
    if (folder < 0) {
        return;
    }
    if (take_back(folder, &found) && found) {
        tell_taken_back(path);
    }
    (void)close(folder);
}

/* ---- Appending ---- */

struct target {
    int fd;
    uint64_t bytes; /* length to go back to */
    bool is_new;    /* wants its header line */
};

struct appending {
    const char *path;
    int folder; /* locked */
    const struct append_part *parts;
    size_t count;
    struct target targets[APPEND_PARTS_MOST];
};

/* The first name that is free. */
static bool set_aside(const struct appending *appending, const char *file, struct error *error)
{
    char name[NAME_MAX];
    for (unsigned i = 1; i < ASIDE_MOST; i++) {
        append_name(name, file, i);
        if (renameat2(appending->folder, file, appending->folder, name, RENAME_NOREPLACE) == 0) {
            (void)fprintf(stderr,
                          "heaplab: \"%s/%s\" has the columns of an older heaplab: it is kept as "
                          "\"%s\", a new one begins\n",
                          appending->path,
                          file,
                          name);
            return true;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return cannot_write(appending->path, file, error);
}

/* Looks at the file, sets it aside or cuts off its torn end, and opens it. */
static bool open_target(struct appending *appending, size_t index, struct error *error)
{
    const struct append_part *part = &appending->parts[index];
    struct target *target = &appending->targets[index];
    struct lines_report report;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", appending->path, part->file);
    if (!lines_inspect(path, part->layout, &report, error)) {
        return false;
    }
    if (report.kind == LINES_OLDER) {
        if (!set_aside(appending, part->file, error)) {
            return false;
        }
        report = (struct lines_report){.kind = LINES_ABSENT};
    }
    target->fd =
        openat(appending->folder, part->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    target->bytes = report.good_bytes;
    target->is_new = report.kind == LINES_ABSENT;
    if (target->fd < 0) {
        return cannot_write(appending->path, part->file, error);
    }
    if (report.torn) {
        (void)fprintf(stderr, "heaplab: \"%s\": its last line is torn and is cut off\n", path);
        return ftruncate(target->fd, (off_t)target->bytes) == 0 ||
               cannot_write(appending->path, part->file, error);
    }
    return true;
}

static bool write_unfinished(const struct appending *appending, struct error *error)
{
    int fd =
        openat(appending->folder, UNFINISHED_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        return cannot_write(appending->path, UNFINISHED, error);
    }
    for (size_t i = 0; i < appending->count; i++) {
        (void)fprintf(
            file, "%" PRIu64 " %s\n", appending->targets[i].bytes, appending->parts[i].file);
    }
    bool ok = fflush(file) == 0 && fsync(fd) == 0;
    ok = fclose(file) == 0 && ok;
    ok = ok && renameat(appending->folder, UNFINISHED_NEW, appending->folder, UNFINISHED) == 0 &&
         fsync(appending->folder) == 0;
    return ok || cannot_write(appending->path, UNFINISHED, error);
}

/* The rows of a part, with the header line before them in a new file; freed by free(). */
static char *whole_text(const struct append_part *part, bool is_new, size_t *bytes)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, bytes);
    if (out == NULL) {
        return NULL;
    }
    if (is_new) {
        table_print(out, part->layout, NULL);
    }
    (void)fwrite(part->rows, 1, part->bytes, out);
    return fclose(out) == 0 ? text : NULL;
}

static bool write_part(const struct appending *appending, size_t index, struct error *error)
{
    const struct append_part *part = &appending->parts[index];
    const struct target *target = &appending->targets[index];
    size_t bytes = 0;
    size_t done = 0;
    char *text = whole_text(part, target->is_new, &bytes);
    errno = ENOMEM;
    bool ok = text != NULL;
    while (ok && done < bytes) { /* one write, but for what a signal or a full disk does */
        ssize_t written = write(target->fd, text + done, bytes - done);
        ok = written > 0 || (written < 0 && errno == EINTR);
        done += written > 0 ? (size_t)written : 0;
    }
    ok = ok && fsync(target->fd) == 0;
    free(text);
    return ok || cannot_write(appending->path, part->file, error);
}

static bool append_locked(struct appending *appending, struct error *error)
{
    bool found = false;
    if (!take_back(appending->folder, &found)) {
        return cannot_write(appending->path, UNFINISHED, error);
    }
    if (found) {
        tell_taken_back(appending->path);
    }
    for (size_t i = 0; i < appending->count; i++) {
        if (!open_target(appending, i, error)) {
            return false;
        }
    }
    bool ok = write_unfinished(appending, error);
    for (size_t i = 0; ok && i < appending->count; i++) {
        ok = write_part(appending, i, error);
    }
    if (!ok) {
        (void)take_back(appending->folder, &found);
        return false;
    }
    return (unlinkat(appending->folder, UNFINISHED, 0) == 0 && fsync(appending->folder) == 0) ||
           cannot_write(appending->path, UNFINISHED, error);
}

bool append_all(const char *folder,
                const struct append_part *parts,
                size_t count,
                struct error *error)
{
    struct appending appending = {.path = folder, .parts = parts, .count = count};
    for (size_t i = 0; i < APPEND_PARTS_MOST; i++) {
        appending.targets[i].fd = -1;
    }
    appending.folder = open_locked(folder);
    if (appending.folder < 0) {
        return cannot_write(folder, "", error);
    }
    bool ok = append_locked(&appending, error);
    for (size_t i = 0; i < count; i++) {
        if (appending.targets[i].fd >= 0) {
            (void)close(appending.targets[i].fd);
        }
    }
    (void)close(appending.folder);
    return ok;
}

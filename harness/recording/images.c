/* Reading the recording's folder. A process that still runs may add to it meanwhile: each file is
 * taken as long as it is when it is mapped. */
#include "harness/recording/images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t ending = strlen(suffix);
    return length > ending && strcmp(name + length - ending, suffix) == 0;
}

static bool read_process(const char *directory, const char *name, struct raw_process *process)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= PATH_MAX) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t got = read(fd, process, sizeof *process);
    close(fd);
    return got == (ssize_t)sizeof *process &&
           memcmp(process->magic, RAW_MAGIC, sizeof RAW_MAGIC) == 0 &&
           process->command_bytes <= sizeof process->command;
}

static bool images_add(struct images *images, const struct raw_process *process)
{
    struct image *grown = realloc(images->image, (images->count + 1) * sizeof *grown);
    if (!grown) {
        return false;
    }
    images->image = grown;
    images->image[images->count++] = (struct image){.process = *process};
    return true;
}

static int compare_start(const void *a, const void *b)
{
    const struct image *left = a;
    const struct image *right = b;
    uint64_t x = left->process.start_ns;
    uint64_t y = right->process.start_ns;
    return (x > y) - (x < y);
}

static bool list_processes(DIR *folder, const char *directory, struct images *images)
{
    struct dirent *entry = NULL;
    while ((entry = readdir(folder))) {
        struct raw_process process;
        if (has_suffix(entry->d_name, RAW_PROCESS_SUFFIX) &&
            read_process(directory, entry->d_name, &process) && !images_add(images, &process)) {
            return false;
        }
    }
    if (images->count > 0) {
        qsort(images->image, images->count, sizeof *images->image, compare_start);
    }
    return true;
}

/* The number that begins at *text, which then stands behind it and the character after. */
static uint64_t take_number(const char **text)
{
    char *end = NULL;
    uint64_t number = strtoull(*text, &end, 10);
    *text = *end ? end + 1 : end;
    return number;
}

/* Takes note of an event file, whose name tells whose it is. */
static void count_thread(struct images *images, const char *name)
{
    uint64_t pid = take_number(&name);
    uint64_t start_ns = take_number(&name);
    uint32_t thread = (uint32_t)take_number(&name);
    for (size_t i = 0; i < images->count; i++) {
        struct image *image = &images->image[i];
        if (image->process.pid == pid && image->process.start_ns == start_ns &&
            image->threads <= thread) {
            image->threads = thread + 1;
        }
    }
}

static void count_threads(DIR *folder, struct images *images)
{
    struct dirent *entry = NULL;
    while ((entry = readdir(folder))) {
        if (has_suffix(entry->d_name, RAW_EVENTS_SUFFIX)) {
            count_thread(images, entry->d_name);
        }
    }
}

bool images_list(const char *directory, struct images *images, struct error *error)
{
    *images = (struct images){0};
    DIR *folder = opendir(directory);
    if (!folder) {
        return error_set(error, "cannot read the recording in \"%s\": %m", directory);
    }
    bool listed = list_processes(folder, directory, images);
    rewinddir(folder);
    count_threads(folder, images);
    closedir(folder);
    if (!listed) {
        images_free(images);
        return error_set(error, "cannot read the recording in \"%s\": memory is out", directory);
    }
    return true;
}

void images_free(struct images *images)
{
    free(images->image);
    *images = (struct images){0};
}

void image_program(const struct image *image, char *name, size_t name_bytes)
{
    char first[sizeof image->process.command + 1];
    memcpy(first, image->process.command, image->process.command_bytes);
    first[image->process.command_bytes] = '\0';
    const char *slash = strrchr(first, '/');
    const char *base = slash ? slash + 1 : first;
    base += *base == '-'; /* a login shell */
    (void)snprintf(name, name_bytes, "%s", *base ? base : "program");
}

void image_command(const struct image *image, char *command, size_t command_bytes)
{
    size_t length = image->process.command_bytes;
    length = length < command_bytes ? length : command_bytes - 1;
    memcpy(command, image->process.command, length);
    while (length > 0 && command[length - 1] == '\0') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        if (command[i] == '\0') {
            command[i] = ' ';
        }
    }
    command[length] = '\0';
}

/* A file's words; a file that is missing has none. */
static bool map_words(const char *path, struct raw_cursor *words)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0) {
        return errno == ENOENT;
    }
    size_t bytes = (size_t)status.st_size / sizeof(uint64_t) * sizeof(uint64_t);
    void *mapped = bytes ? mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0) : NULL;
    close(fd);
    if (mapped == MAP_FAILED) {
        return false;
    }
    *words = (struct raw_cursor){.words = mapped, .count = bytes / sizeof(uint64_t)};
    return true;
}

bool image_map(const char *directory,
               const struct image *image,
               struct image_words *words,
               struct error *error)
{
    *words = (struct image_words){0};
    words->thread = calloc(image->threads ? image->threads : 1, sizeof *words->thread);
    if (!words->thread) {
        return error_set(error, "cannot read the recording in \"%s\": memory is out", directory);
    }
    words->count = image->threads;
    for (uint32_t i = 0; i < image->threads; i++) {
        char path[PATH_MAX];
        (void)snprintf(path,
                       sizeof path,
                       "%s/%" PRIu64 "-%" PRIu64 "-%" PRIu32 RAW_EVENTS_SUFFIX,
                       directory,
                       image->process.pid,
                       image->process.start_ns,
                       i);
        if (!map_words(path, &words->thread[i])) {
            return error_set(error, "cannot read the recording in \"%s\": %m", path);
        }
    }
    return true;
}

void image_unmap(struct image_words *words)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (words->thread[i].words) {
            munmap((void *)words->thread[i].words, words->thread[i].count * sizeof(uint64_t));
        }
    }
    free(words->thread);
    *words = (struct image_words){0};
}

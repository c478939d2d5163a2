#include "harness/campaign/valgrind.h"

#include "harness/replay/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_OPTION "--callgrind-out-file=/proc/self/fd/5"
_Static_assert(WORKER_FRAMES_FD == 5, "the dump goes where the frames of a heap map go");

bool valgrind_find(char path[PATH_MAX])
{
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        size_t length = strcspn(folder, ":");
        int written = snprintf(path, PATH_MAX, "%.*s/valgrind", (int)length, folder);
        if (length > 0 && written < PATH_MAX && access(path, X_OK) == 0) {
            return true;
        }
        folder += length + (folder[length] == ':' ? 1 : 0);
    }
    return false;
}

/* Nothing of the user's own settings: VALGRIND_OPTS and .valgrindrc would change counts. No log: the
 * last words of a process shall be the allocator's. */
size_t valgrind_words(const char *words[VALGRIND_WORDS_MAX], const char *worker)
{
    const char *const before[] = {
        "valgrind",
        "--command-line-only=yes",
        "--tool=callgrind",
        "--instr-atstart=no",
        DUMP_OPTION,
        "--log-file=/dev/null",
        "--vgdb=no",
        "--fair-sched=yes",
        worker,
    };
    size_t count = sizeof before / sizeof before[0];
    memcpy(words, before, sizeof before);
    return count;
}

/* Whether the line begins with `key`; then `*value` is what follows it and its blanks. */
static bool begins_with(const char *line, size_t length, const char *key, const char **value)
{
    size_t key_length = strlen(key);
    if (length < key_length || memcmp(line, key, key_length) != 0) {
        return false;
    }
    *value = line + key_length;
    while (*value < line + length && **value == ' ') {
        (*value)++;
    }
    return true;
}

/* A whole number between `text` and `end`, and nothing else. */
static bool parse_whole(const char *text, const char *end, uint64_t *number)
{
    *number = 0;
    for (const char *p = text; p < end; p++) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*p - '0'), number)) {
            return false;
        }
    }
    return text < end;
}

/* The total stands at the end, so that a dump that was cut off has none. One event is counted: its
 * name is Ir, instructions read. */
bool valgrind_parse_dump(const char *dump, size_t bytes, uint64_t *instructions)
{
    bool counts_instructions = false;
    size_t totals = 0;
    const char *value = NULL;
    const char *end = dump + bytes;
    for (const char *line = dump; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL) {
            return false;
        }
        if (begins_with(line, (size_t)(stop - line), "events:", &value)) {
            counts_instructions = stop - value == 2 && memcmp(value, "Ir", 2) == 0;
        } else if (begins_with(line, (size_t)(stop - line), "totals:", &value)) {
            totals += parse_whole(value, stop, instructions) ? 1 : 2;
        }
        line = stop + 1;
    }
    return counts_instructions && totals == 1;
}

bool valgrind_read_dump(int fd, uint64_t *instructions)
{
    struct stat file;
    if (fstat(fd, &file) != 0 || file.st_size == 0) {
        return false;
    }
    size_t bytes = (size_t)file.st_size;
    char *dump = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (dump == MAP_FAILED) {
        return false;
    }
    bool whole = valgrind_parse_dump(dump, bytes, instructions);
    (void)munmap(dump, bytes);
    return whole;
}

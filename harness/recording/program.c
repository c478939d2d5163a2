/* Finding programs and looking into their headers. What the dynamic loader does with LD_PRELOAD:
 * ld.so(8), "Secure-execution mode" included. */
#include "harness/recording/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERPRETERS_DEEP 4 /* as the kernel allows */
#define HEAD_BYTES        4096

#if defined(__x86_64__)
#    define MACHINE_OWN EM_X86_64
#else
#    define MACHINE_OWN EM_AARCH64
#endif

static bool is_runnable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* The first runnable file of that name in PATH. */
static bool search_path(const char *name, char path[PATH_MAX])
{
    const char *folders = getenv("PATH");
    folders = folders && *folders ? folders : "/usr/local/bin:/usr/bin:/bin";
    while (*folders) {
        size_t length = strcspn(folders, ":");
        int made = snprintf(
            path, PATH_MAX, "%.*s/%s", length ? (int)length : 1, length ? folders : ".", name);
        if (made < PATH_MAX && is_runnable(path)) {
            return true;
        }
        folders += length + (folders[length] == ':');
    }
    return false;
}

static bool has_interpreter(int fd, const Elf64_Ehdr *header)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        off_t at = (off_t)(header->e_phoff + (uint64_t)i * header->e_phentsize);
        if (pread(fd, &segment, sizeof segment, at) != (ssize_t)sizeof segment) {
            return false;
        }
        if (segment.p_type == PT_INTERP) {
            return true;
        }
    }
    return false;
}

/* Why nothing can be preloaded into this ELF file; NULL: it can. */
static const char *refuse_elf(int fd, const Elf64_Ehdr *header)
{
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != MACHINE_OWN) {
        return "it is a program of another machine than the recorder; record a build for this one";
    }
    if (!has_interpreter(fd, header)) {
        return "it is linked statically, so that the recorder cannot be preloaded; record a build "
               "that is linked dynamically";
    }
    struct stat status;
    if (fstat(fd, &status) == 0 && geteuid() != 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0) {
        return "it runs with another user's rights, so that the recorder is not preloaded; record "
               "a copy without the set-user-ID bit";
    }
    return NULL;
}

/* Puts the interpreter that a script's first line names into `path`. */
static bool script_interpreter(const char *head, char path[PATH_MAX])
{
    const char *name = head + 2 + strspn(head + 2, " \t");
    size_t length = strcspn(name, " \t\r\n");
    return length > 0 && snprintf(path, PATH_MAX, "%.*s", (int)length, name) < PATH_MAX;
}

static const char *refuse_file(const char *file)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", file);
    for (int depth = 0; depth < INTERPRETERS_DEEP; depth++) {
        union {
            char text[HEAD_BYTES];
            Elf64_Ehdr elf;
        } head = {0};

        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return NULL; /* execute-only: running it shows */
        }
        ssize_t got = read(fd, &head, sizeof head - 1);
        const char *why = NULL;
        bool script = got > 2 && memcmp(head.text, "#!", 2) == 0;
        if (got >= (ssize_t)sizeof head.elf && memcmp(head.text, ELFMAG, SELFMAG) == 0) {
            why = refuse_elf(fd, &head.elf);
        }
        close(fd);
        if (why || !script || !script_interpreter(head.text, path)) {
            return why;
        }
    }
    return NULL;
}

int program_find(const char *name, char path[PATH_MAX], struct error *error)
{
    bool has_slash = strchr(name, '/') != NULL;
    if (has_slash ? access(name, F_OK) != 0 : !search_path(name, path)) {
        error_set(error,
                  "cannot run \"%s\": %s",
                  name,
                  has_slash ? "no such file; check the path"
                            : "no such program in PATH; check the name or give a path");
        return PROGRAM_EXIT_NOT_FOUND;
    }
    if (has_slash && (!is_runnable(name) || snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)) {
        error_set(error, "cannot run \"%s\": it is no file that may be executed", name);
        return PROGRAM_EXIT_CANNOT_RUN;
    }
    const char *why = refuse_file(path);
    if (why) {
        error_set(error, "cannot record \"%s\": %s", name, why);
        return PROGRAM_EXIT_CANNOT_RUN;
    }
    return 0;
}

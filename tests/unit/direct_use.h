/* Direct use of our libraries by tests: a library opened as a program would, and misuse that must
 * end a process. */
#ifndef TESTS_UNIT_DIRECT_USE_H
#define TESTS_UNIT_DIRECT_USE_H

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* The library of that file name in the build folder; skips the test where this variant of the
 * build has none. Its malloc is nobody's: only what is looked up by name is used. */
static inline void *library_open(const char *file)
{
    char path[4096];
    const char *folder = getenv("HEAPLAB_BUILD");
    int length = snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "build", file);
    assert_in_range(length, 1, sizeof path - 1);
    if (access(path, R_OK) != 0) {
        print_message("           no %s here\n", path);
        skip();
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        print_error("%s\n", dlerror());
    }
    assert_non_null(library);
    return library;
}

static inline void *library_function(void *library, const char *name)
{
    void *function = dlsym(library, name);
    assert_non_null(function);
    return function;
}

/* Runs `misuse` in a child, which must abort with a line on standard error that has each of the
 * two parts in it. */
static inline void
assert_stops(void (*misuse)(void *context), void *context, const char *part, const char *other)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL); /* cmocka's handler would end the child in its own way */
        misuse(context);
        _exit(0);
    }
    close(ends[1]);
    char text[512] = "";
    ssize_t length = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_true(length > 0);
    if (strstr(text, part) == NULL || strstr(text, other) == NULL) {
        print_error("said: %s", text);
    }
    assert_non_null(strstr(text, part));
    assert_non_null(strstr(text, other));
}

#endif

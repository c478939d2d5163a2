#include "harness/replay/identity.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The file that defines a symbol; NULL when none does. */
static const char *defining_file(const char *symbol)
{
    void *address = dlsym(RTLD_DEFAULT, symbol);
    Dl_info info;
    if (address == NULL || dladdr(address, &info) == 0) {
        return NULL;
    }
    return info.dli_fname;
}

static bool same_file(const char *one, const char *other)
{
    struct stat a;
    struct stat b;
    return one != NULL && other != NULL && stat(one, &a) == 0 && stat(other, &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static const char *mismatch(const char *symbol, const char *found, const char *expected)
{
    static char message[2048];
    (void)snprintf(message,
                   sizeof message,
                   "%s comes from \"%s\", not from \"%s\"",
                   symbol,
                   found != NULL ? found : "nowhere",
                   expected);
    return message;
}

const char *identity_prove(const char *expected, struct identity *identity)
{
    static const char *const required[] = {"malloc", "calloc", "realloc", "free"};
    if (expected[0] == '\0') {
        expected = defining_file("gnu_get_libc_version");
    }
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        const char *found = defining_file(required[i]);
        if (!same_file(found, expected)) {
            return mismatch(required[i], found, expected);
        }
    }
    identity->file = defining_file("malloc");
    identity->has_aligned = same_file(defining_file("posix_memalign"), expected);
    identity->usable_size = NULL;
    if (same_file(defining_file("malloc_usable_size"), expected)) {
        void *symbol = dlsym(RTLD_DEFAULT, "malloc_usable_size");
        memcpy(&identity->usable_size, &symbol, sizeof symbol);
    }
    return NULL;
}

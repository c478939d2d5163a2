#include "tests/unit/machine_fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

char machine_root[64];

int machine_make(void **state)
{
    (void)state;
    (void)snprintf(machine_root, sizeof machine_root, "/tmp/heaplab-machine-XXXXXX");
    return mkdtemp(machine_root) != NULL ? 0 : 1;
}

void machine_put(const char *path, const char *text)
{
    char full[256];
    (void)snprintf(full, sizeof full, "%s%s", machine_root, path);
    for (char *slash = full + strlen(machine_root) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        (void)mkdir(full, 0777);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

int machine_remove(void **state)
{
    (void)state;
    return nftw(machine_root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#include "harness/nightly/cells.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PARTS 4

char *cell_name(char name[CELL_BYTES], const struct cell *cell)
{
    (void)snprintf(name,
                   CELL_BYTES,
                   "%s/%s%s%s/%" PRIu64 "/%s",
                   cell->allocator,
                   cell->workload,
                   cell->parameters[0] != '\0' ? ":" : "",
                   cell->parameters,
                   cell->threads,
                   cell->figure);
    return name;
}

/* The next part of a text, up to a '/' or the end; moves on behind it. */
static void take_part(const char **text, char part[CELL_BYTES])
{
    size_t length = strcspn(*text, "/");
    (void)snprintf(part, CELL_BYTES, "%.*s", (int)length, *text);
    *text += length + ((*text)[length] == '/' ? 1 : 0);
}

bool cell_matches(const char *pattern, const char *name, bool prefix)
{
    char wanted[CELL_BYTES];
    char part[CELL_BYTES];
    for (size_t i = 0; i < PARTS; i++) {
        take_part(&pattern, wanted);
        take_part(&name, part);
        size_t length = strlen(wanted);
        if ((prefix || length == 0) && length + 2 <= sizeof wanted) {
            (void)memcpy(wanted + length, "*", 2);
        }
        if (fnmatch(wanted, part, 0) != 0) {
            return false;
        }
    }
    return *pattern == '\0';
}

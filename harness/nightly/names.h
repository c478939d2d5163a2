/* Texts kept once each: an open hash table over copies. Not thread-safe. */
#ifndef HARNESS_NIGHTLY_NAMES_H
#define HARNESS_NIGHTLY_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names {
    char **text; /* by number, in the order in which they came; owned */
    size_t count;
    size_t room;
    uint32_t *slot; /* numbers by hash; NAMES_NONE = free */
    size_t slots;   /* a power of two */
};

/* The number of the text, which is added when it is new; NAMES_NONE when memory is out. */
uint32_t names_number(struct names *names, const char *text);

/* The kept copy; NULL when memory is out. */
const char *names_keep(struct names *names, const char *text);

void names_free(struct names *names);

#endif

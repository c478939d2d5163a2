/* Whose malloc is live in this process. */
#ifndef HARNESS_REPLAY_IDENTITY_H
#define HARNESS_REPLAY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

struct identity {
    const char *file;              /* that defines malloc, as the dynamic linker names it */
    size_t (*usable_size)(void *); /* malloc_usable_size if that file defines it too */
    bool has_aligned;              /* posix_memalign likewise */
};

/* Proves that malloc, calloc, realloc and free all come from the file `expected` (an empty string:
 * from the C library itself). Returns NULL and fills `identity`, or a message (static storage) that
 * says what was found instead. */
const char *identity_prove(const char *expected, struct identity *identity);

#endif

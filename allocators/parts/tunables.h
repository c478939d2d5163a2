/* The settings of one of our allocators, read from one environment variable:
 *
 *     HEAPLAB_TUNABLES="coalesce=never:limit=256M"
 *
 * An allocator that has any defines `heap_tunables`; one that does not is linked with an empty
 * table, and any setting is refused. The variable is read when the library starts. The first malloc
 * of a process may come before that: an allocator that has tunables calls tunables_read() when it
 * sets its heap up, before it looks at a value.
 *
 * An unknown name or a value that makes no sense ends the program with status 2 and one line. */
#ifndef ALLOCATORS_PARTS_TUNABLES_H
#define ALLOCATORS_PARTS_TUNABLES_H

#include <stddef.h>
#include <stdint.h>

/* A word out of a list, or a number of bytes with an optional K, M or G (powers of 1024). */
struct tunable {
    const char *name;
    const char *words; /* "never|immediate|deferred", or NULL: a number of bytes */
    uint64_t value;    /* in: the default; out: the word's place in the list, or the bytes */
    uint64_t least;    /* of a number of bytes; both belong to the range */
    uint64_t most;
};

struct tunable_table {
    struct tunable *tunable;
    size_t count;

    /* Optional: called after a reading; a message (static storage) when the values do not go
     * together, else NULL. */
    const char *(*refuse)(void);
};

extern const struct tunable_table heap_tunables;

/* Reads the variable into heap_tunables, once; later calls return at once. Never allocates; keeps
 * errno. Several threads may call it. */
void tunables_read(void);

/* What tunables_read does with the variable's text: sets the table's values. Returns 0, or the
 * length of a message, ended by a zero byte, that was put into `fault` and says what is wrong and
 * what is allowed; values before the fault are then set already. */
size_t tunables_parse(const struct tunable_table *table,
                      const char *text,
                      char *fault,
                      size_t fault_bytes);

#endif

/* Names of cells as a person types them: allocator/workload/threads/figure, for example
 * "bin/larson/2/ns_per_op"; parameters belong to the workload ("bin/sized:sizes=4/1/ns_per_op").
 *
 * A pattern is such a name whose parts may be left out at the end or be empty, which stands for all,
 * and may have the wildcards of fnmatch(3): "bin", "bin/larson", "/larson/2", "bin/l*n". */
#ifndef HARNESS_NIGHTLY_CELLS_H
#define HARNESS_NIGHTLY_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_BYTES 1024

struct cell {
    const char *allocator;
    const char *workload;
    const char *parameters; /* "" = the defaults */
    uint64_t threads;
    const char *figure;
};

/* Writes the cell's name, cut when it is longer than CELL_BYTES; `name` is returned. */
char *cell_name(char name[CELL_BYTES], const struct cell *cell);

/* Whether the pattern's parts match the name's; with `prefix`, whether they do so with a '*' added
 * to each part. Callers try without first: what was typed in full means itself. */
bool cell_matches(const char *pattern, const char *name, bool prefix);

#endif

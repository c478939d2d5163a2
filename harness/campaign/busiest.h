/* Which process has computed most for some time: whom to end before a measurement. */
#ifndef HARNESS_CAMPAIGN_BUSIEST_H
#define HARNESS_CAMPAIGN_BUSIEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BUSIEST_NAME_BYTES 32

struct busiest_process {
    pid_t pid;
    uint64_t cpu_ns; /* since it was started */
    char name[BUSIEST_NAME_BYTES];
};

/* The processes of this machine; released with busiest_free. */
struct busiest {
    struct busiest_process *processes;
    size_t count;
};

/* Lists all but the caller's own. An empty list where /proc cannot be read. */
void busiest_list(struct busiest *list);

/* The process that computed most between two lists, with its time between them; false when nobody
 * did. */
bool busiest_find(const struct busiest *before,
                  const struct busiest *after,
                  struct busiest_process *found);

void busiest_free(struct busiest *list);

#endif

/* What happens in a synthetic workload's stream, object by object: for tests of the generators. */
#ifndef TESTS_UNIT_HISTORY_H
#define TESTS_UNIT_HISTORY_H

#include "workloads/workload.h"

#include <stddef.h>
#include <stdint.h>

/* An object of the stream; times are counted in allocations. */
struct object {
    uint64_t size;
    uint32_t maker;
    uint32_t freer;
    uint64_t death;
};

/* What happened, in the cursor's order. */
struct history {
    struct object *object; /* in the order of births */
    size_t objects;
    size_t *freed; /* objects in the order of deaths */
    size_t frees;
    uint64_t blocks_most;
    uint64_t bytes_most;
    uint64_t live_at_phase[16];
    size_t phases;
    size_t idles;
    uint32_t threads;
};

/* A request with parameters set by name: pairs that end at NULL. */
struct setting {
    const char *name;
    uint64_t value;
};

/* Generates the workload with these settings, fails the test unless its stream is sound, and tells
 * its history. The caller ends with history_forget. */
struct history history_of(const char *name, uint32_t threads, const struct setting *setting);
void history_forget(struct history *history);

#define RUN(name, threads, ...) \
    history_of(name, threads, (const struct setting[]){__VA_ARGS__, {NULL, 0}})

/* How many objects another thread freed than the one that made them. */
size_t freed_by_others(const struct history *history);

/* How many objects have a size in [least, most]. */
size_t objects_sized(const struct history *history, uint64_t least, uint64_t most);

#endif

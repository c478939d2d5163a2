/* A run's measurements and environment in memory, for tests of what is made of them. */
#ifndef TESTS_UNIT_RUN_FIXTURE_H
#define TESTS_UNIT_RUN_FIXTURE_H

#include "harness/report/table.h"

#include <stddef.h>
#include <stdint.h>

struct run_fixture {
    struct measurements_table measurements;
    struct environment_table environment;
    size_t room;
};

/* A run with the lists and baseline given, without rows; ends with run_fixture_free. */
void run_fixture_make(struct run_fixture *run,
                      const char *allocators,
                      const char *workloads,
                      const char *baseline);
void run_fixture_free(struct run_fixture *run);

/* A row of that pass whose status is ok, to be filled with figures; its texts are kept by address.
 * Rows that were added before may move. */
struct measurements_row *run_fixture_add(struct run_fixture *run,
                                         const char *pass,
                                         const char *workload,
                                         const char *allocator,
                                         uint64_t block);

#endif

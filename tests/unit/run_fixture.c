#include "tests/unit/run_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

void run_fixture_make(struct run_fixture *run,
                      const char *allocators,
                      const char *workloads,
                      const char *baseline)
{
    const struct environment_row facts[] = {
        {"allocators", allocators},
        {"workloads", workloads},
        {"baseline", baseline},
    };
    *run = (struct run_fixture){0};
    run->environment.rows = malloc(sizeof facts);
    assert_non_null(run->environment.rows);
    memcpy(run->environment.rows, facts, sizeof facts);
    run->environment.count = sizeof facts / sizeof facts[0];
}

void run_fixture_free(struct run_fixture *run)
{
    free(run->environment.rows);
    free(run->measurements.rows);
}

struct measurements_row *run_fixture_add(struct run_fixture *run,
                                         const char *pass,
                                         const char *workload,
                                         const char *allocator,
                                         uint64_t block)
{
    struct measurements_table *table = &run->measurements;
    if (table->count == run->room) {
        run->room = run->room == 0 ? 256 : 2 * run->room;
        table->rows = reallocarray(table->rows, run->room, sizeof *table->rows);
        assert_non_null(table->rows);
    }
    struct measurements_row *row = &table->rows[table->count++];
    table_clear_row(&measurements_layout, row);
    row->schema = count_of(TABLE_SCHEMA);
    row->run = "run";
    row->block = count_of(block);
    row->warm_up = count_of(0);
    row->pass = pass;
    row->workload = workload;
    row->threads = count_of(1);
    row->allocator = allocator;
    row->status = "ok";
    return row;
}

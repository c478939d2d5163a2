/* latency.csv among the files of a run (ledger.h): written in a campaign with a latency pass only. */
#include "harness/campaign/latencies.h"
#include "harness/campaign/ledger.h"
#include "harness/report/summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ledger_write_latency(struct ledger *ledger,
                          const struct measurements_row *cell,
                          const struct process *process,
                          struct error *error)
{
    const struct latency_report *report = latencies_report(process);
    return report == NULL || latencies_write(&ledger->latency, cell, report, error);
}

static bool same_cell(const struct latency_row *one, const struct latency_row *other)
{
    return one->block.value == other->block.value && one->attempt.value == other->attempt.value &&
           one->threads.value == other->threads.value &&
           strcmp(one->workload, other->workload) == 0 &&
           strcmp(one->parameters, other->parameters) == 0 &&
           strcmp(one->allocator, other->allocator) == 0;
}

/* Whether the cell of a bucket has its row: that is written after its buckets. */
static bool has_row(struct ledger *ledger, const struct latency_row *bucket)
{
    const struct measurements_row cell = {
        .block = bucket->block,
        .attempt = bucket->attempt,
        .pass = "latency",
        .workload = bucket->workload,
        .parameters = bucket->parameters,
        .threads = bucket->threads,
        .allocator = bucket->allocator,
    };
    return ledger_find_earlier(ledger, &cell) != NULL;
}

/* Puts the buckets that have their row into a file of their own. Those of a cell are neighbours. */
static bool copy_whole_cells(struct ledger *ledger,
                             const struct latency_table *buckets,
                             const char *to,
                             struct error *error)
{
    struct table_writer writer;
    struct error ignored;
    bool whole = false;
    bool ok = table_create(&writer, to, &latency_layout, error);
    for (size_t i = 0; ok && i < buckets->count; i++) {
        const struct latency_row *row = &buckets->rows[i];
        if (i == 0 || !same_cell(row, row - 1)) {
            whole = has_row(ledger, row);
        }
        ok = !whole || table_write(&writer, row, error);
    }
    return table_close(&writer, ok ? error : &ignored) && ok;
}

/* A run killed between a cell's buckets and its row will measure the cell again: they go. */
static bool drop_orphans(struct ledger *ledger, const char *path, struct error *error)
{
    char unfinished[PATH_MAX];
    struct latency_table buckets;
    run_path(unfinished, ledger->folder, ".latency.csv.unfinished");
    (void)unlink(unfinished);
    bool ok = latency_read(path, &buckets, error) &&
              copy_whole_cells(ledger, &buckets, unfinished, error);
    if (ok && rename(unfinished, path) != 0) {
        ok = error_set(error, "cannot write \"%s\": %s", path, strerror(errno));
    }
    if (!ok) {
        (void)unlink(unfinished);
    }
    latency_free(&buckets);
    return ok;
}

bool ledger_open_latency(struct ledger *ledger, struct error *error)
{
    char path[PATH_MAX];
    struct stat file;
    if (!ledger->options->pass_latency) {
        return true;
    }
    run_path(path, ledger->folder, latency_layout.file);
    if (ledger->options->resume == NULL) {
        return table_create(&ledger->latency, path, &latency_layout, error);
    }
    if (!drop_orphans(ledger, path, error)) {
        return false;
    }
    if (stat(path, &file) != 0) {
        return error_set(error, "cannot read \"%s\": %s", path, strerror(errno));
    }
    return table_append(&ledger->latency, path, &latency_layout, (uint64_t)file.st_size, error);
}

#include "harness/campaign/failures.h"

#include "harness/report/attempts.h"
#include "harness/report/summary.h"

#include <linux/limits.h>
#include <stdio.h>
#include <string.h>

/* Continues an FNV-1a hash with a text and its zero byte. */
static uint64_t hash(uint64_t value, const char *text)
{
    do {
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    } while (*text++ != '\0');
    return value;
}

bool failures_is_new(struct failures *failures, const struct measurements_row *row)
{
    uint64_t key = hash(UINT64_C(14695981039346656037), row->allocator);
    key = hash(hash(key, row->status), row->status_detail);
    for (size_t i = 0; i < failures->count; i++) {
        if (failures->told[i] == key) {
            return false;
        }
    }
    if (failures->count < FAILURES_TOLD_MAX) {
        failures->told[failures->count++] = key;
    }
    return true;
}

static bool is_like(const struct measurements_row *one, const struct measurements_row *other)
{
    return strcmp(one->allocator, other->allocator) == 0 && strcmp(one->status, other->status) == 0;
}

/* Tells the sum of the allocator and the status of row `at`, if it is the first such row. */
static void tell_sum(const struct measurements_table *table, size_t at)
{
    const struct measurements_row *row = &table->rows[at];
    size_t like = 0;
    size_t cells = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct measurements_row *other = &table->rows[i];
        if (i < at && is_like(row, other)) {
            return;
        }
        like += is_like(row, other) ? 1 : 0;
        cells += strcmp(row->allocator, other->allocator) == 0 ? 1 : 0;
    }
    if (like > 1) {
        char all[48] = "all";
        if (like < cells) {
            (void)snprintf(all, sizeof all, "%zu of", like);
        }
        (void)fprintf(
            stderr, "heaplab: %s: %s in %s %zu cells\n", row->allocator, row->status, all, cells);
    }
}

bool failures_tell_sums(const char *run_folder, struct error *error)
{
    char path[PATH_MAX];
    struct measurements_table table = {0};
    bool ok =
        measurements_read(run_path(path, run_folder, measurements_layout.file), &table, error);
    if (ok && !attempts_drop_void(&table)) {
        ok = error_set(error, "cannot count the failed cells of \"%s\": out of memory", run_folder);
    }
    for (size_t i = 0; ok && i < table.count; i++) {
        if (strcmp(table.rows[i].status, "ok") != 0) {
            tell_sum(&table, i);
        }
    }
    measurements_free(&table);
    return ok;
}

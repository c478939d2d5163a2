#include "harness/report/attempts.h"

#include <stdlib.h>
#include <string.h>

struct attempt {
    const struct measurements_row *row; /* any of the group's */
    uint64_t block;
    uint64_t number;
};

static struct attempt attempt_of(const struct measurements_row *row)
{
    return (struct attempt){row, row->block.value, row->attempt.value};
}

static int compare_groups(const struct measurements_row *one, const struct measurements_row *other)
{
    int order =
        (one->threads.value > other->threads.value) - (one->threads.value < other->threads.value);
    order = order != 0 ? order : strcmp(one->pass, other->pass);
    order = order != 0 ? order : strcmp(one->workload, other->workload);
    return order != 0 ? order : strcmp(one->parameters, other->parameters);
}

bool attempts_same_group(const struct measurements_row *one, const struct measurements_row *other)
{
    return compare_groups(one, other) == 0;
}

static int compare_blocks(const void *one, const void *other)
{
    const struct attempt *a = one;
    const struct attempt *b = other;
    int order = (a->block > b->block) - (a->block < b->block);
    return order != 0 ? order : compare_groups(a->row, b->row);
}

static int compare_attempts(const void *one, const void *other)
{
    const struct attempt *a = one;
    const struct attempt *b = other;
    int order = compare_blocks(one, other);
    return order != 0 ? order : (a->number < b->number) - (a->number > b->number);
}

/* The last attempt of each group at each block, in the order of compare_blocks; returns how many. A
 * group's rows stand together: a run of equal ones is looked at once. */
static size_t find_last(const struct measurements_table *table, struct attempt *last)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct attempt attempt = attempt_of(&table->rows[i]);
        if (count == 0 || compare_attempts(&last[count - 1], &attempt) != 0) {
            last[count++] = attempt;
        }
    }
    qsort(last, count, sizeof *last, compare_attempts);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_blocks(&last[kept - 1], &last[i]) != 0) {
            last[kept++] = last[i];
        }
    }
    return kept;
}

bool attempts_find_void(const struct measurements_table *table, bool *is_void)
{
    struct attempt *last = reallocarray(NULL, table->count + 1, sizeof *last);
    if (last == NULL) {
        return false;
    }
    size_t blocks = find_last(table, last);
    for (size_t i = 0; i < table->count; i++) {
        struct attempt attempt = attempt_of(&table->rows[i]);
        const struct attempt *valid = bsearch(&attempt, last, blocks, sizeof *last, compare_blocks);
        is_void[i] = valid == NULL || valid->number != attempt.number;
    }
    free(last);
    return true;
}

bool attempts_drop_void(struct measurements_table *table)
{
    bool *is_void = reallocarray(NULL, table->count + 1, sizeof *is_void);
    if (is_void == NULL || !attempts_find_void(table, is_void)) {
        free(is_void);
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (!is_void[i]) {
            memmove(&table->rows[kept++], &table->rows[i], sizeof table->rows[i]);
        }
    }
    table->count = kept;
    table->table.count = kept;
    free(is_void);
    return true;
}

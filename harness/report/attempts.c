#include "harness/report/attempts.h"

#include <stdlib.h>
#include <string.h>

struct attempt {
    const char *pass;
    uint64_t block;
    uint64_t number;
};

static struct attempt attempt_of(const struct measurements_row *row)
{
    return (struct attempt){row->pass, row->block.value, row->attempt.value};
}

static int compare_blocks(const void *one, const void *other)
{
    const struct attempt *a = one;
    const struct attempt *b = other;
    int order = (a->block > b->block) - (a->block < b->block);
    return order != 0 ? order : strcmp(a->pass, b->pass);
}

static int compare_attempts(const void *one, const void *other)
{
    const struct attempt *a = one;
    const struct attempt *b = other;
    int order = compare_blocks(one, other);
    return order != 0 ? order : (a->number < b->number) - (a->number > b->number);
}

/* The last attempt at each block in each pass, in the order of compare_blocks; returns how many. A
 * block's rows stand together: a run of equal ones is looked at once. */
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

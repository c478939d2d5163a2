/* good-fit: a block of the smallest class of sizes whose every block is large enough; of that class
 * the one freed last. Two-level segregated fit, TLSF (Masmano, Ripoll, Crespo and Real 2004): a row
 * for each power of two, 16 columns in a row, a bit for each list that is not empty, O(1).
 *
 * A class may hold a block that is large enough and is not looked at: its smallest would not do. */
#include "allocators/fit/list.h"

#define COLUMNS_LOG2 4

struct class
{
    unsigned row;
    unsigned column;
};

static struct class class_of(uint64_t units)
{
    if (units < FIT_GOOD_COLUMNS) {
        return (struct class){.row = 0, .column = (unsigned)units};
    }
    unsigned log2 = 63 - (unsigned)__builtin_clzll(units);
    return (struct class){.row = log2 - COLUMNS_LOG2 + 1,
                          .column = (unsigned)(units >> (log2 - COLUMNS_LOG2)) % FIT_GOOD_COLUMNS};
}

/* The least size from which on every block of a class will do. */
static uint64_t round_up(uint32_t units)
{
    if (units < FIT_GOOD_COLUMNS) {
        return units;
    }
    unsigned log2 = 31 - (unsigned)__builtin_clz(units);
    return units + (UINT64_C(1) << (log2 - COLUMNS_LOG2)) - 1;
}

static uint32_t find(const struct fit_heap *heap, uint32_t units)
{
    const struct fit_good_lists *lists = &heap->index.good;
    struct class class = class_of(round_up(units));
    if (class.row >= FIT_GOOD_ROWS) {
        return 0;
    }
    unsigned columns = lists->columns[class.row] & (UINT32_MAX << class.column);
    if (columns == 0) {
        uint32_t rows = lists->rows & (UINT32_MAX << 1 << class.row);
        if (rows == 0) {
            return 0;
        }
        class.row = (unsigned)__builtin_ctz(rows);
        columns = lists->columns[class.row];
    }
    return lists->head[class.row][__builtin_ctz(columns)];
}

static void insert(struct fit_heap *heap, uint32_t block)
{
    struct fit_good_lists *lists = &heap->index.good;
    struct class class = class_of(fit_units(heap, block));
    list_push(heap, &lists->head[class.row][class.column], block);
    lists->columns[class.row] |= (uint16_t)(1U << class.column);
    lists->rows |= UINT32_C(1) << class.row;
}

static void drop(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    struct fit_good_lists *lists = &heap->index.good;
    struct class class = class_of(units);
    list_unlink(heap, &lists->head[class.row][class.column], block);
    if (lists->head[class.row][class.column] == 0) {
        lists->columns[class.row] &= (uint16_t) ~(1U << class.column);
        lists->rows &= ~((uint32_t)(lists->columns[class.row] == 0) << class.row);
    }
}

static void move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    drop(heap, from, units_before);
    insert(heap, to);
}

const struct fit_policy fit_good = {
    .name = "good-fit",
    .find = find,
    .insert = insert,
    .remove = drop,
    .move = move,
};

FIT_OF_LIBRARY(fit_good);

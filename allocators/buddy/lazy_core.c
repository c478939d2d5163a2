/* The lazy binary buddy of lazy_core.h: sets of delayed blocks over a buddy_core. */
#include "allocators/buddy/lazy_core.h"

#include <assert.h>

static size_t blocks_of(unsigned range_log2, unsigned granule_log2, unsigned order)
{
    return (size_t)1 << (range_log2 - granule_log2 - order);
}

static size_t index_of(const struct lazy_core *lazy, uintptr_t address, unsigned order)
{
    return (address - lazy->core.base) >> (lazy->core.granule_log2 + order);
}

static uintptr_t address_of(const struct lazy_core *lazy, size_t index, unsigned order)
{
    return lazy->core.base + (index << (lazy->core.granule_log2 + order));
}

size_t lazy_core_table_bytes(unsigned range_log2, unsigned granule_log2, unsigned orders_lazy)
{
    size_t bytes = buddy_core_table_bytes(range_log2, granule_log2);
    for (unsigned order = 0; order < orders_lazy; order++) {
        bytes += bit_tree_table_bytes(blocks_of(range_log2, granule_log2, order));
    }
    return bytes;
}

void lazy_core_init(struct lazy_core *lazy,
                    uintptr_t base,
                    unsigned range_log2,
                    unsigned granule_log2,
                    void *tables)
{
    assert(lazy->orders_lazy <= range_log2 - granule_log2);
    buddy_core_init(&lazy->core, base, range_log2, granule_log2, tables);
    char *next = (char *)tables + buddy_core_table_bytes(range_log2, granule_log2);
    for (unsigned order = lazy->orders_lazy; order-- > 0;) {
        size_t blocks = blocks_of(range_log2, granule_log2, order);
        bit_tree_init(&lazy->order[order].delayed_blocks, blocks, next);
        next += bit_tree_table_bytes(blocks);
    }
}

/* The lowest delayed block of the order, which is delayed no longer; BUDDY_NONE without one. */
static uintptr_t take_delayed(struct lazy_core *lazy, unsigned order)
{
    struct lazy_order *here = &lazy->order[order];
    if (order >= lazy->orders_lazy || here->delayed == 0) {
        return BUDDY_NONE;
    }
    size_t index = bit_tree_first(&here->delayed_blocks);
    bit_tree_clear(&here->delayed_blocks, index);
    here->delayed--;
    return address_of(lazy, index, order);
}

uintptr_t lazy_core_take(struct lazy_core *lazy, unsigned order)
{
    for (unsigned from = order; from < lazy->core.orders; from++) {
        uintptr_t address = take_delayed(lazy, from);
        if (address == BUDDY_NONE && (lazy->core.orders_free >> from & 1) != 0) {
            address = buddy_core_take(&lazy->core, from);
        }
        if (address == BUDDY_NONE) {
            continue;
        }
        while (from-- > order) { /* the upper halves are free; their buddies are not: no merge */
            uintptr_t half = address + ((uintptr_t)1 << (lazy->core.granule_log2 + from));
            buddy_core_give(&lazy->core, half, from);
        }
        lazy->order[order].taken++;
        return address;
    }
    return BUDDY_NONE;
}

static struct lazy_merge merge_one(struct lazy_core *lazy, uintptr_t address, unsigned order)
{
    return (struct lazy_merge){
        .address = address, .order = order, .merged = buddy_core_give(&lazy->core, address, order)};
}

unsigned lazy_core_give(struct lazy_core *lazy,
                        uintptr_t address,
                        unsigned order,
                        struct lazy_merge merges[LAZY_MERGES_MAX])
{
    struct lazy_order *here = &lazy->order[order];
    bool is_slack_rule = lazy->watermark == LAZY_SLACK;
    size_t slack = here->taken > here->delayed ? here->taken - here->delayed : 0;
    here->taken--;
    if (order < lazy->orders_lazy &&
        (is_slack_rule ? slack >= 2 : here->delayed < lazy->watermark)) {
        bit_tree_set(&here->delayed_blocks, index_of(lazy, address, order));
        here->delayed++;
        return 0;
    }
    merges[0] = merge_one(lazy, address, order);
    uintptr_t second =
        is_slack_rule && slack == 0 ? take_delayed(lazy, order) : (uintptr_t)BUDDY_NONE;
    if (second == BUDDY_NONE) {
        return 1;
    }
    merges[1] = merge_one(lazy, second, order);
    return 2;
}

static bool is_delayed(const struct lazy_core *lazy, size_t index, unsigned order)
{
    return order < lazy->orders_lazy && bit_tree_test(&lazy->order[order].delayed_blocks, index);
}

bool lazy_core_grow(struct lazy_core *lazy, uintptr_t address, unsigned from, unsigned to)
{
    if (to >= lazy->core.orders) {
        return false;
    }
    for (unsigned order = from; order < to; order++) {
        size_t index = index_of(lazy, address, order);
        bool is_free = bit_tree_test(&lazy->core.free_blocks[order], index | 1) ||
                       is_delayed(lazy, index | 1, order);
        if ((index & 1) != 0 || !is_free) {
            return false;
        }
    }
    for (unsigned order = from; order < to; order++) {
        size_t upper = index_of(lazy, address, order) | 1;
        if (is_delayed(lazy, upper, order)) {
            bit_tree_clear(&lazy->order[order].delayed_blocks, upper);
            lazy->order[order].delayed--;
            buddy_core_give(&lazy->core, address_of(lazy, upper, order), order);
        }
    }
    lazy->order[from].taken--;
    lazy->order[to].taken++;
    return buddy_core_grow(&lazy->core, address, from, to);
}

void lazy_core_halve(struct lazy_core *lazy, unsigned order)
{
    lazy->order[order].taken--;
    lazy->order[order - 1].taken += 2;
}

bool lazy_core_coalesce(struct lazy_core *lazy, struct lazy_merge *merge)
{
    for (unsigned order = 0; order < lazy->orders_lazy; order++) {
        uintptr_t address = take_delayed(lazy, order);
        if (address != BUDDY_NONE) {
            *merge = merge_one(lazy, address, order);
            return true;
        }
    }
    return false;
}

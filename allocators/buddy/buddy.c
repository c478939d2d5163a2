/* The allocator `buddy`: a binary buddy over one reservation of addresses, with one lock. For
 * studying the buddy system as a malloc, with its rounding to powers of two, its O(orders) worst
 * case and its natural alignment; not for speed on many threads.
 *
 * Method: Knowlton 1965; Knuth, TAOCP 1, 2.5; the core is parts/buddy_core.c. This file tells the
 * heap (heap.c) of it. Where a block's order is written down, and what that costs: README.md. */
#include "allocators/buddy/buddy.h"

#include "allocators/buddy/binary.h"
#include "allocators/buddy/settings.h"
#include "allocators/parts/buddy_core.h"

struct tunable buddy_tunable[] = {BUDDY_COMMON_TUNABLES};
const struct tunable_table heap_tunables = {buddy_tunable, BUDDY_TUNABLES, buddy_refuse};

static struct buddy_core core;

static unsigned set_up(uintptr_t base, size_t range_bytes, void *tables)
{
    unsigned range_log2 = (unsigned)__builtin_ctzll(range_bytes);
    buddy_core_init(&core, base, range_log2, GRANULE_LOG2, tables);
    return core.orders - 1;
}

static uintptr_t take(unsigned order)
{
    return buddy_core_take(&core, order);
}

static void give(uintptr_t address, unsigned order, bool is_purged)
{
    unsigned merged = buddy_core_give(&core, address, order);
    if (!is_purged) {
        binary_note_merged(&core, address, order, merged);
    }
}

static bool grow(uintptr_t address, unsigned from, unsigned to)
{
    return buddy_core_grow(&core, address, from, to);
}

static unsigned free_class(uintptr_t address)
{
    return binary_free_order(&core, core.free_blocks, core.orders, address);
}

static void walk_tables(size_t bytes,
                        void (*visit)(void *context, const void *table, size_t table_bytes),
                        void *context)
{
    binary_walk_tables(&core, bytes, visit, context);
}

const struct buddy_system buddy_system = {
    .is_naturally_aligned = true,
    .table_bytes = binary_table_bytes,
    .set_up = set_up,
    .class_of = binary_class_of,
    .bytes_of = binary_bytes_of,
    .upper = binary_upper,
    .take = take,
    .give = give,
    .grow = grow,
    .start = binary_start,
    .free_class = free_class,
    .walk_tables = walk_tables,
};

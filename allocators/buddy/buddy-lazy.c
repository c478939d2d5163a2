/* The allocator `buddy-lazy`: a binary buddy that delays coalescing, so that blocks which are freed
 * and asked for again are not merged and split each time. With `watermark=N` at most N blocks of an
 * order are delayed; by default Barkley and Lee's rule decides (1989; lazy_core.h).
 *
 * Blocks of a unit (64 KiB) and more coalesce at once: their memory is worth more than the split,
 * and of the units in free blocks it stays known which are zero. */
#include "allocators/buddy/binary.h"
#include "allocators/buddy/buddy.h"
#include "allocators/buddy/lazy_core.h"
#include "allocators/buddy/settings.h"

#define ORDERS_LAZY (UNIT_LOG2 - GRANULE_LOG2)

enum {
    WATERMARK = BUDDY_TUNABLES,
    TUNABLES
};

struct tunable buddy_tunable[] = {
    BUDDY_COMMON_TUNABLES,
    [WATERMARK] = {.name = "watermark", .value = LAZY_SLACK, .least = 0, .most = UINT32_MAX},
};
const struct tunable_table heap_tunables = {buddy_tunable, TUNABLES, buddy_refuse};

static struct lazy_core lazy;

static size_t table_bytes(size_t range_bytes)
{
    return lazy_core_table_bytes((unsigned)__builtin_ctzll(range_bytes), GRANULE_LOG2, ORDERS_LAZY);
}

static unsigned set_up(uintptr_t base, size_t range_bytes, void *tables)
{
    unsigned range_log2 = (unsigned)__builtin_ctzll(range_bytes);
    lazy.orders_lazy = ORDERS_LAZY;
    lazy.watermark = buddy_tunable[WATERMARK].value;
    lazy_core_init(&lazy, base, range_log2, GRANULE_LOG2, tables);
    return lazy.core.orders - 1;
}

static void note(const struct lazy_merge *merge)
{
    binary_note_merged(&lazy.core, merge->address, merge->order, merge->merged);
}

/* What is delayed is given up before the heap counts as full. */
static uintptr_t take(unsigned order)
{
    uintptr_t address = lazy_core_take(&lazy, order);
    struct lazy_merge merge;
    while (address == BUDDY_NONE && lazy_core_coalesce(&lazy, &merge)) {
        note(&merge);
        if (merge.merged >= order) {
            address = lazy_core_take(&lazy, order);
        }
    }
    return address;
}

static void give(uintptr_t address, unsigned order, bool is_purged)
{
    struct lazy_merge merges[LAZY_MERGES_MAX];
    unsigned count = lazy_core_give(&lazy, address, order, merges);
    for (unsigned i = is_purged ? 1 : 0; i < count; i++) {
        note(&merges[i]);
    }
}

static bool grow(uintptr_t address, unsigned from, unsigned to)
{
    return lazy_core_grow(&lazy, address, from, to);
}

static void split(unsigned order)
{
    lazy_core_halve(&lazy, order);
}

static unsigned free_class(uintptr_t address)
{
    unsigned order =
        binary_free_order(&lazy.core, lazy.core.free_blocks, lazy.core.orders, address);
    if (order != BUDDY_NO_CLASS) {
        return order;
    }
    size_t granule = (address - lazy.core.base) >> GRANULE_LOG2;
    for (order = 0; order < ORDERS_LAZY && (granule & (((size_t)1 << order) - 1)) == 0; order++) {
        if (bit_tree_test(&lazy.order[order].delayed_blocks, granule >> order)) {
            return order;
        }
    }
    return BUDDY_NO_CLASS;
}

static void walk_tables(size_t bytes,
                        void (*visit)(void *context, const void *table, size_t table_bytes),
                        void *context)
{
    binary_walk_tables(&lazy.core, bytes, visit, context);
    for (unsigned order = 0; order < ORDERS_LAZY; order++) {
        size_t words = ((bytes >> GRANULE_LOG2 >> order) + 63) / 64;
        visit(context, lazy.order[order].delayed_blocks.levels[0], words * sizeof(uint64_t));
    }
}

const struct buddy_system buddy_system = {
    .is_naturally_aligned = true,
    .table_bytes = table_bytes,
    .set_up = set_up,
    .class_of = binary_class_of,
    .bytes_of = binary_bytes_of,
    .upper = binary_upper,
    .take = take,
    .split = split,
    .give = give,
    .grow = grow,
    .start = binary_start,
    .free_class = free_class,
    .walk_tables = walk_tables,
};

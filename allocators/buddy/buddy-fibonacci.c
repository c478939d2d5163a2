/* The allocator `buddy-fibonacci`: blocks of 1, 2, 3, 5, 8, ... granules of 16 bytes, each split into
 * the two Fibonacci numbers that it is the sum of. For studying the system: sizes are closer to each
 * other than powers of two, buddies are harder to find, and no block is aligned to more than a
 * granule.
 *
 * Method: Knuth 1968; Hirschberg 1973; Cranston and Thomas 1975; the core is split_core.c. */
#include "allocators/buddy/settings.h"
#include "allocators/buddy/split_core.h"
#include "allocators/buddy/split_system.h"
#include "allocators/buddy/system.h"

struct tunable buddy_tunable[] = {BUDDY_COMMON_TUNABLES};
const struct tunable_table heap_tunables = {buddy_tunable, BUDDY_TUNABLES, buddy_refuse};

static size_t table_bytes(size_t range_bytes)
{
    return split_system_table_bytes(range_bytes, split_upper_fibonacci);
}

const struct buddy_system buddy_system = {
    .is_naturally_aligned = false,
    .table_bytes = table_bytes,
    .set_up = split_system_set_up,
    .class_of = split_system_class_of,
    .bytes_of = split_system_bytes_of,
    .upper = split_upper_fibonacci,
    .take = split_system_take,
    .give = split_system_give,
    .grow = split_system_grow,
    .start = split_system_start,
    .free_class = split_system_free_class,
    .walk_tables = split_system_walk_tables,
};

/* The unequal buddies as the heap sees them (split_system.h). */
#include "allocators/buddy/split_system.h"

#include "allocators/buddy/buddy.h"
#include "allocators/buddy/split_core.h"

static struct split_core core;

size_t split_system_table_bytes(size_t range_bytes, unsigned (*upper_of)(unsigned block_class))
{
    split_core_classes(&core, upper_of);
    return split_core_table_bytes(&core, range_bytes, GRANULE_LOG2);
}

unsigned split_system_set_up(uintptr_t base, size_t range_bytes, void *tables)
{
    split_core_init(&core, base, range_bytes, GRANULE_LOG2, tables);
    return core.top;
}

unsigned split_system_class_of(size_t bytes)
{
    return split_core_class(&core, GRANULE_LOG2, bytes);
}

size_t split_system_bytes_of(unsigned block_class)
{
    return split_core_bytes(&core, block_class);
}

uintptr_t split_system_take(unsigned block_class)
{
    return split_core_take(&core, block_class);
}

/* A unit on a joint has been part of two free blocks, and nothing was known of its memory. */
void split_system_give(uintptr_t address, unsigned block_class, bool is_purged)
{
    struct split_merge merge;
    split_core_give(&core, address, block_class, &merge);
    if (merge.end - merge.start < UNIT_BYTES) {
        return;
    }
    for (unsigned i = 0; i < merge.joints; i++) {
        if ((merge.joint[i] - core.base) % UNIT_BYTES != 0) {
            kept_merged(merge.joint[i], merge.joint[i] + 1, merge.start, merge.end);
        }
    }
    if (!is_purged) {
        uintptr_t end = address + split_core_bytes(&core, block_class);
        kept_merged(address, end, merge.start, merge.end);
    }
}

bool split_system_grow(uintptr_t address, unsigned from, unsigned to)
{
    return split_core_grow(&core, address, from, to);
}

uintptr_t split_system_start(uintptr_t address, unsigned block_class)
{
    return split_core_start(&core, address, block_class);
}

unsigned split_system_free_class(uintptr_t address)
{
    return split_core_free_class(&core, address);
}

void split_system_walk_tables(size_t bytes,
                              void (*visit)(void *context, const void *table, size_t table_bytes),
                              void *context)
{
    for (unsigned block_class = 0; block_class <= core.top; block_class++) {
        unsigned part_log2 = 63 - (unsigned)__builtin_clzll(core.granules[block_class]);
        size_t words = ((bytes >> GRANULE_LOG2 >> part_log2) + 64) / 64;
        visit(context, core.free_blocks[block_class].levels[0], words * sizeof(uint64_t));
    }
}

/* The binary buddy of buddy_core.h. Block i of order o starts at base + (i << (granule + o)); its
 * buddy is i ^ 1, and the block that the two make is i >> 1 of order o + 1. */
#include "allocators/parts/buddy_core.h"

#include <assert.h>

static size_t blocks_of(unsigned range_log2, unsigned granule_log2, unsigned order)
{
    return (size_t)1 << (range_log2 - granule_log2 - order);
}

static size_t index_of(const struct buddy_core *core, uintptr_t address, unsigned order)
{
    assert(((address - core->base) & (((uintptr_t)1 << (core->granule_log2 + order)) - 1)) == 0);
    return (address - core->base) >> (core->granule_log2 + order);
}

static uintptr_t address_of(const struct buddy_core *core, size_t index, unsigned order)
{
    return core->base + (index << (core->granule_log2 + order));
}

static void mark_free(struct buddy_core *core, size_t index, unsigned order)
{
    bit_tree_set(&core->free_blocks[order], index);
    core->orders_free |= UINT64_C(1) << order;
}

static void mark_taken(struct buddy_core *core, size_t index, unsigned order)
{
    bit_tree_clear(&core->free_blocks[order], index);
    if (bit_tree_empty(&core->free_blocks[order])) {
        core->orders_free &= ~(UINT64_C(1) << order);
    }
}

size_t buddy_core_table_bytes(unsigned range_log2, unsigned granule_log2)
{
    size_t bytes = 0;
    for (unsigned order = 0; order <= range_log2 - granule_log2; order++) {
        bytes += bit_tree_table_bytes(blocks_of(range_log2, granule_log2, order));
    }
    return bytes;
}

void buddy_core_init(struct buddy_core *core,
                     uintptr_t base,
                     unsigned range_log2,
                     unsigned granule_log2,
                     void *tables)
{
    assert(range_log2 >= granule_log2 && range_log2 - granule_log2 < BUDDY_ORDERS_MAX);
    unsigned top = range_log2 - granule_log2;
    core->base = base;
    core->granule_log2 = granule_log2;
    core->orders = top + 1;
    core->orders_free = 0;
    /* The largest order first: the tables of few bits then share pages. */
    char *next = tables;
    for (unsigned order = core->orders; order-- > 0;) {
        size_t blocks = blocks_of(range_log2, granule_log2, order);
        bit_tree_init(&core->free_blocks[order], blocks, next);
        next += bit_tree_table_bytes(blocks);
    }
    mark_free(core, 0, top);
}

uintptr_t buddy_core_take(struct buddy_core *core, unsigned order)
{
    if (order >= core->orders || core->orders_free >> order == 0) {
        return BUDDY_NONE;
    }
    unsigned from = order + (unsigned)__builtin_ctzll(core->orders_free >> order);
    size_t index = bit_tree_first(&core->free_blocks[from]);
    mark_taken(core, index, from);
    while (from > order) {
        from--;
        index <<= 1;
        mark_free(core, index | 1, from);
    }
    return address_of(core, index, order);
}

unsigned buddy_core_give(struct buddy_core *core, uintptr_t address, unsigned order)
{
    assert(order < core->orders);
    size_t index = index_of(core, address, order);
    assert(!bit_tree_test(&core->free_blocks[order], index));
    while (order + 1 < core->orders && bit_tree_test(&core->free_blocks[order], index ^ 1)) {
        mark_taken(core, index ^ 1, order);
        index >>= 1;
        order++;
    }
    mark_free(core, index, order);
    return order;
}

unsigned buddy_core_order(const struct buddy_core *core, size_t bytes)
{
    if (bytes <= (size_t)1 << core->granule_log2) {
        return 0;
    }
    unsigned bytes_log2 = 64 - (unsigned)__builtin_clzll(bytes - 1); /* rounded up */
    return bytes_log2 - core->granule_log2;
}

bool buddy_core_grow(struct buddy_core *core, uintptr_t address, unsigned from, unsigned to)
{
    if (to >= core->orders) {
        return false;
    }
    size_t index = index_of(core, address, from);
    for (unsigned order = from; order < to; order++) {
        size_t here = index >> (order - from);
        if ((here & 1) != 0 || !bit_tree_test(&core->free_blocks[order], here | 1)) {
            return false;
        }
    }
    for (unsigned order = from; order < to; order++) {
        mark_taken(core, (index >> (order - from)) | 1, order);
    }
    return true;
}

void buddy_core_walk_free(const struct buddy_core *core,
                          void (*visit)(void *context, uintptr_t address, size_t bytes),
                          void *context)
{
    for (unsigned order = 0; order < core->orders; order++) {
        const struct bit_tree *tree = &core->free_blocks[order];
        size_t bytes = (size_t)1 << (core->granule_log2 + order);
        size_t index = bit_tree_first(tree);
        while (index != BIT_TREE_NONE) {
            visit(context, address_of(core, index, order), bytes);
            index = bit_tree_next(tree, index + 1);
        }
    }
}

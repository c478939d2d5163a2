/* What `buddy` and `buddy-lazy` tell the heap alike: both are binary buddies. A class is an order. */
#ifndef ALLOCATORS_BUDDY_BINARY_H
#define ALLOCATORS_BUDDY_BINARY_H

#include "allocators/buddy/buddy.h"
#include "allocators/parts/buddy_core.h"

static inline size_t binary_table_bytes(size_t range_bytes)
{
    return buddy_core_table_bytes((unsigned)__builtin_ctzll(range_bytes), GRANULE_LOG2);
}

static inline unsigned binary_class_of(size_t bytes)
{
    static const struct buddy_core granules = {.granule_log2 = GRANULE_LOG2};
    return buddy_core_order(&granules, bytes);
}

static inline size_t binary_bytes_of(unsigned order)
{
    return (size_t)1 << (GRANULE_LOG2 + order);
}

static inline unsigned binary_upper(unsigned order)
{
    return order - 1;
}

static inline uintptr_t binary_start(uintptr_t address, unsigned order)
{
    (void)order; /* natural alignment: aligned calls need no padding */
    return address;
}

/* A dirty block of `order` is now inside the free block of order `merged` around it. */
static inline void binary_note_merged(const struct buddy_core *core,
                                      uintptr_t address,
                                      unsigned order,
                                      unsigned merged)
{
    if (binary_bytes_of(merged) >= UNIT_BYTES) {
        uintptr_t start = address - ((address - core->base) & (binary_bytes_of(merged) - 1));
        kept_merged(
            address, address + binary_bytes_of(order), start, start + binary_bytes_of(merged));
    }
}

/* Order of the free block that begins at the address, in sets by order such as the core's. Where
 * several orders could begin, at most one does. */
static inline unsigned binary_free_order(const struct buddy_core *core,
                                         const struct bit_tree *free_blocks,
                                         unsigned orders,
                                         uintptr_t address)
{
    size_t granule = (address - core->base) >> GRANULE_LOG2;
    for (unsigned order = 0; order < orders; order++) {
        if (bit_tree_test(&free_blocks[order], granule >> order)) {
            return order;
        }
        if ((granule >> order & 1) != 0) {
            break; /* no block of a larger order begins here */
        }
    }
    return BUDDY_NO_CLASS;
}

/* The parts of the bitmaps that describe the heap; the summaries above them (a 64th) are left
 * out. */
static inline void
binary_walk_tables(const struct buddy_core *core,
                   size_t bytes,
                   void (*visit)(void *context, const void *table, size_t table_bytes),
                   void *context)
{
    size_t granules = bytes >> GRANULE_LOG2;
    for (unsigned order = 0; order < core->orders; order++) {
        size_t words = ((granules >> order) + 63) / 64;
        visit(context, core->free_blocks[order].levels[0], words * sizeof(uint64_t));
    }
}

#endif

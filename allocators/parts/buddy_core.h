/* A binary buddy over one contiguous range of addresses: the core of `buddy`, and what hands spans
 * to `bin`. It manages addresses only: never reads or writes the range itself, never maps it.
 *
 * Method: Knowlton 1965; Knuth, TAOCP 1, 2.5 (algorithms R and S). One bitmap per order, each a
 * bit_tree, so that the lowest free block of an order is found in at most 7 word steps; take and
 * give are O(orders) whatever the state of the heap. Lowest address first, which keeps the heap
 * dense at its bottom. A block's order at give is the caller's to know.
 *
 * Not thread-safe: the caller holds its own lock. */
#ifndef ALLOCATORS_PARTS_BUDDY_CORE_H
#define ALLOCATORS_PARTS_BUDDY_CORE_H

#include "allocators/parts/bit_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDDY_ORDERS_MAX 40
#define BUDDY_NONE       UINTPTR_MAX

struct buddy_core {
    uintptr_t base;        /* aligned to the whole range's size, or to the largest block used */
    unsigned granule_log2; /* bytes of an order-0 block = 1 << granule_log2 */
    unsigned orders;       /* order of the whole range + 1 */
    uint64_t orders_free;  /* bit o: some block of order o is free */
    struct bit_tree free_blocks[BUDDY_ORDERS_MAX]; /* [o] holds i: block i of order o is free */
};

/* Bytes of zeroed memory that buddy_core_init needs for a range of 1 << range_log2 bytes. */
size_t buddy_core_table_bytes(unsigned range_log2, unsigned granule_log2);

/* Sets up an all-free range of 1 << range_log2 bytes at `base`. `tables` is zeroed, 8-byte aligned
 * memory of buddy_core_table_bytes(), owned by the caller, living as long as the core; only the
 * parts that describe used addresses are ever touched. */
void buddy_core_init(struct buddy_core *core,
                     uintptr_t base,
                     unsigned range_log2,
                     unsigned granule_log2,
                     void *tables);

/* Takes the lowest free block of the order, splitting a larger one where needed (of the smallest
 * order that has any, the lowest); BUDDY_NONE when the range is full. */
uintptr_t buddy_core_take(struct buddy_core *core, unsigned order);

/* Gives a block back and merges it with its buddy as far up as both are free. Returns the order of
 * the free block that it ends up in. A part of a taken block may be given alone, as long as it is
 * a block of its order: that is how a block shrinks. */
unsigned buddy_core_give(struct buddy_core *core, uintptr_t address, unsigned order);

/* Smallest order whose block holds `bytes`; may be beyond the range, and then take gives NONE. */
unsigned buddy_core_order(const struct buddy_core *core, size_t bytes);

/* Grows a block in place from one order to a larger one, when it is the lower half at every step
 * and every buddy on the way is free. Returns whether it did. */
bool buddy_core_grow(struct buddy_core *core, uintptr_t address, unsigned from, unsigned to);

/* Calls visit for every free block, by order. */
void buddy_core_walk_free(const struct buddy_core *core,
                          void (*visit)(void *context, uintptr_t address, size_t bytes),
                          void *context);

#endif

/* A binary buddy that delays coalescing: blocks that are given back stay blocks of their order, up
 * to a bound per order, and serve the next takes of that order without a split or a merge.
 *
 * Method: Barkley and Lee, "A lazy buddy system bounded by two coalescing delays per class" (SOSP
 * 1989). Of an order, A blocks are taken and L are delayed ("locally free": the buddy beneath sees
 * them as taken). With the slack A - L at a give of 2 and more the block is delayed; with 1 it
 * coalesces; with 0 it does, and one delayed block too. So L <= A always, and what is all free is
 * all merged. Beside this rule there is a fixed watermark: L <= N, whatever A is.
 *
 * Of delayed blocks the lowest is taken first, as of the others (the paper's lists are LIFO). A set
 * of them is a bit_tree, outside the blocks. Addresses only; not thread-safe. */
#ifndef ALLOCATORS_BUDDY_LAZY_CORE_H
#define ALLOCATORS_BUDDY_LAZY_CORE_H

#include "allocators/parts/buddy_core.h"

#define LAZY_SLACK SIZE_MAX /* instead of a watermark: Barkley and Lee's rule */

struct lazy_order {
    struct bit_tree delayed_blocks;
    size_t taken;
    size_t delayed;
};

struct lazy_core {
    struct buddy_core core;
    unsigned orders_lazy; /* orders below are delayed; those from here on coalesce at once */
    size_t watermark;     /* delayed blocks of an order at most, or LAZY_SLACK */
    struct lazy_order order[BUDDY_ORDERS_MAX];
};

/* A block that went back to the buddy beneath, and the order of the free block it is in now. */
struct lazy_merge {
    uintptr_t address;
    unsigned order;
    unsigned merged;
};

#define LAZY_MERGES_MAX 2 /* of one give */

/* As the functions of buddy_core.h. `lazy` is the first of them, set orders_lazy and watermark. */
size_t lazy_core_table_bytes(unsigned range_log2, unsigned granule_log2, unsigned orders_lazy);
void lazy_core_init(struct lazy_core *lazy,
                    uintptr_t base,
                    unsigned range_log2,
                    unsigned granule_log2,
                    void *tables);

/* Takes a block: of the smallest sufficient order that has any, a delayed one before a free one.
 * BUDDY_NONE when there is none; lazy_core_coalesce() may then help. */
uintptr_t lazy_core_take(struct lazy_core *lazy, unsigned order);

/* Gives a block back. Returns how many blocks went to the buddy beneath, and which. */
unsigned lazy_core_give(struct lazy_core *lazy,
                        uintptr_t address,
                        unsigned order,
                        struct lazy_merge merges[LAZY_MERGES_MAX]);

/* Grows a block in place; delayed buddies on the way count as free. */
bool lazy_core_grow(struct lazy_core *lazy, uintptr_t address, unsigned from, unsigned to);

/* A taken block of `order` is two taken halves from now on: one of them may be given back alone. */
void lazy_core_halve(struct lazy_core *lazy, unsigned order);

/* Lets one delayed block coalesce, the lowest of the smallest order; false when there is none. */
bool lazy_core_coalesce(struct lazy_core *lazy, struct lazy_merge *merge);

#endif

/* The heap of the `buddy` allocator, shared by its files. Everything is guarded by `lock`, but for
 * reading a live block's own entry of `order_of`, which only its holder may have changed. */
#ifndef ALLOCATORS_BUDDY_BUDDY_H
#define ALLOCATORS_BUDDY_BUDDY_H

#include "allocators/parts/buddy_core.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define GRANULE_LOG2 4   /* the smallest block: HEAP_ALIGNMENT */
#define UNIT_LOG2    16  /* memory goes back to the kernel in units of 64 KiB */
#define ENTRY_DYING  128 /* added to an entry of order_of while its block is being purged */
#define UNIT_ORDER   (UNIT_LOG2 - GRANULE_LOG2)

struct buddy_heap {
    pthread_mutex_t lock;
    struct buddy_core core;
    char *start;             /* aligned to range_bytes: every block is aligned to its own size */
    size_t range_bytes;      /* 0 until the first allocation has set the heap up */
    size_t high_water_bytes; /* no block has ever reached beyond base + this */
    uint8_t *order_of;       /* by granule: 1 + order of the block that starts there, or 0 */
    struct bit_tree kept;    /* units of free blocks that may still have memory behind them */
    size_t kept_units;       /* members of `kept` */
};

extern struct buddy_heap buddy_heap;

static inline void *buddy_pointer(const struct buddy_heap *heap, uintptr_t address)
{
    return heap->start + (address - heap->core.base);
}

/* kept.c: the memory behind free blocks. A unit that lies wholly in a free block is a member of
 * `kept`, or it reads as zero. */

/* [address, address + bytes) has become part of a taken block. With `zero_bytes` > 0 the block is
 * to read as zero that far from `address`: kept units in it are cleared here. */
void kept_take(struct buddy_heap *heap, uintptr_t address, size_t bytes, size_t zero_bytes);

/* A block of `order` has been given back and is now inside a free block of order `merged`. */
void kept_give(struct buddy_heap *heap, uintptr_t address, unsigned order, unsigned merged);

#endif

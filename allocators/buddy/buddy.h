/* The heap that the buddy allocators share. Everything is guarded by `lock`, but for reading a live
 * block's own entry of `class_of`, which only its holder may have changed. */
#ifndef ALLOCATORS_BUDDY_BUDDY_H
#define ALLOCATORS_BUDDY_BUDDY_H

#include "allocators/buddy/system.h"
#include "allocators/parts/bit_tree.h"
#include "allocators/parts/message.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define GRANULE_LOG2 4  /* the smallest block: HEAP_ALIGNMENT */
#define UNIT_LOG2    16 /* memory goes back to the kernel in units of 64 KiB */
#define UNIT_BYTES   ((size_t)1 << UNIT_LOG2)
#define ENTRY_PADDED 128 /* added to an entry of class_of whose pointer is not the block's start */
#define ENTRY_DYING  255 /* instead of an entry of class_of while its block is being purged */

struct buddy_heap {
    pthread_mutex_t lock;
    uintptr_t base;
    char *start;             /* base, as a pointer */
    size_t range_bytes;      /* 0 until the first allocation has set the heap up */
    size_t high_water_bytes; /* no block has ever reached beyond base + this */
    uint8_t *class_of;       /* by granule: 1 + class of the block whose pointer it is, or 0 */
    struct bit_tree kept;    /* units of free blocks that may still have memory behind them */
    size_t kept_units;       /* members of `kept` */
};

extern struct buddy_heap buddy_heap;

static inline void *buddy_pointer(const struct buddy_heap *heap, uintptr_t address)
{
    return heap->start + (address - heap->base);
}

/* fault.c: adds to a message which live block the address lies in, where it does. Takes time with the
 * free memory below the address. Called with the lock held. */
void buddy_describe(struct message *message, const void *address);

/* kept.c: the memory behind free blocks. A unit that lies wholly in a free block is a member of
 * `kept`, or it reads as zero. */

/* [address, address + bytes) has become part of a taken block. With `zero_bytes` > 0 the block is
 * to read as zero that far from `address`: kept units that lie wholly in it are cleared here. */
void kept_take(struct buddy_heap *heap, uintptr_t address, size_t bytes, size_t zero_bytes);

/* [from, to), whose memory may be dirty, has come to lie in the free block [start, end). */
void kept_merged(uintptr_t from, uintptr_t to, uintptr_t start, uintptr_t end);

/* Purges what is kept beyond the limit; after the calls of kept_merged(). */
void kept_trim(struct buddy_heap *heap);

#endif

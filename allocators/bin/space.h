/* The one reservation that everything lives in: the heap area with its slices, the table of span
 * descriptors, and memory for metadata. Slices are handed out by a buddy in two levels: regions of 32
 * MiB, and slices inside regions that are in use; so a small process touches few pages of bitmaps.
 *
 * What the buddy hands out is clean: its pages hold zeros or have no memory behind them. */
#ifndef ALLOCATORS_BIN_SPACE_H
#define ALLOCATORS_BIN_SPACE_H

#include "allocators/bin/span.h"

#include <stdbool.h>

#define SPACE_REGION_LOG2     25
#define SPACE_REGION_ORDER    (SPACE_REGION_LOG2 - SLICE_LOG2)
#define SPACE_ALIGNMENT_BYTES ((size_t)1 << SPACE_REGION_LOG2) /* no larger alignment from here */

/* Constant once set up. All zero before: then no address is inside. */
struct space {
    char *base;
    size_t bytes;
    struct span *spans; /* descriptor of slice i at [i] */
    uint64_t key;       /* marks freed blocks; random, never 0 */
};

extern struct space space;

/* The lock of everything that is shared: of this file, of span_store.h, and of the list of heaps. */
void space_lock(void);
void space_unlock(void);
void space_lock_reset(void); /* in a fork's child, which inherits the lock taken */

/* Reserves, once. Called with the lock held. False when even the smallest reservation is refused. */
bool space_setup(void);

/* Lock held. An unused block of 2^order slices, or NULL. Its descriptor has order set and touched 0;
 * its kind is SPAN_NONE. */
struct span *space_take(unsigned order);

/* Lock held. Gives a clean block back. */
void space_give(struct span *span);

/* Lock held. Makes two spans of one; returns the upper. Both may be given back, or split, alone. */
struct span *space_split(struct span *span);

/* Lock held. Makes one span of the lower of two buddies and the upper; returns it. The reverse of
 * space_split. */
struct span *space_merge(struct span *span);

/* Lock held. Grows a block in place; what is added is clean. */
bool space_grow(struct span *span, unsigned to);

/* Lock held. Zeroed memory for ever, aligned to 64 bytes; NULL when there is none left. */
void *space_metadata(size_t bytes);

/* Slices that have been in use at any time: no span lies at or above this index. */
size_t space_slices_used(void);

/* Visits the parts of the reservation that hold metadata. */
void space_visit_metadata(void (*visit)(void *context, uintptr_t address, size_t bytes),
                          void *context);

static inline struct span *span_at(uint32_t index)
{
    return index == 0 ? NULL : &space.spans[index];
}

static inline uint32_t span_index(const struct span *span)
{
    return span == NULL ? 0 : (uint32_t)(span - space.spans);
}

static inline char *span_start(const struct span *span)
{
    return space.base + ((size_t)(span - space.spans) << SLICE_LOG2);
}

static inline uintptr_t span_address(const struct span *span)
{
    return (uintptr_t)span_start(span);
}

/* Bytes from the start of the heap area; beyond its end for addresses outside. */
static inline uintptr_t space_offset(const void *address)
{
    return (uintptr_t)address - (uintptr_t)space.base;
}

static inline size_t span_bytes(const struct span *span)
{
    return SLICE_BYTES << span->order;
}

/* Smallest order whose block holds `bytes`. */
static inline unsigned span_order(size_t bytes)
{
    return bytes <= SLICE_BYTES ? 0 : 64 - SLICE_LOG2 - (unsigned)__builtin_clzll(bytes - 1);
}

#endif

/* Slabs: spans of blocks of one size class. Everything here is for the thread of the owning heap, which
 * is the calling one. */
#ifndef ALLOCATORS_BIN_SLAB_H
#define ALLOCATORS_BIN_SLAB_H

#include "allocators/bin/thread_heap.h"

/* Blocks set up so far, from the start. */
static inline uint32_t slab_carved(const struct span *span)
{
    return atomic_load_explicit(&span->carved, memory_order_relaxed);
}

static inline bool slab_is_wholly_carved(const struct span *span)
{
    return slab_carved(span) == size_classes[span->size_class].capacity;
}

/* Blocks that are not in the slab's list; those on their way home count. Not for the current slab. */
static inline uint32_t slab_live_blocks(const struct span *span)
{
    return (uint32_t)(span->live_floor + span->countdown);
}

/* ---- slab_refill.c ---- */

/* A block of the class when the thread's list is empty; NULL when memory is exhausted. */
struct object *slab_refill(struct heap *heap, unsigned size_class);

/* ---- slab.c ---- */

/* The countdown of a slab of this thread has reached 0 after a free. */
void slab_woken(struct span *span);

/* Takes in a slab that has come home: its remote frees become free blocks. Its owner is this
 * thread's heap, and it is out of every pending stack. */
void slab_absorb(struct heap *heap, struct span *span);

/* Gives a slab without live blocks back, whoever owned it: it is in no list and in no stack. */
void slab_release(struct heap *heap, struct span *span);

/* Moves a slab that is not current to the list where it belongs by its number of live blocks, or
 * releases it if there are none. */
void slab_place(struct heap *heap, struct span *span, uint32_t live);

/* Moves a slab from its list to that of slabs with holes made. */
void slab_thin(struct heap *heap, struct span *span);

/* A slab that is in no list: woken after `frees` frees, or when the last live block goes. */
void slab_set_full(struct span *span, uint32_t live, uint32_t frees);

/* Takes a slab out of its list, if it is in one. */
void slab_list_remove(struct heap *heap, struct span *span);

/* The slab that is to serve next among those in the lists, or NULL. */
struct span *slab_fullest(const struct class_slabs *slabs);

/* Gives up every slab of the heap: empty ones are released, those with free blocks queued on the
 * heap's pending stack, for the next owner to find. The thread's lists are empty afterwards. */
void slab_abandon_all(struct heap *heap);

/* ---- slab_holes.c: pages without live blocks inside slabs that are in use ---- */

/* Lets time act on the heap. Cheap enough for slow paths, not to be called within an update of lists. */
void slab_tick(struct heap *heap);

/* Makes holes in up to so many of the slabs that are at most a quarter live. */
void slab_thin_out(struct heap *heap, unsigned slabs_most);

/* Takes one hole back into use, the lowest; the blocks that are free by it, linked, or NULL if each of
 * them reaches into another hole. */
struct object *slab_fill_hole(struct span *span);

/* Blocks that are free but in no list, because they reach into a hole. */
uint32_t slab_hole_blocks(const struct span *span);

/* Whether the block with that number reaches into a hole. */
bool slab_in_hole(const struct span *span, uint32_t block);

#endif

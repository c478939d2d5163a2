/* Frees by threads that do not own the slab, and how the blocks come home.
 *
 * A thread collects blocks of up to HEAP_BATCHES foreign slabs in batches. A batch goes home with one
 * compare-and-swap on the slab's `remote` word, which holds a list and its length. Whoever sets the
 * word's QUEUED bit pushes the slab on its owner's pending stack, once; the owner takes the whole
 * stack before it takes any new memory.
 *
 * While QUEUED is set, the slab is on a stack or about to be, and must not be released or given
 * another use. Its owner may change meanwhile (a dormant heap's slabs are adopted): whoever takes it
 * from a stack and is not its owner passes it on to its owner's stack.
 *
 * CLAIMABLE is set by the owner on a slab that it has no free blocks of and keeps in no list. When
 * all carved blocks of such a slab are in the remote list, then nobody else has any hold on it, and
 * any thread that takes it from the pending stack may claim it whole by one compare-and-swap: so a
 * sleeping owner does not hold memory. The version, changed whenever the owner empties the word,
 * makes that compare-and-swap fail if the slab was in use in between. */
#ifndef ALLOCATORS_BIN_REMOTE_H
#define ALLOCATORS_BIN_REMOTE_H

#include "allocators/bin/slab.h"

#define REMOTE_COUNT_SHIFT   13
#define REMOTE_HEAD_MASK     UINT64_C(0x1fff) /* 1 + offset / 16 of the first block, 0 for none */
#define REMOTE_QUEUED        (UINT64_C(1) << 26)
#define REMOTE_CLAIMABLE     (UINT64_C(1) << 27)
#define REMOTE_VERSION_SHIFT 28

static inline uint32_t remote_count(uint64_t word)
{
    return (uint32_t)(word >> REMOTE_COUNT_SHIFT & REMOTE_HEAD_MASK);
}

struct object *remote_first(const struct span *span, uint64_t word);

/* Frees a block of a slab that this heap does not own. */
void remote_free(struct heap *heap, struct span *span, struct object *object);

/* Sends all of the heap's batches home. */
void remote_flush(struct heap *heap);

/* Takes in all slabs on the heap's own pending stack. Whether there were any. */
bool remote_drain(struct heap *heap);

/* Takes over slabs with free blocks from dormant heaps. Whether there were any. */
bool remote_adopt(struct heap *heap);

/* Pushes a slab whose QUEUED bit the caller has set on its owner's stack. */
void remote_push(struct span *span);

/* Owner only: empties the word and returns what was in it; QUEUED is cleared, so the slab must be out
 * of every stack. */
uint64_t remote_take(struct span *span);

/* Owner only. */
void remote_set_claimable(struct span *span, bool claimable);

/* Whether the block is in this thread's batches or in the slab's remote list. Exact when it says yes. */
bool remote_holds(struct heap *heap, struct span *span, const struct object *object);

#endif

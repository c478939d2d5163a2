/* A block's boundary tags, for the files of this folder. A header is one word before the payload:
 *
 *     bits  0..3   flags
 *     bits  4..35  units of the block, header and all
 *     bits 36..63  a check over place and size, so that a header that is none is noticed
 *
 * A free block has its units in its last word, too: the footer, by which the block behind finds its
 * beginning. In a used block that word is the program's. At `end` there is a header of 0 units. */
#ifndef ALLOCATORS_FIT_BLOCK_H
#define ALLOCATORS_FIT_BLOCK_H

#include "allocators/fit/fit.h"

#define FIT_USED       1U
#define FIT_AFTER_USED 2U /* the block before is in use, or there is none */
#define FIT_FLAGS      15U

static inline char *fit_payload(const struct fit_heap *heap, uint32_t block)
{
    return heap->base + ((size_t)block << FIT_UNIT_LOG2);
}

static inline uint64_t *fit_header(const struct fit_heap *heap, uint32_t block)
{
    return (uint64_t *)(void *)(fit_payload(heap, block) - FIT_HEADER_BYTES);
}

static inline uint32_t fit_units(const struct fit_heap *heap, uint32_t block)
{
    return (uint32_t)(*fit_header(heap, block) >> 4);
}

static inline bool fit_is_used(const struct fit_heap *heap, uint32_t block)
{
    return (*fit_header(heap, block) & FIT_USED) != 0;
}

static inline bool fit_is_after_used(const struct fit_heap *heap, uint32_t block)
{
    return (*fit_header(heap, block) & FIT_AFTER_USED) != 0;
}

/* The header of such a block; the base in the check tells heaps from each other. */
static inline uint64_t
fit_header_of(const struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t flags)
{
    uint64_t key = (block | (uint64_t)units << 32) ^ (uintptr_t)heap->base;
    uint64_t check = (key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 36;
    return check << 36 | (uint64_t)units << 4 | flags;
}

static inline void
fit_set_header(struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t flags)
{
    *fit_header(heap, block) = fit_header_of(heap, block, units, flags);
}

static inline bool fit_header_holds(const struct fit_heap *heap, uint32_t block)
{
    uint64_t header = *fit_header(heap, block);
    return header ==
           fit_header_of(heap, block, (uint32_t)(header >> 4), (uint32_t)header & FIT_FLAGS);
}

/* The footer of the free block that ends where `block` begins: that block's units. */
static inline uint64_t *fit_footer_before(const struct fit_heap *heap, uint32_t block)
{
    return fit_header(heap, block) - 1;
}

/* Headers and footer of a free block. */
static inline void
fit_set_free(struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t after_used)
{
    fit_set_header(heap, block, units, after_used);
    *fit_footer_before(heap, block + units) = units;
    *fit_header(heap, block + units) &= ~(uint64_t)FIT_AFTER_USED;
}

static inline void
fit_set_used(struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t after_used)
{
    fit_set_header(heap, block, units, FIT_USED | after_used);
    *fit_header(heap, block + units) |= FIT_AFTER_USED;
}

static inline uint32_t fit_after_flag(const struct fit_heap *heap, uint32_t block)
{
    return (uint32_t)*fit_header(heap, block) & FIT_AFTER_USED;
}

/* Units of a block for so many bytes; 0 when no heap can have it. */
static inline uint32_t fit_units_for(size_t bytes)
{
    if (bytes > FIT_RANGE_MAX - FIT_HEADER_BYTES - FIT_UNIT_BYTES) {
        return 0;
    }
    size_t units = (bytes + FIT_HEADER_BYTES + FIT_UNIT_BYTES - 1) >> FIT_UNIT_LOG2;
    return units < FIT_UNITS_MIN ? FIT_UNITS_MIN : (uint32_t)units;
}

/* core.c, for resize.c: frees a used block whose tags hold. */
void fit_release(struct fit_heap *heap, uint32_t block);

/* core.c: places a used block of at least `units`; 0 when there is no room. */
uint32_t fit_place(struct fit_heap *heap, uint32_t units);

/* top.c: moves the end up by `units`, which then belong to no block; false when it may not. */
bool fit_raise_end(struct fit_heap *heap, uint32_t units);

/* top.c: [start, end) is free and in no index: gives it back, but for what lies below end_least. */
void fit_lower_end(struct fit_heap *heap, uint32_t start);

/* check.c: the live block of that payload; anything else is told by heap_misuse. */
uint32_t fit_live_block(const struct fit_heap *heap, const char *call, const void *payload);

/* heap.c: gives up the lock of the heap, whose holder is about to end. Not there in tests of the core. */
__attribute__((weak)) void fit_let_go(const struct fit_heap *heap);

/* check.c: stops the program; the free block before `block` is not what its tags say. */
_Noreturn void fit_tags_overwritten(const struct fit_heap *heap, uint32_t block);

/* check.c: stops the program; what a free block's payload says of its place in the index is wrong. */
_Noreturn void fit_links_overwritten(const struct fit_heap *heap, uint32_t block);

/* The policy's index, with the counts. */
static inline void fit_index_insert(struct fit_heap *heap, uint32_t block)
{
    heap->free_blocks++;
    heap->free_units += fit_units(heap, block);
    heap->policy->insert(heap, block);
}

static inline void fit_index_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    heap->free_blocks--;
    heap->free_units -= units;
    heap->policy->remove(heap, block, units);
}

static inline void
fit_index_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    heap->free_units += fit_units(heap, to);
    heap->free_units -= units_before;
    heap->policy->move(heap, from, to, units_before);
}

#endif

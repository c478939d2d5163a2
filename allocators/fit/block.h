/* A block's boundary tags, for the files of this folder. A header is one word before the payload:
 *
 *     bits  0..31  units of the block, header and all
 *     bits 32..59  a check over place and size, so that a header that is none is noticed
 *     bits 60..61  flags
 *     bits 62..63  the flags again, as they change without the check
 *
 * A free block has its units in its last word, too: the footer, by which the block behind finds its
 * beginning. In a used block that word is the program's. At `end` there is a header of 0 units. */
#ifndef ALLOCATORS_FIT_BLOCK_H
#define ALLOCATORS_FIT_BLOCK_H

#include "allocators/fit/fit.h"

/* Flags as a header has them, twice. After used: the block before is in use, or there is none. */
#define FIT_USED       (UINT64_C(5) << 60)
#define FIT_AFTER_USED (UINT64_C(10) << 60)
#define FIT_FLAGS      (FIT_USED | FIT_AFTER_USED)

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
    return (uint32_t)*fit_header(heap, block);
}

static inline bool fit_is_used(const struct fit_heap *heap, uint32_t block)
{
    return (*fit_header(heap, block) >> 60 & 1) != 0;
}

static inline bool fit_is_after_used(const struct fit_heap *heap, uint32_t block)
{
    return (*fit_header(heap, block) >> 61 & 1) != 0;
}

/* The check of such a block in bits 32..59, and anything below; the base tells heaps from each other. */
static inline uint64_t fit_check_of(const struct fit_heap *heap, uint32_t block, uint32_t units)
{
    uint64_t key = (block | (uint64_t)units << 32) ^ (uintptr_t)heap->base;
    return (key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 4;
}

static inline void
fit_set_header(struct fit_heap *heap, uint32_t block, uint32_t units, uint64_t flags)
{
    uint64_t check = fit_check_of(heap, block, units) >> 32 << 32;
    *fit_header(heap, block) = check | flags | units;
}

/* What a header's upper half says beyond the check that its lower half must have: its flags. */
static inline uint32_t fit_proof(const struct fit_heap *heap, uint32_t block)
{
    uint64_t header = *fit_header(heap, block);
    return (uint32_t)((header ^ fit_check_of(heap, block, (uint32_t)header)) >> 32);
}

static inline bool fit_header_holds(const struct fit_heap *heap, uint32_t block)
{
    uint32_t proof = fit_proof(heap, block);
    return proof << 4 == 0 && proof >> 30 == (proof >> 28 & 3);
}

/* Whether the header holds and its flags but for `others` are these. */
static inline bool
fit_header_is(const struct fit_heap *heap, uint32_t block, uint64_t flags, uint64_t others)
{
    return (fit_proof(heap, block) & ~(uint32_t)(others >> 32)) == (uint32_t)(flags >> 32);
}

static inline bool fit_is_sound_free(const struct fit_heap *heap, uint32_t block)
{
    return fit_header_is(heap, block, 0, FIT_AFTER_USED);
}

/* The footer of the free block that ends where `block` begins: that block's units. */
static inline uint64_t *fit_footer_before(const struct fit_heap *heap, uint32_t block)
{
    return fit_header(heap, block) - 1;
}

/* Headers and footer of a free block. */
static inline void
fit_set_free(struct fit_heap *heap, uint32_t block, uint32_t units, uint64_t after_used)
{
    fit_set_header(heap, block, units, after_used);
    *fit_footer_before(heap, block + units) = units;
    *fit_header(heap, block + units) &= ~FIT_AFTER_USED;
}

static inline void
fit_set_used(struct fit_heap *heap, uint32_t block, uint32_t units, uint64_t after_used)
{
    fit_set_header(heap, block, units, FIT_USED | after_used);
    *fit_header(heap, block + units) |= FIT_AFTER_USED;
}

static inline uint64_t fit_after_flag(const struct fit_heap *heap, uint32_t block)
{
    return *fit_header(heap, block) & FIT_AFTER_USED;
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

/* core.c, for resize.c: frees a used block whose header holds, and that of the block behind, too. */
void fit_release(struct fit_heap *heap, uint32_t block);

/* core.c: places a used block of at least `units`; 0 when there is no room. */
uint32_t fit_place(struct fit_heap *heap, uint32_t units);

/* top.c: moves the end up by `units`, which then belong to no block; false when it may not. */
bool fit_raise_end(struct fit_heap *heap, uint32_t units);

/* top.c: by how many units at most the end may move up. */
uint64_t fit_units_above(const struct fit_heap *heap);

/* top.c: [start, end) is free and in no index: gives it back, but for what lies below end_least. */
void fit_lower_end(struct fit_heap *heap, uint32_t start);

/* check.c: the live block of that payload; anything else is told by heap_misuse. */
uint32_t fit_live_block(const struct fit_heap *heap, const char *call, const void *payload);

/* heap.c: gives up the lock of the heap, whose holder is about to end. Not there in tests of the core. */
__attribute__((weak)) void fit_let_go(const struct fit_heap *heap);

/* check.c: these stop the program in a call of that name. The free block before `block` is not what
 * its tags say; the header of `block` itself does not hold. */
_Noreturn void fit_tags_overwritten(const struct fit_heap *heap, const char *call, uint32_t block);
_Noreturn void
fit_header_overwritten(const struct fit_heap *heap, const char *call, uint32_t block);

/* check.c: likewise. What a free block's payload says of its place in the index is wrong; the link in
 * a free block, or from the index, leads to no free block; of the 64 units from `first` on, a block
 * that begins at one with a bit in `starts` is not what it was. */
_Noreturn void fit_links_overwritten(const struct fit_heap *heap, uint32_t block);
_Noreturn void fit_link_overwritten(const struct fit_heap *heap, const uint32_t *link);
_Noreturn void fit_region_overwritten(const struct fit_heap *heap, uint32_t first, uint64_t starts);

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

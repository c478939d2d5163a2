/* Buddies whose blocks split unequally, in one way for each class: block sizes s(0) < s(1) < ...
 * in granules, and s(c) = s(c - 1) + s(upper(c)), the larger part below. Fibonacci numbers make it
 * the Fibonacci buddy (Knuth 1968, exercise; Hirschberg 1973), 2^k and 3 * 2^k the weighted one
 * (Shen and Peterson 1974).
 *
 * Whose buddy a block is cannot be seen from its address. Hirschberg computes it, Cranston and
 * Thomas (1975) store two bits a block that say how it came about, Shen and Peterson two bits of
 * type. Here the tree of all splits is walked down from the top: it is fixed, each class of a block
 * splits in one way, so there is one block of a class around an address or none, and the way down
 * names all its ancestors. Nothing is stored, nothing can be overwritten, and a pointer inside a
 * block leads to its start. The merges are the same (a test compares them with Cranston and
 * Thomas's bits). A walk takes at most as many steps as the part of the range below the block has
 * classes, 1.44 per doubling for Fibonacci's and 2 for weighted sizes.
 *
 * Lowest address first, as in buddy_core.h, and beyond what was ever in use lower parts only: the
 * smaller part of a split is the upper one, and first blocks would lie all over the range.
 *
 * Addresses only; not thread-safe. */
#ifndef ALLOCATORS_BUDDY_SPLIT_CORE_H
#define ALLOCATORS_BUDDY_SPLIT_CORE_H

#include "allocators/parts/bit_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPLIT_CLASSES_MAX 96
#define SPLIT_NONE        UINTPTR_MAX
#define SPLIT_NO_CLASS    UINT32_MAX

struct split_core {
    uintptr_t base;
    unsigned granule_log2;
    unsigned top;                       /* class of the whole range */
    size_t reached;                     /* granules; no block but the whole range went beyond */
    unsigned classes;                   /* known sizes: at least top + 1 */
    size_t granules[SPLIT_CLASSES_MAX]; /* by class */
    unsigned upper[SPLIT_CLASSES_MAX];  /* class of the upper part; lower is one below the class */
    unsigned class_from[64];            /* [k]: smallest class of at least 2^k granules */
    struct bit_tree nonempty;           /* classes with free blocks */
    uint64_t nonempty_table[SPLIT_CLASSES_MAX / 32];
    /* [c] holds i: the block of class c that begins in part i of the range is free. A part is the
     * power of two that the class holds, so two blocks of a class never begin in the same. */
    struct bit_tree free_blocks[SPLIT_CLASSES_MAX];
};

/* The sizes: first of all. `upper_of` gives upper(c) for c > 0, each less than c; class 0 is one
 * granule. Classes end where sizes pass 2^48 granules or the room ends. */
void split_core_classes(struct split_core *core, unsigned (*upper_of)(unsigned block_class));

/* upper_of for the Fibonacci and for the weighted buddy. */
unsigned split_upper_fibonacci(unsigned block_class);
unsigned split_upper_weighted(unsigned block_class);

/* Smallest class of at least `bytes` bytes; split_core.classes where there is none. */
unsigned split_core_class(const struct split_core *core, unsigned granule_log2, size_t bytes);

/* Bytes of zeroed memory for a range of at most `range_bytes`. */
size_t
split_core_table_bytes(const struct split_core *core, size_t range_bytes, unsigned granule_log2);

/* Makes the largest block that fits into range_bytes at `base` free: the whole range. `tables` as
 * in buddy_core.h. */
void split_core_init(struct split_core *core,
                     uintptr_t base,
                     size_t range_bytes,
                     unsigned granule_log2,
                     void *tables);

static inline size_t split_core_bytes(const struct split_core *core, unsigned block_class)
{
    return core->granules[block_class] << core->granule_log2;
}

/* Takes a block: of the smallest sufficient class that has any, the lowest, split to the smaller
 * part that suffices; an upper part only if it begins below what blocks ever reached. SPLIT_NONE
 * when there is none. */
uintptr_t split_core_take(struct split_core *core, unsigned block_class);

/* What a block that was given back became part of. */
struct split_merge {
    uintptr_t start;
    uintptr_t end;
    unsigned block_class;
    unsigned joints; /* addresses at which two free blocks became one */
    uintptr_t joint[SPLIT_CLASSES_MAX];
};

/* Gives a block back, or a part that a split would have made; merges as far as buddies are free. */
void split_core_give(struct split_core *core,
                     uintptr_t address,
                     unsigned block_class,
                     struct split_merge *merge);

/* Grows a block in place while it is a lower part and what is above is free. */
bool split_core_grow(struct split_core *core, uintptr_t address, unsigned from, unsigned to);

/* Where the block of that class around the address begins; SPLIT_NONE: no such block. */
uintptr_t split_core_start(const struct split_core *core, uintptr_t address, unsigned block_class);

/* Class of the free block that begins at the address, or SPLIT_NO_CLASS. */
unsigned split_core_free_class(const struct split_core *core, uintptr_t address);

#endif

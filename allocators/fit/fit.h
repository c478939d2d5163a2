/* The heap core of the fit policies: one contiguous heap with boundary tags, in memory that the
 * caller reserved. A struct fit_heap is a value of its own: any number may live side by side.
 *
 * Method: Knuth, TAOCP 1, 2.5 (boundary tags, algorithm C); Wilson, Johnstone, Neely and Boles 1995
 * (the policies' names, coalescing, wilderness preservation). README.md tells the layout and the
 * choices.
 *
 * Everything is counted in units of 16 bytes from `base`; a block is named by the unit that its
 * payload begins with, and 0 names none. Not thread-safe: the caller holds its own lock. */
#ifndef ALLOCATORS_FIT_FIT_H
#define ALLOCATORS_FIT_FIT_H

#include "allocators/fit/maxima.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIT_UNIT_LOG2    4
#define FIT_UNIT_BYTES   ((size_t)1 << FIT_UNIT_LOG2)
#define FIT_UNITS_MIN    2                      /* the smallest block: 32 bytes */
#define FIT_UNIT_FIRST   2                      /* unit 0 reads as an empty node for ever */
#define FIT_RANGE_MAX    (FIT_UNIT_BYTES << 31) /* 32 GiB: sizes in units are below 2^31 */
#define FIT_HEADER_BYTES sizeof(uint64_t)

struct fit_heap;

/* Is told of a table of the index: memory that is used and none of the blocks'. */
typedef void fit_visit_table(void *context, const void *table, size_t bytes);

/* Which free block a request gets, and how free blocks are kept so that it is found. */
struct fit_policy {
    const char *name;

    /* The index of a heap of at most `units_most` in zeroed memory at `tables`, aligned to 64 bytes;
     * returns the bytes of it. `tables` NULL: only tells that. Not there: none is needed, and
     * neither is walk_tables. */
    size_t (*lay_out)(struct fit_heap *heap, uint32_t units_most, char *tables);

    /* Visits what has been touched of that index, as far as blocks have been anywhere. */
    void (*walk_tables)(const struct fit_heap *heap, fit_visit_table *visit, void *context);

    /* A free block of at least `units`, or 0. Changes nothing. */
    uint32_t (*find)(const struct fit_heap *heap, uint32_t units);

    /* A block has become free; its header and footer say so already. */
    void (*insert)(struct fit_heap *heap, uint32_t block);

    /* A free block of `units` is one no more. */
    void (*remove)(struct fit_heap *heap, uint32_t block, uint32_t units);

    /* In the place of the free block `from`, which had `units_before`, there is now `to`, whose
     * header and footer are set: what is left of a block, or a block grown by neighbours. No free
     * block lies between the two. */
    void (*move)(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before);
};

extern const struct fit_policy fit_first;
extern const struct fit_policy fit_next;
extern const struct fit_policy fit_best;
extern const struct fit_policy fit_worst;
extern const struct fit_policy fit_first_lifo;
extern const struct fit_policy fit_good;

/* The policy of the library that a policy's file is linked into. Weak, as a test links several. */
extern const struct fit_policy fit_of_library;
#define FIT_OF_LIBRARY(policy) \
    extern const struct fit_policy fit_of_library __attribute__((weak, alias(#policy)))

/* When neighbouring free blocks become one. The order is that of the tunable's words. */
enum fit_coalesce {
    FIT_COALESCE_NEVER,
    FIT_COALESCE_IMMEDIATE, /* at every free */
    FIT_COALESCE_DEFERRED,  /* all at once, when a request finds nothing */
};

/* Bytes that several heaps may have together; see fit_heap_init. */
struct fit_budget {
    _Atomic uint64_t units_left;
};

#define FIT_GOOD_ROWS    29 /* a row for each power of two, the first for all below 16 units */
#define FIT_GOOD_COLUMNS 16

/* The lists of good fit: one for each class of sizes, and which are not empty. */
struct fit_good_lists {
    uint32_t rows; /* bit r: columns[r] is not 0 */
    uint16_t columns[FIT_GOOD_ROWS];
    uint32_t head[FIT_GOOD_ROWS][FIT_GOOD_COLUMNS];
};

/* See by_address.h. */
struct fit_address_index {
    uint64_t *starts;      /* a bit for each unit that a free block begins with */
    struct maxima largest; /* units of the largest block that begins in each 64 units */
};

/* See by_size.h. */
struct fit_size_index {
    uint64_t *starts;            /* as above, of small blocks */
    uint64_t *sizes[LEVELS_MAX]; /* bit s: a block of s units is there */
    unsigned top;
    uint32_t root; /* of the large ones' tree */
};

/* See first-fit-lifo.c. */
struct fit_stamp_index {
    uint32_t *block;     /* by stamp; 0: freed and used since */
    struct maxima units; /* likewise */
    uint32_t next;       /* stamp */
    uint32_t most;       /* stamps there are */
};

struct fit_heap {
    const struct fit_policy *policy;
    enum fit_coalesce coalesce;
    char *base;              /* of unit 0; page-aligned */
    uint32_t end;            /* where the next block at the top would begin */
    uint32_t end_least;      /* the end is not lowered beyond this */
    uint32_t end_most;       /* nor raised beyond this */
    uint32_t end_highest;    /* so far */
    uint32_t dirty_end;      /* from here on memory reads as zero */
    uint32_t rover;          /* behind the block placed last; never inside a free block */
    uint32_t freed_unmerged; /* blocks freed since free blocks were last merged */
    uint64_t used_blocks;
    uint64_t free_blocks;
    uint64_t free_units;
    struct fit_budget *budget; /* NULL: none */

    union {
        struct fit_address_index by_address;
        struct fit_size_index by_size;
        struct fit_stamp_index by_stamp;
        struct fit_good_lists good;
    } index; /* the policy's */
};

struct fit_options {
    enum fit_coalesce coalesce;
    uint64_t initial_bytes; /* the heap begins with a free block of so many bytes; 0: with none */
    struct fit_budget *budget; /* NULL: as far as the range goes */
};

/* Sets up a heap in `range_bytes` (a multiple of the page, at most FIT_RANGE_MAX) of zeroed memory
 * at `range`, page-aligned, which it uses from its beginning on and purges, but never gives back. The
 * policy's index lies at the range's end and is touched as far as the heap is: 1/60 of the range or
 * less, but a quarter for first-fit-lifo.
 * `initial_bytes` beyond range or budget are cut to them. */
void fit_heap_init(struct fit_heap *heap,
                   const struct fit_policy *policy,
                   void *range,
                   size_t range_bytes,
                   const struct fit_options *options);

/* As heap.h's functions of these names, in this heap. */
void *fit_allocate(struct fit_heap *heap, size_t bytes);
void *fit_allocate_zeroed(struct fit_heap *heap, size_t bytes);
void *fit_allocate_aligned(struct fit_heap *heap, size_t alignment, size_t bytes);
void fit_free(struct fit_heap *heap, void *payload);
size_t fit_usable_bytes(const struct fit_heap *heap, const void *payload);

/* Resizes in place: a part behind is freed, or what lies behind is taken as far as it is free or
 * the top. False when that does not do: then nothing has changed. */
bool fit_resize(struct fit_heap *heap, void *payload, size_t bytes);

/* Calls visit for each block from the lowest to the highest. */
typedef void fit_visit(void *context, const void *payload, size_t usable_bytes, bool is_used);
void fit_walk(const struct fit_heap *heap, fit_visit *visit, void *context);

/* Proves the heap's tags, counts and coalescing from its beginning to its end: NULL, or what is
 * wrong (static storage). O(blocks): for tests. */
const char *fit_audit(const struct fit_heap *heap);

#endif

/* A set of small integers 0 … bits-1 as a bitmap with summaries: bit j of a level says that word j
 * of the level below is not zero, up to one word at the top. Finding the lowest or the highest
 * member, the next one, adding and removing take one word a level: at most 7 for 2^40 bits.
 *
 * The tables are zeroed memory of the caller's and are touched only where a bit has been set, so
 * that a set over a huge range costs what its members cost.
 *
 * Not thread-safe: the caller holds its own lock. */
#ifndef ALLOCATORS_PARTS_BIT_TREE_H
#define ALLOCATORS_PARTS_BIT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT_TREE_LEVELS_MAX 7
#define BIT_TREE_NONE       SIZE_MAX

struct bit_tree {
    uint64_t *levels[BIT_TREE_LEVELS_MAX]; /* [0] the set itself, [depth - 1] a single word */
    unsigned depth;
    size_t bits;
};

/* Bytes of zeroed memory that a set over `bits` (1 … 2^40) integers needs; a multiple of 8. */
size_t bit_tree_table_bytes(size_t bits);

/* Sets up the empty set. `tables` is 8-byte aligned zeroed memory of bit_tree_table_bytes(), owned
 * by the caller, living as long as the set. */
void bit_tree_init(struct bit_tree *tree, size_t bits, void *tables);

bool bit_tree_empty(const struct bit_tree *tree);
bool bit_tree_test(const struct bit_tree *tree, size_t bit);

/* Adding a member twice, and removing what is no member, change nothing. */
void bit_tree_set(struct bit_tree *tree, size_t bit);
void bit_tree_clear(struct bit_tree *tree, size_t bit);

/* Lowest member, or BIT_TREE_NONE. */
size_t bit_tree_first(const struct bit_tree *tree);

/* Lowest member that is at least `from` (which must be below `bits`); BIT_TREE_NONE without one. */
size_t bit_tree_next(const struct bit_tree *tree, size_t from);

/* Highest member, or BIT_TREE_NONE. */
size_t bit_tree_last(const struct bit_tree *tree);

#endif

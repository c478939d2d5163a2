/* The 64-way bitmap tree of bit_tree.h. */
#include "allocators/parts/bit_tree.h"

#include <assert.h>

#define WORD_LOG2 6
#define WORD_BITS 64

static size_t words_for(size_t bits)
{
    return (bits + WORD_BITS - 1) >> WORD_LOG2;
}

static uint64_t mask_of(size_t bit)
{
    return UINT64_C(1) << (bit % WORD_BITS);
}

size_t bit_tree_table_bytes(size_t bits)
{
    size_t words = 0;
    do {
        bits = words_for(bits);
        words += bits;
    } while (bits > 1);
    return words * sizeof(uint64_t);
}

void bit_tree_init(struct bit_tree *tree, size_t bits, void *tables)
{
    /* The small top levels come first, so that small sets laid out one after the other share
     * pages: the place of a level is measured from the end. */
    uint64_t *end = (uint64_t *)tables + bit_tree_table_bytes(bits) / sizeof(uint64_t);
    tree->bits = bits;
    tree->depth = 0;
    do {
        assert(tree->depth < BIT_TREE_LEVELS_MAX);
        bits = words_for(bits);
        end -= bits;
        tree->levels[tree->depth++] = end;
    } while (bits > 1);
}

bool bit_tree_empty(const struct bit_tree *tree)
{
    return tree->levels[tree->depth - 1][0] == 0;
}

bool bit_tree_test(const struct bit_tree *tree, size_t bit)
{
    return (tree->levels[0][bit >> WORD_LOG2] & mask_of(bit)) != 0;
}

void bit_tree_set(struct bit_tree *tree, size_t bit)
{
    for (unsigned level = 0; level < tree->depth; level++) {
        uint64_t *word = &tree->levels[level][bit >> WORD_LOG2];
        uint64_t before = *word;
        *word = before | mask_of(bit);
        if (before != 0) {
            return; /* the levels above know already */
        }
        bit >>= WORD_LOG2;
    }
}

void bit_tree_clear(struct bit_tree *tree, size_t bit)
{
    if (!bit_tree_test(tree, bit)) {
        return; /* nothing to change, and nothing to touch */
    }
    for (unsigned level = 0; level < tree->depth; level++) {
        uint64_t *word = &tree->levels[level][bit >> WORD_LOG2];
        *word &= ~mask_of(bit);
        if (*word != 0) {
            return;
        }
        bit >>= WORD_LOG2;
    }
}

/* Lowest member under bit `bit` of `level`, which is set (of the depth: of the whole set). */
static size_t descend_lowest(const struct bit_tree *tree, unsigned level, size_t bit)
{
    while (level > 0) {
        level--;
        bit = (bit << WORD_LOG2) | (size_t)__builtin_ctzll(tree->levels[level][bit]);
    }
    return bit;
}

size_t bit_tree_first(const struct bit_tree *tree)
{
    return bit_tree_empty(tree) ? BIT_TREE_NONE : descend_lowest(tree, tree->depth, 0);
}

size_t bit_tree_next(const struct bit_tree *tree, size_t from)
{
    size_t bits = tree->bits;
    for (unsigned level = 0; from < bits; level++) {
        size_t word = from >> WORD_LOG2;
        uint64_t rest = tree->levels[level][word] & (UINT64_MAX << (from % WORD_BITS));
        if (rest != 0) {
            size_t bit = (word << WORD_LOG2) | (size_t)__builtin_ctzll(rest);
            return descend_lowest(tree, level, bit);
        }
        /* Nothing left in this word: the level above knows the next word that is not zero. */
        from = word + 1;
        bits = words_for(bits);
    }
    return BIT_TREE_NONE;
}

size_t bit_tree_last(const struct bit_tree *tree)
{
    if (bit_tree_empty(tree)) {
        return BIT_TREE_NONE;
    }
    size_t bit = 0;
    for (unsigned level = tree->depth; level-- > 0;) {
        uint64_t word = tree->levels[level][bit];
        bit = (bit << WORD_LOG2) | (size_t)(WORD_BITS - 1 - __builtin_clzll(word));
    }
    return bit;
}

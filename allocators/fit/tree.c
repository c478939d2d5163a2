/* Weight-balanced trees of free blocks (tree.h). Changes go down from the root, remembering the
 * links on the way, and then up again to mend what they broke. */
#include "allocators/fit/tree.h"

#include "allocators/fit/block.h"
#include "allocators/fit/count.h"

/* log(2^32) / log(4/3) = 77 levels, and one more link. */
#define PATH_MAX_LINKS 80

/* A side outweighs the other when it has more than 3 times its weight, each counted one more; a
 * double rotation is due when the inner grandchild has 2 times the outer's. */
#define OUTWEIGHS 3
#define DOUBLE    2

struct path {
    uint32_t *link[PATH_MAX_LINKS];
    unsigned depth;
};

/* Unit 0, which names no block, reads as a node of weight 0. */
static inline struct fit_node *node_at(const struct fit_heap *heap, uint32_t block)
{
    return (struct fit_node *)(void *)fit_payload(heap, block);
}

static inline uint64_t weight_of(const struct fit_heap *heap, uint32_t block)
{
    return (uint64_t)node_at(heap, block)->weight + 1;
}

static void refresh(struct fit_heap *heap, uint32_t block)
{
    struct fit_node *node = node_at(heap, block);
    node->weight = node_at(heap, node->left)->weight + node_at(heap, node->right)->weight + 1;
}

/* Nodes were the program's memory once and may be overwritten: a link is followed only when it leads
 * to a free block, by that block's header. */
static inline void prove(const struct fit_heap *heap, const uint32_t *link)
{
    if (*link >= heap->end || *link == 0 || !fit_is_sound_free(heap, *link)) {
        fit_link_overwritten(heap, link);
    }
}

static void prove_children(const struct fit_heap *heap, uint32_t block)
{
    const struct fit_node *node = node_at(heap, block);
    if (node->left != 0) {
        prove(heap, &node->left);
    }
    if (node->right != 0) {
        prove(heap, &node->right);
    }
}

static void rotate_left(struct fit_heap *heap, uint32_t *link)
{
    uint32_t lower = *link;
    uint32_t upper = node_at(heap, lower)->right;
    node_at(heap, lower)->right = node_at(heap, upper)->left;
    node_at(heap, upper)->left = lower;
    *link = upper;
    refresh(heap, lower);
    refresh(heap, upper);
}

static void rotate_right(struct fit_heap *heap, uint32_t *link)
{
    uint32_t lower = *link;
    uint32_t upper = node_at(heap, lower)->left;
    node_at(heap, lower)->left = node_at(heap, upper)->right;
    node_at(heap, upper)->right = lower;
    *link = upper;
    refresh(heap, lower);
    refresh(heap, upper);
}

/* All that rotations look at is proven before; a side with weight is a node. */
__attribute__((noinline)) static void rebalance(struct fit_heap *heap, uint32_t *link)
{
    struct fit_node *node = node_at(heap, *link);
    prove_children(heap, *link);
    if (weight_of(heap, node->right) > weight_of(heap, node->left)) {
        const struct fit_node *heavy = node_at(heap, node->right);
        prove_children(heap, node->right);
        if (weight_of(heap, heavy->left) >= DOUBLE * weight_of(heap, heavy->right)) {
            prove_children(heap, heavy->left);
            rotate_right(heap, &node->right);
        }
        rotate_left(heap, link);
    } else {
        const struct fit_node *heavy = node_at(heap, node->left);
        prove(heap, &node->left); /* both sides may pretend to weigh nothing */
        prove_children(heap, node->left);
        if (weight_of(heap, heavy->right) >= DOUBLE * weight_of(heap, heavy->left)) {
            prove_children(heap, heavy->right);
            rotate_left(heap, &node->left);
        }
        rotate_right(heap, link);
    }
}

/* Rebalances the node at the path's link i if it needs it. Its weight holds, and so does that of
 * its child on the path; the other's is the difference, so that it need not be looked at. */
static inline void mend(struct fit_heap *heap, const struct path *path, unsigned i)
{
    uint64_t child = weight_of(heap, *path->link[i + 1]);
    uint64_t other = node_at(heap, *path->link[i])->weight + UINT64_C(1) - child;
    if (child > OUTWEIGHS * other || other > OUTWEIGHS * child) {
        rebalance(heap, path->link[i]);
    }
}

static inline bool
comes_before(const struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t other)
{
    uint32_t other_units = fit_units(heap, other);
    return units != other_units ? units < other_units : block < other;
}

/* Notes the proven link on the way down and returns the one below. A way that is too long has been
 * overwritten, too. */
static inline uint32_t *step(struct fit_heap *heap, struct path *path, uint32_t *link, bool to_left)
{
    FIT_COUNT_NODE();
    if (path->depth == PATH_MAX_LINKS - 1) {
        fit_links_overwritten(heap, *link);
    }
    path->link[path->depth++] = link;
    struct fit_node *node = node_at(heap, *link);
    return to_left ? &node->left : &node->right;
}

void tree_insert(struct fit_heap *heap, uint32_t block)
{
    uint32_t units = fit_units(heap, block);
    struct path path;
    path.depth = 0;
    uint32_t *link = &heap->index.by_size.root;
    while (*link != 0) {
        prove(heap, link);
        node_at(heap, *link)->weight++;
        link = step(heap, &path, link, comes_before(heap, block, units, *link));
    }
    *node_at(heap, block) = (struct fit_node){.weight = 1};
    *link = block;
    path.link[path.depth] = link;
    for (unsigned i = path.depth; i-- > 0;) {
        mend(heap, &path, i);
    }
}

/* Puts the next node in order into the place of `*link`, which has two children; the path goes on to
 * where that node was. */
static void replace_by_next(struct fit_heap *heap, struct path *path, uint32_t *link)
{
    struct fit_node *node = node_at(heap, *link);
    unsigned below = path->depth + 1;
    uint32_t *down = step(heap, path, link, false);
    prove(heap, down);
    while (node_at(heap, *down)->left != 0) {
        node_at(heap, *down)->weight--;
        down = step(heap, path, down, true);
        prove(heap, down);
    }
    uint32_t next = *down;
    prove_children(heap, next);
    struct fit_node *next_node = node_at(heap, next);
    *down = next_node->right;
    *next_node = (struct fit_node){node->left, node->right, node->weight - 1};
    *link = next;
    path->link[path->depth] = down;
    path->link[below] = &next_node->right; /* was in the node that is gone */
}

void tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    struct path path;
    path.depth = 0;
    uint32_t *link = &heap->index.by_size.root;
    while (*link != block) {
        if (*link == 0) {
            fit_links_overwritten(heap, block); /* or those of a block that it was below */
        }
        prove(heap, link);
        uint32_t *below = step(heap, &path, link, comes_before(heap, block, units, *link));
        node_at(heap, *link)->weight--;
        link = below;
    }
    const struct fit_node *node = node_at(heap, block);
    prove_children(heap, block);
    if (node->left == 0 || node->right == 0) {
        *link = node->left | node->right;
        path.link[path.depth] = link;
    } else {
        replace_by_next(heap, &path, link);
    }
    for (unsigned i = path.depth; i-- > 0;) {
        mend(heap, &path, i);
    }
}

/* Changes nothing, and what it finds is proven by who takes it: so links need only stay in the heap. */
uint32_t tree_first(const struct fit_heap *heap, uint32_t units)
{
    uint32_t best = 0;
    const uint32_t *link = &heap->index.by_size.root;
    for (unsigned depth = 0; *link != 0; depth++) {
        FIT_COUNT_NODE();
        if (*link >= heap->end || depth == PATH_MAX_LINKS) {
            fit_link_overwritten(heap, link);
        }
        const struct fit_node *node = node_at(heap, *link);
        bool is_enough = fit_units(heap, *link) >= units;
        best = is_enough ? *link : best;
        link = is_enough ? &node->left : &node->right;
    }
    return best;
}

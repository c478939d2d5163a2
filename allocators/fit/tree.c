/* Weight-balanced trees of free blocks (tree.h). Changes go down from the root, remembering the
 * links on the way, and then up again to mend what they broke. */
#include "allocators/fit/tree.h"

#include "allocators/fit/block.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* log(2^32) / log(4/3) = 77 levels, and one more link. */
#define PATH_MAX_LINKS 80

/* A side outweighs the other when it has more than 3 times its weight, each counted one more; a
 * double rotation is due when the inner grandchild has 2 times the outer's. */
#define OUTWEIGHS 3
#define DOUBLE    2

enum order {
    BY_ADDRESS,
    BY_SIZE
};

struct path {
    uint32_t *link[PATH_MAX_LINKS];
    unsigned depth;
};

/* Unit 0, which names no block, reads as a node of weight 0. */
static ALWAYS_INLINE struct fit_node *node_at(const struct fit_heap *heap, uint32_t block)
{
    return (struct fit_node *)(void *)fit_payload(heap, block);
}

static ALWAYS_INLINE uint64_t weight_of(const struct fit_heap *heap, uint32_t block)
{
    return (uint64_t)node_at(heap, block)->weight + 1;
}

static uint32_t largest_in(const struct fit_heap *heap, uint32_t block)
{
    const struct fit_node *node = node_at(heap, block);
    uint32_t largest = fit_units(heap, block);
    uint32_t left = node_at(heap, node->left)->largest;
    uint32_t right = node_at(heap, node->right)->largest;
    largest = left > largest ? left : largest;
    return right > largest ? right : largest;
}

static void refresh(struct fit_heap *heap, uint32_t block)
{
    struct fit_node *node = node_at(heap, block);
    node->weight = node_at(heap, node->left)->weight + node_at(heap, node->right)->weight + 1;
    node->largest = largest_in(heap, block);
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

__attribute__((noinline)) static void rebalance(struct fit_heap *heap, uint32_t *link)
{
    struct fit_node *node = node_at(heap, *link);
    if (weight_of(heap, node->right) > weight_of(heap, node->left)) {
        const struct fit_node *heavy = node_at(heap, node->right);
        if (weight_of(heap, heavy->left) >= DOUBLE * weight_of(heap, heavy->right)) {
            rotate_right(heap, &node->right);
        }
        rotate_left(heap, link);
    } else {
        const struct fit_node *heavy = node_at(heap, node->left);
        if (weight_of(heap, heavy->right) >= DOUBLE * weight_of(heap, heavy->left)) {
            rotate_left(heap, &node->left);
        }
        rotate_right(heap, link);
    }
}

/* Rebalances the node at the path's link i if it needs it. Its weight holds, and so does that of
 * its child on the path; the other's is the difference, so that it need not be looked at. */
static ALWAYS_INLINE void mend(struct fit_heap *heap, const struct path *path, unsigned i)
{
    uint64_t child = weight_of(heap, *path->link[i + 1]);
    uint64_t other = node_at(heap, *path->link[i])->weight + UINT64_C(1) - child;
    if (child > OUTWEIGHS * other || other > OUTWEIGHS * child) {
        rebalance(heap, path->link[i]);
    }
}

static ALWAYS_INLINE bool comes_before(
    const struct fit_heap *heap, uint32_t block, uint32_t units, uint32_t other, enum order order)
{
    uint32_t other_units = order == BY_SIZE ? fit_units(heap, other) : units;
    return units != other_units ? units < other_units : block < other;
}

/* Notes the link on the way down and returns the one below. Nodes are the program's memory once: a
 * way that is too long or leads nowhere has been overwritten. */
static ALWAYS_INLINE uint32_t *
step(struct fit_heap *heap, struct path *path, uint32_t *link, bool to_left)
{
    if (*link == 0 || *link >= heap->end || path->depth == PATH_MAX_LINKS - 1) {
        fit_links_overwritten(heap, *link);
    }
    path->link[path->depth++] = link;
    struct fit_node *node = node_at(heap, *link);
    return to_left ? &node->left : &node->right;
}

static ALWAYS_INLINE void insert(struct fit_heap *heap, uint32_t block, enum order order)
{
    uint32_t units = fit_units(heap, block);
    struct path path;
    path.depth = 0;
    uint32_t *link = &heap->index.root;
    while (*link != 0) {
        struct fit_node *node = node_at(heap, *link);
        node->weight++;
        if (order == BY_ADDRESS && node->largest < units) {
            node->largest = units;
        }
        link = step(heap, &path, link, comes_before(heap, block, units, *link, order));
    }
    *node_at(heap, block) = (struct fit_node){.weight = 1, .largest = units};
    *link = block;
    path.link[path.depth] = link;
    for (unsigned i = path.depth; i-- > 0;) {
        mend(heap, &path, i);
    }
}

/* Puts the next node in order into the place of `*link`, which has two children; the path goes on to
 * where that node was. Returns its units. */
static uint32_t replace_by_next(struct fit_heap *heap, struct path *path, uint32_t *link)
{
    struct fit_node *node = node_at(heap, *link);
    unsigned below = path->depth + 1;
    uint32_t *down = step(heap, path, link, false);
    while (node_at(heap, *down)->left != 0) {
        node_at(heap, *down)->weight--;
        down = step(heap, path, down, true);
    }
    uint32_t next = *down;
    struct fit_node *next_node = node_at(heap, next);
    *down = next_node->right;
    *next_node = (struct fit_node){node->left, node->right, node->weight - 1, node->largest};
    *link = next;
    path->link[path->depth] = down;
    path->link[below] = &next_node->right; /* was in the node that is gone */
    return fit_units(heap, next);
}

static ALWAYS_INLINE void
remove_node(struct fit_heap *heap, uint32_t block, uint32_t units, enum order order)
{
    struct path path;
    path.depth = 0;
    uint32_t *link = &heap->index.root;
    while (*link != block) {
        bool to_left = comes_before(heap, block, units, *link, order);
        uint32_t *below = step(heap, &path, link, to_left);
        node_at(heap, *link)->weight--;
        link = below;
    }
    const struct fit_node *node = node_at(heap, block);
    uint32_t moved_most = units; /* of the blocks that some subtree has lost */
    if (node->left == 0 || node->right == 0) {
        *link = node->left | node->right;
        path.link[path.depth] = link;
    } else {
        uint32_t next_units = replace_by_next(heap, &path, link);
        moved_most = next_units > units ? next_units : units;
    }
    for (unsigned i = path.depth; i-- > 0;) {
        struct fit_node *upper = node_at(heap, *path.link[i]);
        if (order == BY_ADDRESS && upper->largest <= moved_most) {
            upper->largest = largest_in(heap, *path.link[i]);
        }
        mend(heap, &path, i);
    }
}

void address_tree_insert(struct fit_heap *heap, uint32_t block)
{
    insert(heap, block, BY_ADDRESS);
}

void address_tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    remove_node(heap, block, units, BY_ADDRESS);
}

/* The order of the nodes stays: the new one takes the old one's place, and nothing is rebalanced. */
void address_tree_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    struct path path;
    path.depth = 0;
    uint32_t *link = &heap->index.root;
    while (*link != from) {
        link = step(heap, &path, link, from < *link);
    }
    path.link[path.depth] = link;
    if (to != from) {
        *node_at(heap, to) = *node_at(heap, from);
        *link = to;
    }
    uint32_t units = fit_units(heap, to);
    uint32_t larger = units > units_before ? units : units_before;
    for (unsigned i = path.depth + 1; i-- > 0;) {
        struct fit_node *node = node_at(heap, *path.link[i]);
        if (node->largest > larger) {
            return;
        }
        node->largest = units >= units_before ? units : largest_in(heap, *path.link[i]);
    }
}

uint32_t address_tree_largest_units(const struct fit_heap *heap)
{
    return node_at(heap, heap->index.root)->largest;
}

static uint32_t first_in(const struct fit_heap *heap, uint32_t block, uint32_t units)
{
    while (block != 0) {
        const struct fit_node *node = node_at(heap, block);
        if (node_at(heap, node->left)->largest >= units) {
            block = node->left;
        } else if (fit_units(heap, block) >= units) {
            return block;
        } else {
            block = node->right;
        }
    }
    return 0;
}

uint32_t address_tree_first(const struct fit_heap *heap, uint32_t units)
{
    uint32_t root = heap->index.root;
    return node_at(heap, root)->largest >= units ? first_in(heap, root, units) : 0;
}

uint32_t address_tree_first_from(const struct fit_heap *heap, uint32_t from, uint32_t units)
{
    uint32_t best = 0; /* it or what is right of it holds the answer */
    uint32_t block = heap->index.root;
    while (node_at(heap, block)->largest >= units) { /* not of unit 0: units > 0 */
        const struct fit_node *node = node_at(heap, block);
        if (block < from) {
            block = node->right;
            continue;
        }
        if (fit_units(heap, block) >= units || node_at(heap, node->right)->largest >= units) {
            best = block;
        }
        block = node->left;
    }
    if (best == 0 || fit_units(heap, best) >= units) {
        return best;
    }
    return first_in(heap, node_at(heap, best)->right, units);
}

void size_tree_insert(struct fit_heap *heap, uint32_t block)
{
    insert(heap, block, BY_SIZE);
}

void size_tree_remove(struct fit_heap *heap, uint32_t block, uint32_t units)
{
    remove_node(heap, block, units, BY_SIZE);
}

void size_tree_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before)
{
    remove_node(heap, from, units_before, BY_SIZE);
    insert(heap, to, BY_SIZE);
}

uint32_t size_tree_first(const struct fit_heap *heap, uint32_t units)
{
    uint32_t best = 0;
    for (uint32_t block = heap->index.root; block != 0;) {
        if (fit_units(heap, block) >= units) {
            best = block;
            block = node_at(heap, block)->left;
        } else {
            block = node_at(heap, block)->right;
        }
    }
    return best;
}

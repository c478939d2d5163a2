/* The unequal buddies of split_core.h. */
#include "allocators/buddy/split_core.h"

#include <assert.h>
#include <string.h>

#define GRANULES_MAX ((size_t)1 << 48)

/* A block of the split tree, free, taken or split further. */
struct node {
    size_t start; /* in granules */
    unsigned block_class;
};

/* The way down to a block: its ancestors, the nearest last. Those that begin at the range's start
 * are left out as long as they are lower parts. */
struct path {
    struct node ancestor[SPLIT_CLASSES_MAX];
    unsigned length;
};

unsigned split_upper_fibonacci(unsigned block_class)
{
    return block_class == 1 ? 0 : block_class - 2; /* 2 = 1 + 1, 3 = 2 + 1, 5 = 3 + 2 */
}

/* Sizes 1 2 3 4 6 8 12 16: 4 * 2^r = 3 * 2^r + 2^r and 3 * 2^r = 2 * 2^r + 2^r. */
unsigned split_upper_weighted(unsigned block_class)
{
    if (block_class <= 3) {
        return 0;
    }
    return block_class % 2 == 0 ? block_class - 3 : block_class - 4;
}

static unsigned log2_of(size_t value)
{
    return 63 - (unsigned)__builtin_clzll(value);
}

void split_core_classes(struct split_core *core, unsigned (*upper_of)(unsigned block_class))
{
    unsigned log2 = 1;
    core->granules[0] = 1;
    core->classes = 1;
    core->class_from[0] = 0;
    while (core->classes < SPLIT_CLASSES_MAX && core->granules[core->classes - 1] <= GRANULES_MAX) {
        unsigned next = core->classes++;
        core->upper[next] = upper_of(next);
        core->granules[next] = core->granules[next - 1] + core->granules[core->upper[next]];
        while (log2 < 64 && core->granules[next] >> log2 != 0) {
            core->class_from[log2++] = next;
        }
    }
    while (log2 < 64) {
        core->class_from[log2++] = core->classes;
    }
}

/* Smallest class of at least so many granules. */
static unsigned class_of(const struct split_core *core, size_t granules)
{
    unsigned block_class = core->class_from[log2_of(granules)];
    while (block_class < core->classes && core->granules[block_class] < granules) {
        block_class++;
    }
    return block_class;
}

unsigned split_core_class(const struct split_core *core, unsigned granule_log2, size_t bytes)
{
    return class_of(core, ((bytes - 1) >> granule_log2) + 1);
}

static unsigned top_of(const struct split_core *core, size_t granules)
{
    unsigned top = core->classes - 1;
    while (core->granules[top] > granules) {
        top--;
    }
    return top;
}

/* Parts of the range in which blocks of the class may begin. */
static size_t parts_of(const struct split_core *core, unsigned top, unsigned block_class)
{
    return (core->granules[top] >> log2_of(core->granules[block_class])) + 1;
}

size_t
split_core_table_bytes(const struct split_core *core, size_t range_bytes, unsigned granule_log2)
{
    unsigned top = top_of(core, range_bytes >> granule_log2);
    size_t bytes = 0;
    for (unsigned block_class = 0; block_class <= top; block_class++) {
        bytes += bit_tree_table_bytes(parts_of(core, top, block_class));
    }
    return bytes;
}

static size_t part_of(const struct split_core *core, struct node node)
{
    return node.start >> log2_of(core->granules[node.block_class]);
}

static bool is_free(const struct split_core *core, struct node node)
{
    return bit_tree_test(&core->free_blocks[node.block_class], part_of(core, node));
}

static void mark_free(struct split_core *core, struct node node)
{
    bit_tree_set(&core->free_blocks[node.block_class], part_of(core, node));
    bit_tree_set(&core->nonempty, node.block_class);
}

static void mark_taken(struct split_core *core, struct node node)
{
    struct bit_tree *blocks = &core->free_blocks[node.block_class];
    bit_tree_clear(blocks, part_of(core, node));
    if (bit_tree_empty(blocks)) {
        bit_tree_clear(&core->nonempty, node.block_class);
    }
}

void split_core_init(struct split_core *core,
                     uintptr_t base,
                     size_t range_bytes,
                     unsigned granule_log2,
                     void *tables)
{
    core->base = base;
    core->granule_log2 = granule_log2;
    core->top = top_of(core, range_bytes >> granule_log2);
    core->reached = 0;
    assert(bit_tree_table_bytes(SPLIT_CLASSES_MAX) <= sizeof core->nonempty_table);
    memset(core->nonempty_table, 0, sizeof core->nonempty_table);
    bit_tree_init(&core->nonempty, SPLIT_CLASSES_MAX, core->nonempty_table);
    /* The largest class first: the tables of few bits then share pages. */
    char *next = tables;
    for (unsigned block_class = core->top + 1; block_class-- > 0;) {
        size_t parts = parts_of(core, core->top, block_class);
        bit_tree_init(&core->free_blocks[block_class], parts, next);
        next += bit_tree_table_bytes(parts);
    }
    mark_free(core, (struct node){0, core->top});
}

static struct node lower_of(struct node node)
{
    return (struct node){node.start, node.block_class - 1};
}

static struct node upper_of(const struct split_core *core, struct node node)
{
    size_t start = node.start + core->granules[node.block_class - 1];
    return (struct node){start, core->upper[node.block_class]};
}

/* The block around `granule` of the class, or else of the first smaller class on the way down. */
static struct node
descend(const struct split_core *core, size_t granule, unsigned block_class, struct path *path)
{
    /* The lower parts of lower parts of the top begin where the range does: of these the way begins
     * at the smallest that is around the granule. */
    unsigned from = class_of(core, granule + 1);
    from = from < core->top ? from : core->top;
    struct node node = {0, from > block_class ? from : block_class};
    path->length = 0;
    while (node.block_class > block_class) {
        path->ancestor[path->length++] = node;
        struct node upper = upper_of(core, node);
        node = granule < upper.start ? lower_of(node) : upper;
    }
    return node;
}

/* The block that this one came from by a split. */
static struct node parent_of(struct path *path, struct node node)
{
    return path->length > 0 ? path->ancestor[--path->length]
                            : (struct node){0, node.block_class + 1};
}

static size_t granule_of(const struct split_core *core, uintptr_t address)
{
    return (address - core->base) >> core->granule_log2;
}

static uintptr_t address_of(const struct split_core *core, size_t granule)
{
    return core->base + (granule << core->granule_log2);
}

/* A block is taken. The whole range says nothing of how far its parts will be used: who cuts a range
 * takes it whole first. */
static void note_reach(struct split_core *core, struct node node)
{
    size_t end = node.start + core->granules[node.block_class];
    if (node.block_class < core->top && end > core->reached) {
        core->reached = end;
    }
}

/* Whether a block of the class comes from the upper part: where it suffices and is the smaller one,
 * but not from beyond what was ever reached. There the lower part, which always suffices, keeps the
 * heap dense. */
static bool
goes_up(const struct split_core *core, struct node lower, struct node upper, unsigned block_class)
{
    return upper.block_class >= block_class && upper.block_class < lower.block_class &&
           upper.start < core->reached;
}

uintptr_t split_core_take(struct split_core *core, unsigned block_class)
{
    size_t from =
        block_class <= core->top ? bit_tree_next(&core->nonempty, block_class) : BIT_TREE_NONE;
    if (from == BIT_TREE_NONE) {
        return SPLIT_NONE;
    }
    /* A block that begins in a part reaches the part's last granule at least. */
    size_t part = bit_tree_first(&core->free_blocks[from]);
    size_t inside = ((part + 1) << log2_of(core->granules[from])) - 1;
    struct path path;
    struct node node = descend(core, inside, (unsigned)from, &path);
    mark_taken(core, node);
    while (node.block_class > block_class) {
        struct node lower = lower_of(node);
        struct node upper = upper_of(core, node);
        bool is_upper = goes_up(core, lower, upper, block_class);
        mark_free(core, is_upper ? lower : upper);
        node = is_upper ? upper : lower;
    }
    note_reach(core, node);
    return address_of(core, node.start);
}

void split_core_give(struct split_core *core,
                     uintptr_t address,
                     unsigned block_class,
                     struct split_merge *merge)
{
    struct path path;
    struct node node = descend(core, granule_of(core, address), block_class, &path);
    assert(node.block_class == block_class && address_of(core, node.start) == address);
    assert(!is_free(core, node));
    merge->joints = 0;
    while (node.block_class < core->top) {
        struct node parent = parent_of(&path, node);
        struct node upper = upper_of(core, parent);
        bool is_upper = node.start == upper.start;
        struct node buddy = is_upper ? lower_of(parent) : upper;
        if (!is_free(core, buddy)) {
            break;
        }
        mark_taken(core, buddy);
        merge->joint[merge->joints++] = address_of(core, upper.start);
        node = parent;
    }
    mark_free(core, node);
    merge->start = address_of(core, node.start);
    merge->end = merge->start + split_core_bytes(core, node.block_class);
    merge->block_class = node.block_class;
}

bool split_core_grow(struct split_core *core, uintptr_t address, unsigned from, unsigned to)
{
    if (to > core->top) {
        return false;
    }
    size_t start = granule_of(core, address);
    struct path path;
    struct node node = descend(core, start, from, &path);
    while (node.block_class < to) { /* each ancestor must begin where the block does */
        node = parent_of(&path, node);
        if (node.start != start || !is_free(core, upper_of(core, node))) {
            return false;
        }
    }
    note_reach(core, node);
    for (; node.block_class > from; node = lower_of(node)) {
        mark_taken(core, upper_of(core, node));
    }
    return true;
}

uintptr_t split_core_start(const struct split_core *core, uintptr_t address, unsigned block_class)
{
    struct path path;
    struct node node = descend(core, granule_of(core, address), block_class, &path);
    return node.block_class == block_class ? address_of(core, node.start) : SPLIT_NONE;
}

unsigned split_core_free_class(const struct split_core *core, uintptr_t address)
{
    size_t granule = granule_of(core, address);
    struct path path;
    struct node node = descend(core, granule, 0, &path);
    for (;;) {
        if (node.start == granule && is_free(core, node)) {
            return node.block_class;
        }
        if (node.start != granule || node.block_class == core->top) {
            return SPLIT_NO_CLASS;
        }
        node = parent_of(&path, node);
    }
}

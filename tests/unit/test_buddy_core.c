/* buddy_core (and the bit_tree under it) against a naive model: an array with one cell a granule
 * and a search from the bottom, obviously right and O(n). Placements must be identical, operation
 * by operation, and the free blocks at every audit. */
#include "allocators/parts/buddy_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define RANGE_LOG2   20
#define GRANULE_LOG2 6
#define TOP          (RANGE_LOG2 - GRANULE_LOG2)
#define GRANULES     ((size_t)1 << TOP)
#define BASE         (UINT64_C(0x40) << RANGE_LOG2)
#define LIVE_MAX     2048
#define OPERATIONS   300000

/* State of one granule in the model: where a free block of an order starts, or nothing does. */
#define NOT_A_START (-1)

struct block {
    uintptr_t address;
    unsigned order;
};

struct fixture {
    struct buddy_core core;
    void *tables;
    int8_t free_start[GRANULES]; /* order of the free block that starts here */
    struct block live[LIVE_MAX];
    size_t live_count;
    uint64_t random;
};

static uint64_t next_random(struct fixture *fixture)
{
    uint64_t x = fixture->random; /* xorshift64, Marsaglia 2003 */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    fixture->random = x;
    return x;
}

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    fixture->tables = test_calloc(1, buddy_core_table_bytes(RANGE_LOG2, GRANULE_LOG2));
    buddy_core_init(&fixture->core, BASE, RANGE_LOG2, GRANULE_LOG2, fixture->tables);
    memset(fixture->free_start, NOT_A_START, sizeof fixture->free_start);
    fixture->free_start[0] = TOP;
    fixture->random = UINT64_C(0x9e3779b97f4a7c15);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    test_free(fixture->tables);
    test_free(fixture);
    return 0;
}

/* First granule of the lowest free block of exactly this order, or GRANULES. */
static size_t model_lowest(const struct fixture *fixture, unsigned order)
{
    size_t i = 0;
    while (i < GRANULES && fixture->free_start[i] != (int8_t)order) {
        i += (size_t)1 << order;
    }
    return i;
}

/* The model: of the smallest sufficient order that has a free block, the lowest; halve it. */
static uintptr_t model_take(struct fixture *fixture, unsigned order)
{
    for (unsigned from = order; from <= TOP; from++) {
        size_t i = model_lowest(fixture, from);
        if (i >= GRANULES) {
            continue;
        }
        fixture->free_start[i] = NOT_A_START;
        while (from-- > order) {
            fixture->free_start[i + ((size_t)1 << from)] = (int8_t)from;
        }
        return BASE + (i << GRANULE_LOG2);
    }
    return BUDDY_NONE;
}

static unsigned model_give(struct fixture *fixture, uintptr_t address, unsigned order)
{
    size_t i = (address - BASE) >> GRANULE_LOG2;
    while (order < TOP && fixture->free_start[i ^ ((size_t)1 << order)] == (int8_t)order) {
        fixture->free_start[i ^ ((size_t)1 << order)] = NOT_A_START;
        i &= ~((size_t)1 << order);
        order++;
    }
    fixture->free_start[i] = (int8_t)order;
    return order;
}

static bool model_grow(struct fixture *fixture, uintptr_t address, unsigned from, unsigned to)
{
    size_t i = (address - BASE) >> GRANULE_LOG2;
    if (to > TOP || (i & (((size_t)1 << to) - 1)) != 0) {
        return false;
    }
    for (unsigned order = from; order < to; order++) {
        if (fixture->free_start[i + ((size_t)1 << order)] != (int8_t)order) {
            return false;
        }
    }
    for (unsigned order = from; order < to; order++) {
        fixture->free_start[i + ((size_t)1 << order)] = NOT_A_START;
    }
    return true;
}

struct audit {
    const struct fixture *fixture;
    size_t blocks;
};

static void audit_block(void *context, uintptr_t address, size_t bytes)
{
    struct audit *audit = context;
    size_t i = (address - BASE) >> GRANULE_LOG2;
    unsigned order = (uint8_t)audit->fixture->free_start[i];
    assert_in_range(order, 0, TOP);
    assert_int_equal((size_t)1 << (GRANULE_LOG2 + order), bytes);
    audit->blocks++;
}

/* The core's free blocks are exactly the model's. */
static void assert_same_free_blocks(const struct fixture *fixture)
{
    struct audit audit = {.fixture = fixture, .blocks = 0};
    buddy_core_walk_free(&fixture->core, audit_block, &audit);
    size_t expected = 0;
    for (size_t i = 0; i < GRANULES; i++) {
        expected += fixture->free_start[i] != NOT_A_START;
    }
    assert_int_equal(audit.blocks, expected);
}

/* Orders as programs have them: each order half as likely as the one below. */
static unsigned random_order(struct fixture *fixture)
{
    unsigned order = (unsigned)__builtin_ctzll(next_random(fixture) | (UINT64_C(1) << 63));
    return order > TOP + 1 ? TOP + 1 : order; /* one beyond the range, too: it must be refused */
}

static void take_one(struct fixture *fixture)
{
    unsigned order = random_order(fixture);
    uintptr_t address = buddy_core_take(&fixture->core, order);
    assert_int_equal(address, model_take(fixture, order));
    if (address != BUDDY_NONE) {
        fixture->live[fixture->live_count++] = (struct block){address, order};
    }
}

static void give_one(struct fixture *fixture)
{
    struct block *victim = &fixture->live[next_random(fixture) % fixture->live_count];
    unsigned merged = buddy_core_give(&fixture->core, victim->address, victim->order);
    assert_int_equal(merged, model_give(fixture, victim->address, victim->order));
    *victim = fixture->live[--fixture->live_count];
}

static void grow_one(struct fixture *fixture)
{
    struct block *block = &fixture->live[next_random(fixture) % fixture->live_count];
    unsigned to = block->order + 1 + (unsigned)(next_random(fixture) % 3);
    bool grown = buddy_core_grow(&fixture->core, block->address, block->order, to);
    assert_int_equal(grown, model_grow(fixture, block->address, block->order, to));
    if (grown) {
        block->order = to;
    }
}

static void give_everything(struct fixture *fixture)
{
    while (fixture->live_count > 0) {
        give_one(fixture);
    }
}

static void assert_whole(struct fixture *fixture)
{
    assert_int_equal(fixture->core.orders_free, UINT64_C(1) << TOP);
    assert_int_equal(fixture->free_start[0], TOP);
    assert_same_free_blocks(fixture);
    assert_int_equal(buddy_core_take(&fixture->core, TOP), BASE);
    assert_int_equal(buddy_core_give(&fixture->core, BASE, TOP), TOP);
}

static void random_operations_match_the_model(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < OPERATIONS; i++) {
        /* The mix drifts, so that the heap runs from nearly empty to full and back. */
        uint64_t wish_to_take = 40 + 30 * (uint64_t)((i / 20000) & 1);
        bool take = next_random(fixture) % 100 < wish_to_take;
        if (fixture->live_count == 0 || (take && fixture->live_count < LIVE_MAX)) {
            take_one(fixture);
        } else if (next_random(fixture) % 16 == 0) {
            grow_one(fixture);
        } else {
            give_one(fixture);
        }
        if (i % 1000 == 0) {
            assert_same_free_blocks(fixture);
        }
    }
    give_everything(fixture);
    assert_whole(fixture);
}

static void lowest_address_comes_first(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < GRANULES; i++) {
        assert_int_equal(buddy_core_take(&fixture->core, 0), BASE + (i << GRANULE_LOG2));
    }
    assert_int_equal(buddy_core_take(&fixture->core, 0), BUDDY_NONE);
    /* Every second granule back, from the top down: they come again from the bottom up. */
    for (size_t i = GRANULES; i > 0; i -= 2) {
        assert_int_equal(buddy_core_give(&fixture->core, BASE + ((i - 2) << GRANULE_LOG2), 0), 0);
    }
    assert_int_equal(buddy_core_take(&fixture->core, 1), BUDDY_NONE);
    for (size_t i = 0; i < GRANULES; i += 2) {
        assert_int_equal(buddy_core_take(&fixture->core, 0), BASE + (i << GRANULE_LOG2));
    }
    assert_int_equal(fixture->core.orders_free, 0);
}

static void all_given_back_merges_to_the_whole(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < GRANULES; i++) {
        buddy_core_take(&fixture->core, 0);
    }
    /* In bit-reversed order no two neighbours come back together until late. */
    for (size_t i = 0; i < GRANULES; i++) {
        size_t reversed = 0;
        for (unsigned bit = 0; bit < TOP; bit++) {
            reversed |= ((i >> bit) & 1) << (TOP - 1 - bit);
        }
        buddy_core_give(&fixture->core, BASE + (reversed << GRANULE_LOG2), 0);
    }
    assert_int_equal(fixture->core.orders_free, UINT64_C(1) << TOP);
    assert_int_equal(buddy_core_take(&fixture->core, TOP), BASE);
}

static void a_part_given_back_shrinks_a_block(void **state)
{
    struct fixture *fixture = *state;
    uintptr_t block = buddy_core_take(&fixture->core, 4);
    uintptr_t upper_half = block + ((uintptr_t)8 << GRANULE_LOG2);
    assert_int_equal(buddy_core_give(&fixture->core, upper_half, 3), 3);
    assert_true(buddy_core_grow(&fixture->core, block, 3, 4));
    assert_false(buddy_core_grow(&fixture->core, block, TOP, TOP + 1));
    assert_int_equal(buddy_core_give(&fixture->core, block, 4), TOP);
}

static void order_is_the_smallest_that_holds_the_bytes(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(buddy_core_order(&fixture->core, 1), 0);
    for (unsigned order = 0; order < 40; order++) {
        size_t bytes = (size_t)1 << (GRANULE_LOG2 + order);
        assert_int_equal(buddy_core_order(&fixture->core, bytes), order);
        assert_int_equal(buddy_core_order(&fixture->core, bytes + 1), order + 1);
    }
    assert_int_equal(buddy_core_take(&fixture->core, buddy_core_order(&fixture->core, PTRDIFF_MAX)),
                     BUDDY_NONE);
}

/* Sizes around every change of depth, and members at both ends. */
static void bit_tree_finds_members_at_the_edges(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, 262144, 300000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t bits = sizes[s];
        struct bit_tree tree;
        void *tables = test_calloc(1, bit_tree_table_bytes(bits));
        bit_tree_init(&tree, bits, tables);
        assert_int_equal(bit_tree_next(&tree, 0), BIT_TREE_NONE);
        assert_int_equal(bit_tree_first(&tree), BIT_TREE_NONE);
        assert_int_equal(bit_tree_last(&tree), BIT_TREE_NONE);
        bit_tree_set(&tree, 0);
        bit_tree_set(&tree, bits - 1);
        assert_int_equal(bit_tree_next(&tree, 0), 0);
        assert_int_equal(bit_tree_first(&tree), 0);
        assert_int_equal(bit_tree_next(&tree, bits - 1), bits - 1);
        assert_int_equal(bit_tree_last(&tree), bits - 1);
        bit_tree_clear(&tree, bits - 1);
        assert_int_equal(bit_tree_last(&tree), bits == 1 ? BIT_TREE_NONE : 0);
        assert_int_equal(bit_tree_next(&tree, bits - 1), BIT_TREE_NONE);
        bit_tree_clear(&tree, 0);
        assert_true(bit_tree_empty(&tree));
        test_free(tables); /* cmocka's guards around it catch a write beyond the tables */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_operations_match_the_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lowest_address_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_given_back_merges_to_the_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_given_back_shrinks_a_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            order_is_the_smallest_that_holds_the_bytes, set_up, tear_down),
        cmocka_unit_test(bit_tree_finds_members_at_the_edges),
    };
    return cmocka_run_group_tests_name("buddy_core", tests, NULL, NULL);
}

/* The heap core of the fit policies: balance of the tree, top, limits. That it places blocks as it should:
 * test_fit_placement.c, test_fit_traces.c; what it notices of wrong calls: test_fit_damage.c. */
#include "tests/unit/fit_lab.h"
#include "workloads/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* Nothing here is wrong. */
_Noreturn void heap_misuse(const char *call, const void *address, const char *fault)
{
    fail_msg("%s(%p): %s", call, address, fault);
    __builtin_unreachable();
}

/* ---- trees ---- */

static const struct fit_node *node_at(uint32_t block)
{
    return (const void *)(range + FIT_UNIT_BYTES * block);
}

/* Depth of the subtree; checks its weights. */
static unsigned depth_of(uint32_t block) /* NOLINT(misc-no-recursion): as deep as the tree */
{
    if (block == 0) {
        return 0;
    }
    const struct fit_node *node = node_at(block);
    unsigned left = depth_of(node->left);
    unsigned right = depth_of(node->right);
    uint32_t weight = 1 + node_at(node->left)->weight + node_at(node->right)->weight;
    assert_int_equal(node->weight, weight);
    return 1 + (left > right ? left : right);
}

static void assert_balanced(void)
{
    double nodes = (double)heap.free_blocks;
    assert_int_equal(node_at(heap.index.by_size.root)->weight, heap.free_blocks);
    assert_true(depth_of(heap.index.by_size.root) <= log2(nodes + 1.0) / log2(4.0 / 3.0) + 1.0);
    assert_null(fit_audit(&heap));
}

#define TREE_BLOCKS 20000

/* The i-th of n in one of three orders: from one end, from the other, from both by turns. */
static size_t ordered(size_t i, size_t n, int order)
{
    switch (order) {
    case 0: return i;
    case 1: return n - 1 - i;
    default: return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
    }
}

/* Blocks that are large enough for the tree (by_size.h). */
static void fill_free_and_fill(int order)
{
    static char *blocks[TREE_BLOCKS];
    open_heap(&fit_best, &plain);
    for (size_t i = 0; i < TREE_BLOCKS; i++) {
        blocks[i] = fit_allocate(&heap, 1024 + 16 * (i % 2));
    }
    for (size_t i = 0; i < TREE_BLOCKS / 2; i++) {
        fit_free(&heap, blocks[2 * ordered(i, TREE_BLOCKS / 2, order)]);
    }
    assert_int_equal(heap.free_blocks, TREE_BLOCKS / 2);
    assert_balanced();
    for (size_t i = 0; i < TREE_BLOCKS / 4; i++) {
        assert_non_null(fit_allocate(&heap, 1024));
    }
    assert_balanced();
}

/* Orders of frees that make a list of a tree without balance. */
static void trees_stay_balanced(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        fill_free_and_fill(order);
    }
}

/* ---- all policies ---- */

static void run_events(uint64_t seed)
{
    enum {
        SLOTS = 300,
        EVENTS = 60000
    };

    char *slot[SLOTS] = {NULL};
    struct random random;
    random_seed(&random, seed, 0);
    for (int i = 0; i < EVENTS; i++) {
        char **held = &slot[random_below(&random, SLOTS)];
        if (*held == NULL) {
            size_t bytes = (size_t)random_below(&random, UINT64_C(16) << random_below(&random, 10));
            *held = fit_allocate(&heap, bytes);
            assert_non_null(*held);
            memset(*held, 0xee, fit_usable_bytes(&heap, *held));
        } else {
            fit_free(&heap, *held);
            *held = NULL;
        }
        if (i % 500 == 0) {
            assert_null(fit_audit(&heap));
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slot[i] != NULL) {
            fit_free(&heap, slot[i]);
        }
    }
    assert_null(fit_audit(&heap));
    assert_int_equal(heap.used_blocks, 0);
}

static void every_policy_keeps_its_heap_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES; i++) {
        open_heap(policies[i], &(struct fit_options){.coalesce = FIT_COALESCE_NEVER});
        run_events(i);
        open_heap(policies[i], &(struct fit_options){.coalesce = FIT_COALESCE_DEFERRED});
        run_events(i);
        open_heap(policies[i], &plain);
        run_events(i);
        assert_int_equal(heap.end, FIT_UNIT_FIRST); /* all is given back to the top */
        assert_int_equal(heap.free_blocks, 0);
    }
}

/* A block of this size between two that stay: the places from which they choose. */
static char *hole(size_t bytes)
{
    char *block = fit_allocate(&heap, bytes);
    assert_non_null(fit_allocate(&heap, 24));
    return block;
}

static void policies_choose_as_they_say(void **state)
{
    (void)state;
    /* Holes of these sizes, freed in this order; each policy's hole for 100 bytes. */
    static const size_t bytes[] = {200, 1000, 120, 1000, 104, 200};
    static const int chosen[] = {0, 0, 4, 1, 5, 4};
    for (size_t i = 0; i < POLICIES; i++) {
        open_heap(policies[i], &plain);
        char *holes[6];
        for (int j = 0; j < 6; j++) {
            holes[j] = hole(bytes[j]);
        }
        for (int j = 0; j < 6; j++) {
            fit_free(&heap, holes[j]);
        }
        assert_ptr_equal(fit_allocate(&heap, 100), holes[chosen[i]]);
        if (policies[i] ==
            &fit_next) { /* goes on behind the last one, and then from the beginning */
            assert_ptr_equal(fit_allocate(&heap, 180), holes[1]);
            assert_ptr_equal(fit_allocate(&heap, 900), holes[3]);
            assert_ptr_equal(fit_allocate(&heap, 700), holes[1] + 192);
        }
    }
}

static void zeroed_blocks_are_zero(void **state)
{
    (void)state;
    open_heap(&fit_first, &plain);
    static const size_t sizes[] = {24, 5000, 3 << 20, 100000, 8 << 20};
    for (int round = 0; round < 20; round++) {
        size_t bytes = sizes[round % 5];
        char *block = fit_allocate_zeroed(&heap, bytes);
        for (size_t i = 0; i < bytes; i++) {
            assert_int_equal(block[i], 0);
        }
        memset(block, 0xff, fit_usable_bytes(&heap, block));
        if (round % 3 != 0) {
            fit_free(&heap, block);
        }
    }
}

static void the_top_is_given_back_but_for_a_part(void **state)
{
    (void)state;
    open_heap(&fit_worst, &plain);
    char *block = fit_allocate(&heap, 64 << 20);
    assert_true(((size_t)heap.dirty_end << FIT_UNIT_LOG2) > (64U << 20));
    fit_free(&heap, block);
    assert_int_equal(heap.end, FIT_UNIT_FIRST);
    assert_true(((size_t)heap.dirty_end << FIT_UNIT_LOG2) <= os_page_bytes());
    fit_free(&heap, fit_allocate(&heap, 500 << 10)); /* a part stays for its next use */
    assert_true(((size_t)heap.dirty_end << FIT_UNIT_LOG2) > (500U << 10));
}

static void heaps_share_a_budget(void **state)
{
    (void)state;
    struct fit_budget budget = {.units_left = 1000};
    const struct fit_options options = {.coalesce = FIT_COALESCE_IMMEDIATE,
                                        .initial_bytes = 600 * FIT_UNIT_BYTES,
                                        .budget = &budget};
    open_heap(&fit_first, &options);
    assert_int_equal(budget.units_left, 400);
    struct fit_heap other;
    fit_heap_init(&other,
                  &fit_best,
                  range + RANGE_BYTES / 2,
                  RANGE_BYTES / 2,
                  &(struct fit_options){.coalesce = FIT_COALESCE_IMMEDIATE, .budget = &budget});
    assert_null(fit_allocate(&other, 401 * FIT_UNIT_BYTES));
    char *block = fit_allocate(&other, 399 * FIT_UNIT_BYTES);
    assert_non_null(block);
    assert_null(fit_allocate(&heap, 650 * FIT_UNIT_BYTES));
    assert_non_null(fit_allocate(&heap, 590 * FIT_UNIT_BYTES));
    fit_free(&other, block);
    assert_int_equal(budget.units_left, 400);
    assert_non_null(fit_allocate(&heap, 300 * FIT_UNIT_BYTES));
}

/* A request that all that is free together could not serve leaves the heap as it is. */
static void hopeless_requests_merge_nothing(void **state)
{
    (void)state;
    struct fit_budget budget = {.units_left = 1000};
    open_heap(&fit_first,
              &(struct fit_options){.coalesce = FIT_COALESCE_DEFERRED, .budget = &budget});
    char *block[100];
    for (int i = 0; i < 100; i++) {
        block[i] = fit_allocate(&heap, 9 * FIT_UNIT_BYTES);
    }
    assert_null(fit_allocate(&heap, 1));
    for (int i = 0; i < 5; i++) { /* fewer than a sweep is due for */
        fit_free(&heap, block[i]);
    }
    assert_null(fit_allocate(&heap, 50 * FIT_UNIT_BYTES));
    assert_int_equal(heap.free_blocks, 5);
    assert_int_equal(heap.freed_unmerged, 5);
    assert_ptr_equal(fit_allocate(&heap, 50 * FIT_UNIT_BYTES - FIT_HEADER_BYTES), block[0]);
    assert_int_equal(heap.free_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hopeless_requests_merge_nothing),
        cmocka_unit_test(trees_stay_balanced),
        cmocka_unit_test(every_policy_keeps_its_heap_whole),
        cmocka_unit_test(policies_choose_as_they_say),
        cmocka_unit_test(zeroed_blocks_are_zero),
        cmocka_unit_test(the_top_is_given_back_but_for_a_part),
        cmocka_unit_test(heaps_share_a_budget),
    };
    return cmocka_run_group_tests_name("fit_heap", tests, NULL, NULL);
}

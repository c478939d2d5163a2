/* The plan: every cell once in each block, the floor first in its group, the order from the seed. */
#include "harness/campaign/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define CELLS_MAX 256

static struct options options;

/* Two workloads, one with and one without threads, under three allocators and the floor. */
static int make_options(void **state)
{
    (void)state;
    static const char *const name[] = {"a", "b", ALLOCATOR_FLOOR, "c"};
    static struct allocator allocator[4];
    static struct source source[2];
    static struct workload plain;
    struct error error;
    for (size_t i = 0; i < 4; i++) {
        allocator[i] = (struct allocator){.found = true};
        (void)snprintf(allocator[i].name, ALLOCATOR_NAME_BYTES, "%s", name[i]);
    }
    bool parsed = source_parse("larson", &source[0], &error);
    source[1] = source[0];
    plain = *source[0].workload;
    plain.threaded = false;
    source[1].workload = &plain;
    options = (struct options){
        .allocators = {allocator, 4},
        .sources = source,
        .source_count = 2,
        .threads = {1, 2, 4},
        .thread_count = 3,
        .pass_throughput = true,
        .pass_memory = true,
        .pass_check = true,
    };
    return parsed ? 0 : 1;
}

static struct plan planned(void)
{
    struct plan plan;
    struct error error;
    assert_true(plan_make(&plan, &options, &error));
    assert_true(plan.count <= CELLS_MAX);
    return plan;
}

/* How often a cell like that is in the plan. */
static size_t times(const struct plan *plan, const struct plan_cell *like)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_cell *cell = &plan->cells[i];
        count += strcmp(cell->pass, like->pass) == 0 && cell->source == like->source &&
                         cell->threads == like->threads && cell->allocator == like->allocator
                     ? 1
                     : 0;
    }
    return count;
}

static bool same_order(const struct plan *one, const struct plan *other)
{
    for (size_t i = 0; i < one->count; i++) {
        if (one->cells[i].group != other->cells[i].group ||
            one->cells[i].allocator != other->cells[i].allocator) {
            return false;
        }
    }
    return true;
}

static void every_cell_is_there_once_in_every_block(void **state)
{
    (void)state;
    struct plan plan = planned();
    assert_int_equal(plan.groups, 3 * 4); /* passes; three numbers of threads and one */
    assert_int_equal(plan.count, 4 * (4 + 3 + 3));
    for (uint64_t block = 0; block < 20; block++) {
        plan_shuffle(&plan, 1, block);
        for (size_t i = 0; i < plan.count; i++) {
            assert_int_equal(times(&plan, &plan.cells[i]), 1);
        }
    }
    plan_free(&plan);
}

static void a_workload_without_threads_runs_with_one(void **state)
{
    (void)state;
    struct plan plan = planned();
    for (size_t i = 0; i < plan.count; i++) {
        assert_true(plan.cells[i].source == 0 || plan.cells[i].threads == 1);
    }
    plan_free(&plan);
}

/* The cells of the group that begins at `first`, which are no others. */
static void assert_group(const struct plan *plan, size_t first)
{
    size_t size = strcmp(plan->cells[first].pass, "throughput") == 0 ? 4 : 3;
    for (size_t i = 0; i < plan->count; i++) {
        bool inside = i >= first && i < first + size;
        assert_int_equal(plan->cells[i].group == plan->cells[first].group, inside);
    }
}

static void groups_stay_together_with_the_floor_first(void **state)
{
    (void)state;
    struct plan plan = planned();
    for (uint64_t block = 0; block < 20; block++) {
        plan_shuffle(&plan, 7, block);
        for (size_t i = 0, begin = 0; i < plan.count; i++) {
            const struct plan_cell *cell = &plan.cells[i];
            bool first = i == 0 || plan.cells[i - 1].group != cell->group;
            bool throughput = strcmp(cell->pass, "throughput") == 0;
            assert_int_equal(cell->floor, throughput && first);
            assert_int_equal(cell->floor, cell->allocator == 2);
            begin = first ? i : begin;
            assert_group(&plan, begin);
        }
    }
    plan_free(&plan);
}

static void passes_run_one_after_the_other(void **state)
{
    (void)state;
    struct plan plan = planned();
    plan_shuffle(&plan, 3, 3);
    size_t changes = 0;
    for (size_t i = 1; i < plan.count; i++) {
        changes += strcmp(plan.cells[i].pass, plan.cells[i - 1].pass) != 0 ? 1 : 0;
    }
    assert_int_equal(changes, 2);
    assert_string_equal(plan.cells[0].pass, "check");
    plan_free(&plan);
}

static void the_order_comes_from_seed_and_block_alone(void **state)
{
    (void)state;
    struct plan one = planned();
    struct plan other = planned();
    plan_shuffle(&other, 9, 9); /* what ran before does not matter */
    plan_shuffle(&one, 5, 2);
    plan_shuffle(&other, 5, 2);
    assert_true(same_order(&one, &other));
    plan_shuffle(&other, 5, 3);
    assert_false(same_order(&one, &other));
    plan_shuffle(&other, 6, 2);
    assert_false(same_order(&one, &other));
    plan_free(&one);
    plan_free(&other);
}

/* The place of an allocator in each group behind the floor, as a number for each block. */
static size_t place_of(const struct plan *plan, uint32_t group, uint32_t allocator)
{
    size_t first = 0;
    while (plan->cells[first].group != group) {
        first++;
    }
    first += plan->cells[first].floor ? 1 : 0;
    size_t place = first;
    while (plan->cells[place].allocator != allocator) {
        place++;
    }
    return place - first;
}

/* Which of the six orders of the allocators 0, 1, 3 a group is in. */
static size_t order_of(const struct plan *plan, uint32_t group)
{
    return place_of(plan, group, 0) * 2 + (place_of(plan, group, 1) > place_of(plan, group, 3));
}

/* The orders of each group in one block, as bits added to those seen. */
static void see_orders(struct plan *plan, uint64_t block, unsigned seen[])
{
    plan_shuffle(plan, 11, block);
    for (uint32_t group = 0; group < plan->groups; group++) {
        seen[group] |= 1U << order_of(plan, group);
    }
}

static void assert_all_orders(const struct plan *plan, const unsigned seen[])
{
    for (uint32_t group = 0; group < plan->groups; group++) {
        assert_int_equal(seen[group], 0x3f);
    }
}

/* Three allocators have two squares of three rows, which are their six orders: over six counted blocks
 * each is run in, in every group. */
static void a_square_runs_all_orders_of_three(void **state)
{
    (void)state;
    options.warm_up = true;
    struct plan plan = planned();
    for (uint64_t square = 0; square < 8; square++) {
        unsigned seen[16] = {0};
        for (uint64_t row = 0; row < 6; row++) {
            see_orders(&plan, 1 + 6 * square + row, seen);
        }
        assert_all_orders(&plan, seen);
    }
    plan_free(&plan);
}

/* The rows of a square do not come in the same succession everywhere: first comes now one, now another. */
static void rows_come_in_an_order_of_their_own(void **state)
{
    (void)state;
    struct plan plan = planned();
    unsigned steps = 0;
    for (uint64_t square = 0; square < 40; square++) {
        unsigned first[16] = {0};
        unsigned second[16] = {0};
        see_orders(&plan, 6 * square, first);
        see_orders(&plan, 6 * square + 1, second);
        /* Cyclic rows would go on with the first allocator's next place every time. */
        size_t from = (size_t)__builtin_ctz(first[0]) / 2;
        size_t to = (size_t)__builtin_ctz(second[0]) / 2;
        steps |= 1U << (to + 3 - from) % 3;
    }
    assert_int_equal(steps, 7);
    plan_free(&plan);
}

/* Squares of groups and of turns are not the same one: all six orders come, and about as often. */
static void every_square_is_a_fresh_one(void **state)
{
    (void)state;
    struct plan plan = planned();
    size_t seen[9] = {0};
    for (uint64_t block = 0; block < 1800; block += 6) {
        plan_shuffle(&plan, 1, block);
        for (uint32_t group = 0; group < 4; group++) {
            seen[place_of(&plan, group, 0) * 3 + place_of(&plan, group, 1)]++;
        }
    }
    for (size_t i = 0; i < 9; i++) {
        bool possible = i / 3 != i % 3; /* two allocators are in two places */
        assert_true(possible ? seen[i] > 135 && seen[i] < 265 : seen[i] == 0); /* 200 +- 5 sigma */
    }
    plan_free(&plan);
}

/* In 3000 blocks each of three allocators is first (behind the floor) in a third. */
static void no_allocator_has_a_favourite_place(void **state)
{
    (void)state;
    struct plan plan = planned();
    size_t first[4] = {0};
    size_t first_group[2] = {0};
    for (uint64_t block = 0; block < 3000; block++) {
        plan_shuffle(&plan, 1, block);
        for (uint32_t allocator = 0; allocator < 4; allocator++) {
            first[allocator] += allocator != 2 && place_of(&plan, 5, allocator) == 0 ? 1 : 0;
        }
        size_t at = 0;
        while (strcmp(plan.cells[at].pass, "throughput") != 0) {
            at++;
        }
        first_group[plan.cells[at].source]++;
    }
    for (size_t i = 0; i < 4; i++) {
        assert_true(i == 2 ? first[i] == 0 : first[i] > 870 && first[i] < 1130); /* 5 sigma */
    }
    assert_true(first_group[1] > 630 && first_group[1] < 870); /* a quarter of the groups */
    plan_free(&plan);
}

/* The baseline's second cell stands where figures differ from run to run, and is no contestant. */
static void the_baseline_runs_again(void **state)
{
    (void)state;
    struct allocator with_again[5];
    memcpy(with_again, options.allocators.items, 4 * sizeof with_again[0]);
    with_again[4] = with_again[0];
    (void)snprintf(with_again[4].name, ALLOCATOR_NAME_BYTES, "%s", ALLOCATOR_AGAIN);
    options.allocators = (struct allocator_list){with_again, 5};
    (void)snprintf(options.baseline, ALLOCATOR_NAME_BYTES, "a");
    struct plan plan = planned();
    assert_int_equal(plan.count, 4 * (3 + 5 + 4));
    for (size_t i = 0; i < plan.count; i++) {
        const struct plan_cell *cell = &plan.cells[i];
        assert_false(cell->allocator == 4 && strcmp(cell->pass, "check") == 0);
        assert_int_equal(cell->contestant, cell->allocator == 1 || cell->allocator == 3);
    }
    assert_int_equal(plan_comparisons(&plan), 4 * 2);
    plan_shuffle(&plan, 1, 1);
    plan_free(&plan);
}

static void only_the_passes_asked_for_are_planned(void **state)
{
    (void)state;
    options.pass_memory = false;
    options.pass_check = false;
    options.thread_count = 1;
    struct plan plan = planned();
    assert_int_equal(plan.count, 2 * 4);
    plan_shuffle(&plan, 1, 0);
    plan_free(&plan);
}

/* Times and counts of instructions have a floor; latencies, like memory, are of allocators alone. */
static void instructions_have_a_floor_and_latencies_none(void **state)
{
    (void)state;
    options.pass_throughput = false;
    options.pass_memory = false;
    options.pass_check = false;
    options.pass_instructions = true;
    options.pass_latency = true;
    options.thread_count = 1;
    struct plan plan = planned();
    assert_int_equal(plan.count, 2 * (3 + 4));
    for (uint64_t block = 0; block < 10; block++) {
        plan_shuffle(&plan, 1, block);
        for (size_t i = 0; i < plan.count; i++) {
            bool counted = strcmp(plan.cells[i].pass, "instructions") == 0;
            bool first = i == 0 || plan.cells[i - 1].group != plan.cells[i].group;
            assert_int_equal(plan.cells[i].floor, counted && first);
        }
    }
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_cell_is_there_once_in_every_block, make_options),
        cmocka_unit_test_setup(a_workload_without_threads_runs_with_one, make_options),
        cmocka_unit_test_setup(groups_stay_together_with_the_floor_first, make_options),
        cmocka_unit_test_setup(passes_run_one_after_the_other, make_options),
        cmocka_unit_test_setup(the_order_comes_from_seed_and_block_alone, make_options),
        cmocka_unit_test_setup(a_square_runs_all_orders_of_three, make_options),
        cmocka_unit_test_setup(rows_come_in_an_order_of_their_own, make_options),
        cmocka_unit_test_setup(every_square_is_a_fresh_one, make_options),
        cmocka_unit_test_setup(no_allocator_has_a_favourite_place, make_options),
        cmocka_unit_test_setup(the_baseline_runs_again, make_options),
        cmocka_unit_test_setup(only_the_passes_asked_for_are_planned, make_options),
        cmocka_unit_test_setup(instructions_have_a_floor_and_latencies_none, make_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

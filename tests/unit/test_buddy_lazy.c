/* The lazy buddy (lazy_core) against its rules: bounds on what is delayed, and who coalesces. */
#include "allocators/buddy/lazy_core.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define GRANULE_LOG2  4
#define GRANULE_BYTES ((size_t)1 << GRANULE_LOG2)
#define RANGE_LOG2    18
#define GRANULES      ((size_t)1 << (RANGE_LOG2 - GRANULE_LOG2))
#define TOP           (RANGE_LOG2 - GRANULE_LOG2)
#define BASE          (UINT64_C(0x40) << RANGE_LOG2)
#define ORDERS_LAZY   8
#define LIVE_MAX      2000

struct block {
    uintptr_t address;
    unsigned order;
};

struct fixture {
    struct lazy_core lazy;
    void *tables;
    uint8_t is_taken[GRANULES];
    struct block live[LIVE_MAX];
    size_t live_count;
    struct random random;
};

static struct fixture *fixture_of(size_t watermark)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    fixture->lazy.orders_lazy = ORDERS_LAZY;
    fixture->lazy.watermark = watermark;
    fixture->tables = test_calloc(1, lazy_core_table_bytes(RANGE_LOG2, GRANULE_LOG2, ORDERS_LAZY));
    lazy_core_init(&fixture->lazy, BASE, RANGE_LOG2, GRANULE_LOG2, fixture->tables);
    random_seed(&fixture->random, 12, 0);
    return fixture;
}

static void forget(struct fixture *fixture)
{
    test_free(fixture->tables);
    test_free(fixture);
}

static void mark(struct fixture *fixture, struct block block, uint8_t taken)
{
    size_t first = (block.address - BASE) / GRANULE_BYTES;
    for (size_t i = first; i < first + ((size_t)1 << block.order); i++) {
        assert_int_not_equal(fixture->is_taken[i], taken);
        fixture->is_taken[i] = taken;
    }
}

/* Takes a block of a random order, or gives a random one back; no two may overlap. */
static void lazy_step(struct fixture *fixture, bool take)
{
    if (take && fixture->live_count < LIVE_MAX) {
        unsigned below = (unsigned)random_between(&fixture->random, 1, ORDERS_LAZY + 2);
        unsigned order = (unsigned)random_below(&fixture->random, below);
        struct block block = {lazy_core_take(&fixture->lazy, order), order};
        if (block.address != BUDDY_NONE) {
            mark(fixture, block, 1);
            fixture->live[fixture->live_count++] = block;
        }
    } else if (fixture->live_count > 0) {
        struct block *victim = &fixture->live[random_below(&fixture->random, fixture->live_count)];
        struct lazy_merge merges[LAZY_MERGES_MAX];
        mark(fixture, *victim, 0);
        lazy_core_give(&fixture->lazy, victim->address, victim->order, merges);
        *victim = fixture->live[--fixture->live_count];
    }
}

static void add_free_bytes(void *context, uintptr_t address, size_t bytes)
{
    (void)address;
    *(size_t *)context += bytes;
}

/* What is taken, delayed and free makes up the range; delayed blocks are within their bound. */
static void assert_lazy_holds(const struct fixture *fixture)
{
    size_t bytes = 0;
    buddy_core_walk_free(&fixture->lazy.core, add_free_bytes, &bytes);
    for (unsigned order = 0; order < fixture->lazy.core.orders; order++) {
        const struct lazy_order *here = &fixture->lazy.order[order];
        bytes += (here->taken + here->delayed) * (GRANULE_BYTES << order);
        size_t most = fixture->lazy.watermark == LAZY_SLACK ? here->taken : fixture->lazy.watermark;
        assert_true(here->delayed <= (order < ORDERS_LAZY ? most : 0));
    }
    assert_int_equal(bytes, (size_t)1 << RANGE_LOG2);
}

static void fifty_steps(struct fixture *fixture, uint64_t takes_percent)
{
    for (int i = 0; i < 50; i++) {
        lazy_step(fixture, random_below(&fixture->random, 100) < takes_percent);
    }
}

static void delayed_blocks_stay_within_their_bound(void **state)
{
    (void)state;
    static const size_t watermarks[] = {LAZY_SLACK, 0, 1, 10};
    for (size_t w = 0; w < 4; w++) {
        struct fixture *fixture = fixture_of(watermarks[w]);
        for (int i = 0; i < 1200; i++) {
            fifty_steps(fixture, i / 60 % 2 == 0 ? 65 : 35);
            assert_lazy_holds(fixture);
        }
        while (fixture->live_count > 0) {
            lazy_step(fixture, false);
        }
        assert_lazy_holds(fixture);
        struct lazy_merge merge;
        bool was_any = false;
        while (lazy_core_coalesce(&fixture->lazy, &merge)) {
            was_any = true;
        }
        /* By the rule of the slack nothing is delayed when nothing is taken. */
        assert_int_equal(was_any, watermarks[w] != LAZY_SLACK && watermarks[w] > 0);
        assert_int_equal(fixture->lazy.core.orders_free, UINT64_C(1) << TOP);
        forget(fixture);
    }
}

static void watermark_zero_places_as_the_plain_buddy(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of(0);
    struct buddy_core plain;
    void *tables = test_calloc(1, buddy_core_table_bytes(RANGE_LOG2, GRANULE_LOG2));
    buddy_core_init(&plain, BASE, RANGE_LOG2, GRANULE_LOG2, tables);
    for (int i = 0; i < 40000; i++) {
        if (random_below(&fixture->random, 2) == 0 && fixture->live_count < LIVE_MAX) {
            unsigned order = (unsigned)random_below(&fixture->random, 6);
            uintptr_t address = lazy_core_take(&fixture->lazy, order);
            assert_int_equal(address, buddy_core_take(&plain, order));
            fixture->live[fixture->live_count++] = (struct block){address, order};
        } else if (fixture->live_count > 0) {
            size_t i_live = (size_t)random_below(&fixture->random, fixture->live_count);
            struct block victim = fixture->live[i_live];
            struct lazy_merge merges[LAZY_MERGES_MAX];
            unsigned count = lazy_core_give(&fixture->lazy, victim.address, victim.order, merges);
            assert_int_equal(count, 1);
            assert_int_equal(merges[0].merged,
                             buddy_core_give(&plain, victim.address, victim.order));
            fixture->live[i_live] = fixture->live[--fixture->live_count];
        }
    }
    test_free(tables);
    forget(fixture);
}

/* Barkley and Lee's three regimes, give by give, with three blocks of one order. */
static void the_slack_decides_who_coalesces(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of(LAZY_SLACK);
    struct lazy_core *lazy = &fixture->lazy;
    struct lazy_merge merges[LAZY_MERGES_MAX];
    uintptr_t blocks[3];
    for (int i = 0; i < 3; i++) {
        blocks[i] = lazy_core_take(lazy, 0);
    }
    assert_int_equal(lazy_core_give(lazy, blocks[2], 0, merges), 0); /* slack 3: delayed */
    assert_int_equal(lazy_core_take(lazy, 0), blocks[2]); /* and taken again without a split */
    assert_int_equal(lazy_core_give(lazy, blocks[2], 0, merges), 0);
    assert_int_equal(lazy_core_give(lazy, blocks[1], 0, merges), 1); /* slack 1: it coalesces */
    assert_int_equal(merges[0].address, blocks[1]);
    assert_int_equal(lazy_core_give(lazy, blocks[0], 0, merges), 2); /* slack 0: and one more */
    assert_int_equal(merges[0].address, blocks[0]);
    assert_int_equal(merges[1].address, blocks[2]);
    assert_int_equal(merges[1].merged, TOP);
    forget(fixture);
}

static void a_lazy_block_grows_over_a_delayed_buddy(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of(5);
    struct lazy_merge merges[LAZY_MERGES_MAX];
    uintptr_t lower = lazy_core_take(&fixture->lazy, 3);
    uintptr_t upper = lazy_core_take(&fixture->lazy, 3);
    assert_false(lazy_core_grow(&fixture->lazy, lower, 3, 4));
    assert_int_equal(lazy_core_give(&fixture->lazy, upper, 3, merges), 0);
    assert_true(lazy_core_grow(&fixture->lazy, lower, 3, 4));
    assert_lazy_holds(fixture);
    lazy_core_halve(&fixture->lazy, 4);
    assert_int_equal(lazy_core_give(&fixture->lazy, upper, 3, merges), 0);
    assert_lazy_holds(fixture);
    forget(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delayed_blocks_stay_within_their_bound),
        cmocka_unit_test(watermark_zero_places_as_the_plain_buddy),
        cmocka_unit_test(the_slack_decides_who_coalesces),
        cmocka_unit_test(a_lazy_block_grows_over_a_delayed_buddy),
    };
    return cmocka_run_group_tests_name("buddy_lazy", tests, NULL, NULL);
}

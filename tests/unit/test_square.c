/* The square of orders: rows are permutations, places and neighbours are balanced. */
#include "harness/campaign/square.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define MOST 40

/* How often each entry takes each place, and follows each other one, over the rows of a square. */
struct tally {
    unsigned at[MOST][MOST];
    unsigned behind[MOST][MOST];
};

static void add_row(struct tally *tally, const uint32_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(order[i] < count);
        tally->at[order[i]][i]++;
        if (i > 0) {
            tally->behind[order[i]][order[i - 1]]++;
        }
    }
}

static struct tally tally_of(size_t count)
{
    struct tally tally = {0};
    for (size_t row = 0; row < square_rows(count); row++) {
        uint32_t order[MOST];
        memset(order, 0xff, sizeof order);
        square_row(order, count, row);
        add_row(&tally, order, count);
    }
    return tally;
}

static void an_odd_square_is_two(void **state)
{
    (void)state;
    assert_int_equal(square_rows(1), 2);
    assert_int_equal(square_rows(8), 8);
    assert_int_equal(square_rows(9), 18);
}

static void assert_whole(size_t count, size_t row)
{
    uint64_t seen = 0;
    uint32_t order[MOST];
    square_row(order, count, row);
    for (size_t i = 0; i < count; i++) {
        seen |= UINT64_C(1) << order[i];
    }
    assert_true(seen == (UINT64_C(1) << count) - 1);
}

static void a_row_holds_each_entry_once(void **state)
{
    (void)state;
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t row = 0; row < square_rows(count); row++) {
            assert_whole(count, row);
        }
    }
}

static void assert_balanced(size_t count)
{
    struct tally tally = tally_of(count);
    unsigned times = (unsigned)(square_rows(count) / count);
    for (size_t i = 0; i < count * count; i++) {
        assert_int_equal(tally.at[i / count][i % count], times);
        assert_int_equal(tally.behind[i / count][i % count], i / count == i % count ? 0 : times);
    }
}

static void places_and_neighbours_are_balanced(void **state)
{
    (void)state;
    for (size_t count = 1; count <= MOST; count++) {
        assert_balanced(count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_odd_square_is_two),
        cmocka_unit_test(a_row_holds_each_entry_once),
        cmocka_unit_test(places_and_neighbours_are_balanced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When a run ends. */
#include "harness/campaign/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define S UINT64_C(1000000000)

static void blocks_end_it(void **state)
{
    (void)state;
    struct pace pace = {.blocks_most = 3};
    pace_note(&pace, 100 * S);
    assert_int_equal(pace_stop(&pace, 0, 0, false), STOP_NOT);
    assert_int_equal(pace_stop(&pace, 2, 1000 * S, false), STOP_NOT);
    assert_int_equal(pace_stop(&pace, 3, 1000 * S, false), STOP_BLOCKS);
    assert_int_equal(pace_expect(&pace, 1, 1000 * S), 3);
}

static void a_budget_ends_it_before_the_block_that_would_exceed_it(void **state)
{
    (void)state;
    struct pace pace = {.blocks_most = 60, .budget_ns = 100 * S};
    assert_int_equal(pace_stop(&pace, 0, 200 * S, false), STOP_NOT); /* the first is measured */
    pace_note(&pace, 10 * S);
    pace_note(&pace, 20 * S);
    pace_note(&pace, 15 * S); /* the slowest so far decides */
    assert_int_equal(pace_stop(&pace, 3, 80 * S, false), STOP_NOT);
    assert_int_equal(pace_stop(&pace, 3, 80 * S + 1, false), STOP_BUDGET);
    assert_int_equal(pace_expect(&pace, 3, 50 * S), 5);
    assert_int_equal(pace_expect(&pace, 3, 500 * S), 3);
    assert_true(pace_has_time(&pace, 90 * S, 10 * S));
    assert_false(pace_has_time(&pace, 90 * S, 11 * S));
}

static void blocks_that_were_read_take_no_time(void **state)
{
    (void)state;
    struct pace pace = {.blocks_most = 60, .budget_ns = 100 * S};
    pace_note(&pace, 0);
    assert_int_equal(pace_stop(&pace, 5, 500 * S, false), STOP_NOT);
    assert_int_equal(pace_expect(&pace, 5, 500 * S), 60);
}

static void narrow_intervals_end_it_first(void **state)
{
    (void)state;
    struct pace pace = {.blocks_most = 8, .budget_ns = 100 * S};
    pace_note(&pace, 20 * S);
    assert_int_equal(pace_stop(&pace, 8, 200 * S, true), STOP_PRECISION);
    assert_int_equal(pace_stop(&pace, 0, 0, true), STOP_NOT);
}

static void reasons_have_words(void **state)
{
    (void)state;
    assert_string_equal(pace_word(STOP_NOT), "");
    assert_string_equal(pace_word(STOP_BLOCKS), "blocks");
    assert_string_equal(pace_word(STOP_PRECISION), "precision");
    assert_string_equal(pace_word(STOP_BUDGET), "budget");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_end_it),
        cmocka_unit_test(a_budget_ends_it_before_the_block_that_would_exceed_it),
        cmocka_unit_test(blocks_that_were_read_take_no_time),
        cmocka_unit_test(narrow_intervals_end_it_first),
        cmocka_unit_test(reasons_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

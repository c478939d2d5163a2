/* Cells: how they are named, and which of them are acknowledged until when. */
#include "harness/nightly/acknowledge.h"
#include "harness/nightly/cells.h"
#include "tests/unit/nightly_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)synthetic_folder(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    synthetic_remove(folder);
    return 0;
}

static void the_last_word_on_a_cell_holds_until_its_day(void **state)
{
    (void)state;
    struct error error;
    struct acknowledgements list;
    static const struct acknowledgement items[] = {
        {"bin/a/1/ns_per_op", false, "2026-11-30", "first", "w"},
        {"bin/b/1/ns_per_op", false, "2026-11-30", "b", "w"},
        {"bin/a/1/ns_per_op", false, "2026-12-31", "second", "w"},
        {"bin/b/1/ns_per_op", true, "", "", "w"},
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_true(acknowledge_append(folder, &items[i], &error));
    }
    assert_true(acknowledgements_read(folder, &list, NULL, &error));
    assert_int_equal(list.count, 2);
    assert_string_equal(acknowledgements_find(&list, items[0].cell, "2026-12-31")->note, "second");
    assert_null(acknowledgements_find(&list, items[0].cell, "2027-01-01"));
    assert_null(acknowledgements_find(&list, items[1].cell, "2026-11-01"));
    acknowledgements_free(&list);
}

static void days_are_those_of_the_calendar(void **state)
{
    (void)state;
    static const char *const good[] = {"2026-01-01", "2028-02-29", "2026-12-31"};
    static const char *const bad[] = {"",
                                      "2026-2-1",
                                      "2027-02-29",
                                      "2026-13-01",
                                      "2026-00-10",
                                      "01-01-2026",
                                      "2026-01-01 ",
                                      "soon"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(acknowledge_is_day(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(acknowledge_is_day(bad[i]));
    }
}

static void cells_are_named_by_parts_prefixes_and_globs(void **state)
{
    (void)state;
    static const char name[] = "bin/sized:sizes=4/2/ns_per_op";
    static const char *const match[] = {"", "bin", "bin/", "bin/sized*", "//2", "bin//2/ns*", name};
    static const char *const only_prefix[] = {"b", "bin/sized", "bin/sized/2/ns", "///ns"};
    static const char *const never[] = {
        "glibc", "bin/larson", "///rss", "bin/sized:sizes=4/2/ns_per_op/x"};
    for (size_t i = 0; i < sizeof match / sizeof match[0]; i++) {
        assert_true(cell_matches(match[i], name, false));
    }
    for (size_t i = 0; i < sizeof only_prefix / sizeof only_prefix[0]; i++) {
        assert_false(cell_matches(only_prefix[i], name, false));
        assert_true(cell_matches(only_prefix[i], name, true));
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_false(cell_matches(never[i], name, true));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_on_a_cell_holds_until_its_day),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(cells_are_named_by_parts_prefixes_and_globs),
    };
    return cmocka_run_group_tests_name("nightly cells", tests, make_folder, remove_folder);
}

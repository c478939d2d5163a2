/* The tree of maxima of the fit policies (maxima.h) beside an array that is searched through: lowest,
 * highest and next place of a number that is large enough, over a few places and over very many. */
#include "allocators/fit/maxima.h"
#include "allocators/parts/os_memory.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define PLACES 96 /* that are used */
#define EVENTS 30000

struct both {
    struct maxima maxima;
    uint32_t place[PLACES]; /* ascending */
    uint32_t number[PLACES];
};

static void assert_same(const struct both *both, uint32_t from, uint32_t least)
{
    uint32_t first = MAXIMA_NONE;
    uint32_t first_from = MAXIMA_NONE;
    uint32_t last = MAXIMA_NONE;
    uint32_t largest = 0;
    for (int i = PLACES; i-- > 0;) {
        largest = both->number[i] > largest ? both->number[i] : largest;
        if (both->number[i] >= least) {
            first = both->place[i];
            first_from = both->place[i] >= from ? both->place[i] : first_from;
            last = last == MAXIMA_NONE ? both->place[i] : last;
        }
    }
    assert_int_equal(maxima_largest(&both->maxima), largest);
    assert_int_equal(maxima_first(&both->maxima, least), first);
    assert_int_equal(maxima_first_from(&both->maxima, from, least), first_from);
    assert_int_equal(maxima_last(&both->maxima, least), last);
}

/* Places `stride` apart in tables for `count`. */
static void run(uint64_t count, uint32_t stride)
{
    static struct both both;
    both = (struct both){.number = {0}};
    size_t page_bytes = os_page_bytes();
    size_t bytes = maxima_lay_out(&both.maxima, count, NULL);
    bytes = (bytes + page_bytes - 1) / page_bytes * page_bytes;
    char *tables = os_reserve(bytes, page_bytes);
    assert_non_null(tables);
    assert_true(maxima_lay_out(&both.maxima, count, tables) <= bytes);
    struct random random;
    random_seed(&random, 13, stride);
    for (uint32_t i = 0; i < PLACES; i++) {
        both.place[i] = i * stride;
    }
    for (int event = 0; event < EVENTS; event++) {
        /* Low places at first: the tree gets its upper levels while it is in use. */
        uint64_t places = 1 + (uint64_t)PLACES * (uint64_t)event / EVENTS;
        size_t i = (size_t)random_below(&random, places);
        uint64_t most = random_below(&random, 4) == 0 ? INT32_MAX : 40;
        both.number[i] = random_below(&random, 2) == 0 ? 0 : (uint32_t)random_below(&random, most);
        maxima_set(&both.maxima, both.place[i], both.number[i]);
        uint32_t from = (uint32_t)random_below(&random, (uint64_t)PLACES * stride);
        assert_same(&both, from, 1 + (uint32_t)random_below(&random, 50));
    }
    os_release(tables, bytes);
}

static void searches_find_what_a_walk_finds(void **state)
{
    (void)state;
    run(PLACES, 1);
    run((uint64_t)PLACES * 37, 37);
    run(UINT64_C(1) << 31, (UINT32_C(1) << 31) / PLACES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_find_what_a_walk_finds),
    };
    return cmocka_run_group_tests_name("fit_maxima", tests, NULL, NULL);
}

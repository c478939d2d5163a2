/* The workload `sized`: its distributions are those that it names. */
#include "tests/unit/history.h"
#include "workloads/synthetic/distributions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void assert_close(double value, double expected, double tolerance)
{
    if (fabs(value - expected) > tolerance) {
        print_error("%g is not %g within %g\n", value, expected, tolerance);
    }
    assert_true(fabs(value - expected) <= tolerance);
}

static double mean_live(const struct history *history, uint64_t from, uint64_t to)
{
    double sum = 0.0;
    for (size_t i = 0; i < history->objects; i++) {
        uint64_t death = history->object[i].death < to ? history->object[i].death : to;
        uint64_t birth = i > from ? i : from;
        sum += death > birth ? (double)(death - birth) : 0.0;
    }
    return sum / (double)(to - from);
}

static void sized_is_in_its_steady_state(void **state)
{
    (void)state;
    for (uint64_t sizes = 0; sizes < 5; sizes++) {
        uint64_t lifetimes = sizes % 3;
        struct history history = RUN("sized",
                                     1,
                                     {"sizes", sizes},
                                     {"lifetimes", lifetimes},
                                     {"size_bytes_mean", 400},
                                     {"live_blocks", 1000},
                                     {"blocks", 200000});
        double sum = 0.0;
        for (size_t i = 0; i < history.objects; i++) {
            sum += (double)history.object[i].size;
        }
        assert_close(sum / (double)history.objects, 400.0, 12.0);
        assert_close(mean_live(&history, 20000, 180000), 1000.0, 50.0);
        history_forget(&history);
    }
}

static void sized_sizes_have_their_distributions(void **state)
{
    (void)state;

    /* Of sizes with mean 256: how many of 1000 lie in an interval that tells them apart. */
    static const struct {
        uint64_t least;
        uint64_t most;
        double expected;
    } telling[5] = {{1, 127, 0.2485},  /* uniform on 1 to 511 */
                    {1, 256, 0.632},   /* exponential: 1 - 1/e */
                    {192, 320, 0.683}, /* normal: one standard deviation */
                    {32, 96, 0.9},     /* bimodal: the small mode */
                    {128, 256, 0.75}}; /* Pareto: 1 - (128 / 257)^2 */

    for (uint64_t sizes = 0; sizes < 5; sizes++) {
        struct history history = RUN("sized", 2, {"sizes", sizes}, {"blocks", 100000});
        double part =
            (double)objects_sized(&history, telling[sizes].least, telling[sizes].most) / 1e5;
        assert_close(part, telling[sizes].expected, 0.01);
        assert_int_equal(objects_sized(&history, 1, UINT64_C(64) * 256), 100000);
        history_forget(&history);
    }
}

static void sized_lifetimes_have_their_distributions(void **state)
{
    (void)state;
    static const double expected[3] = {0.632, 0.0, 0.9}; /* live for less than the mean */
    for (uint64_t lifetimes = 0; lifetimes < 3; lifetimes++) {
        struct history history =
            RUN("sized", 1, {"lifetimes", lifetimes}, {"live_blocks", 1000}, {"blocks", 100000});
        double brief = 0.0;
        for (size_t i = 0; i < 80000; i++) {
            brief += history.object[i].death - i < 1000 ? 1.0 : 0.0;
            assert_true(history.object[i].death - i <= 16000);
            assert_true(lifetimes != 1 || history.object[i].death - i == 1000);
        }
        assert_close(brief / 80000.0, expected[lifetimes], 0.01);
        history_forget(&history);
    }
}

static void exponential_deviates_have_their_moments(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1, 0);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < 400000; i++) {
        double value = (double)random_exponential(&random, 1000000, UINT64_MAX) / 1e6;
        sum += value;
        squares += value * value;
    }
    assert_close(sum / 4e5, 1.0, 0.01);
    assert_close(squares / 4e5, 2.0, 0.04);
    for (int i = 0; i < 1000; i++) {
        assert_true(random_exponential(&random, 100, 50) <= 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sized_is_in_its_steady_state),
        cmocka_unit_test(sized_sizes_have_their_distributions),
        cmocka_unit_test(sized_lifetimes_have_their_distributions),
        cmocka_unit_test(exponential_deviates_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

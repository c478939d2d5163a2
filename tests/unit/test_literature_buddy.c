/* What the literature says of buddy systems, held against ours (allocators/buddy/README.md has the
 * table of both).
 *
 * Over-allocation is the block's size over the request's. For uniform requests of 1 to N it is the
 * quotient of the means; it depends on where N lies between block sizes, and the papers give its
 * extremes (Russell 1977; Peterson and Norman 1977). For log-uniform requests it is the mean of the
 * quotient: (1/ln 2) = 1.443 for powers of two, (phi - 1) / ln phi = 1.284 for Fibonacci numbers and
 * (1/2 + 1/3) / ln 2 = 1.202 for 2^k and 3 * 2^k.
 *
 * These sums are exact but for the granule: sizes are whole numbers of up to 2^20 granules, so that
 * a sum differs from the papers' integral by about 1 in 2^16 of it. The papers round to two or three
 * digits. Tolerances are therefore half a unit of the last digit given, 0.005 and 0.0005. */
#include "allocators/buddy/split_core.h"
#include "allocators/parts/buddy_core.h"
#include "workloads/random.h"
#include "workloads/synthetic/distributions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define GRANULE_LOG2 4
#define BASE         (UINT64_C(1) << 40)

enum kind {
    BINARY,
    FIBONACCI,
    WEIGHTED,
    KINDS
};

/* One buddy of any kind; sizes in granules. */
struct buddy {
    enum kind kind;
    struct buddy_core binary;
    struct split_core split;
    void *tables;
    size_t granules;
};

static struct buddy *buddy_new(enum kind kind, unsigned range_log2)
{
    struct buddy *buddy = test_calloc(1, sizeof *buddy);
    unsigned log2 = range_log2 + GRANULE_LOG2;
    buddy->kind = kind;
    if (kind == BINARY) {
        buddy->tables = test_calloc(1, buddy_core_table_bytes(log2, GRANULE_LOG2));
        buddy_core_init(&buddy->binary, BASE, log2, GRANULE_LOG2, buddy->tables);
        buddy->granules = (size_t)1 << range_log2;
        return buddy;
    }
    split_core_classes(&buddy->split,
                       kind == FIBONACCI ? split_upper_fibonacci : split_upper_weighted);
    size_t bytes = (size_t)1 << log2;
    buddy->tables = test_calloc(1, split_core_table_bytes(&buddy->split, bytes, GRANULE_LOG2));
    split_core_init(&buddy->split, BASE, bytes, GRANULE_LOG2, buddy->tables);
    buddy->granules = buddy->split.granules[buddy->split.top];
    return buddy;
}

static void buddy_free(struct buddy *buddy)
{
    test_free(buddy->tables);
    test_free(buddy);
}

static unsigned class_of(const struct buddy *buddy, size_t size)
{
    size_t bytes = size << GRANULE_LOG2;
    return buddy->kind == BINARY ? buddy_core_order(&buddy->binary, bytes)
                                 : split_core_class(&buddy->split, GRANULE_LOG2, bytes);
}

static size_t size_of(const struct buddy *buddy, unsigned block_class)
{
    return buddy->kind == BINARY ? (size_t)1 << block_class : buddy->split.granules[block_class];
}

static uintptr_t take(struct buddy *buddy, unsigned block_class)
{
    return buddy->kind == BINARY ? buddy_core_take(&buddy->binary, block_class)
                                 : split_core_take(&buddy->split, block_class);
}

static void give(struct buddy *buddy, uintptr_t address, unsigned block_class)
{
    struct split_merge merge;
    if (buddy->kind == BINARY) {
        buddy_core_give(&buddy->binary, address, block_class);
    } else {
        split_core_give(&buddy->split, address, block_class, &merge);
    }
}

static void assert_close(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        print_error("%.5f is not within %.5f of %.5f\n", value, tolerance, expected);
    }
    assert_true(fabs(value - expected) <= tolerance);
}

/* ---- over-allocation ---- */

#define SIZE_LEAST ((size_t)1 << 16)
#define SIZE_MOST  ((size_t)1 << 20)

/* The published ranges but for one end: Fibonacci's is given as 1.25 to 1.31, and ours begins at
 * 1.236. That is 2 / phi, exactly what N a Fibonacci number yields when the sum is a geometric
 * series: of the requests between s / phi and s each takes s, so the quotient of the means is
 * 2 (1 - 1/phi) / (1 - 1/phi^2). The same sum gives the 4/3 of the binary buddy. */
static void over_allocation_of_uniform_sizes(void **state)
{
    (void)state;
    static const double expected[KINDS][2] = {{1.33, 1.50}, {1.236, 1.31}, {1.17, 1.23}};
    for (enum kind kind = BINARY; kind < KINDS; kind++) {
        struct buddy *buddy = buddy_new(kind, 10);
        double allocated = 0.0;
        double requested = 0.0;
        double least = 2.0;
        double most = 1.0;
        for (size_t size = 1; size <= SIZE_MOST; size++) {
            allocated += (double)size_of(buddy, class_of(buddy, size));
            requested += (double)size;
            /* Judged for every N of several doublings; before, it is too coarse. */
            least = size < SIZE_LEAST ? least : fmin(least, allocated / requested);
            most = size < SIZE_LEAST ? most : fmax(most, allocated / requested);
        }
        print_message("           uniform: %.4f to %.4f\n", least, most);
        assert_close(least, expected[kind][0], 0.005);
        assert_close(most, expected[kind][1], 0.005);
        buddy_free(buddy);
    }
}

static void over_allocation_of_log_uniform_sizes(void **state)
{
    (void)state;
    static const double published[KINDS] = {1.443, 1.284, 1.202};
    for (enum kind kind = BINARY; kind < KINDS; kind++) {
        struct buddy *buddy = buddy_new(kind, 10);
        /* A whole number of steps of the sizes, or the mean would depend on the ends. */
        size_t from = size_of(buddy, class_of(buddy, SIZE_LEAST));
        size_t to = size_of(buddy, class_of(buddy, SIZE_MOST));
        double weighted = 0.0;
        double weights = 0.0;
        for (size_t size = from + 1; size <= to; size++) {
            double quotient = (double)size_of(buddy, class_of(buddy, size)) / (double)size;
            weighted += quotient / (double)size;
            weights += 1.0 / (double)size;
        }
        print_message("           log-uniform: %.4f\n", weighted / weights);
        assert_close(weighted / weights, published[kind], 0.0005);
        buddy_free(buddy);
    }
}

/* ---- Shen and Peterson's order reversal ---- */

#define MEMORY_LOG2 14
#define REQUESTS    60000
#define WARM_UP     10000
#define LIVE_MAX    (1 << MEMORY_LOG2)

enum sizes {
    UNIFORM,
    EXPONENTIAL
};

struct live {
    uintptr_t address;
    unsigned block_class;
    size_t size;
};

static size_t next_size(struct random *random, enum sizes sizes, size_t largest)
{
    return sizes == UNIFORM ? (size_t)random_between(random, 1, largest)
                            : 1 + (size_t)random_exponential(
                                      random, largest / 2, ((size_t)1 << MEMORY_LOG2) / 4);
}

/* A memory with a queue before it that never empties, as in their simulation: the first request
 * waits until enough blocks have died (each as likely, so that lifetimes are exponential). Total
 * fragmentation is the part of the memory that nobody asked for while a request waits. */
static double total_fragmentation(enum kind kind, enum sizes sizes, size_t largest)
{
    static struct live live[LIVE_MAX];
    struct buddy *buddy = buddy_new(kind, MEMORY_LOG2);
    struct random random;
    random_seed(&random, 21, sizes);
    size_t count = 0;
    size_t requested = 0;
    double sum = 0.0;
    double waits = 0.0;
    for (int i = 0; i < REQUESTS; i++) {
        size_t size = next_size(&random, sizes, largest);
        unsigned block_class = class_of(buddy, size);
        uintptr_t address = take(buddy, block_class);
        while (address == BUDDY_NONE) {
            sum += i < WARM_UP ? 0.0 : 1.0 - (double)requested / (double)buddy->granules;
            waits += i < WARM_UP ? 0.0 : 1.0;
            struct live *victim = &live[random_below(&random, count)];
            give(buddy, victim->address, victim->block_class);
            requested -= victim->size;
            *victim = live[--count];
            address = take(buddy, block_class);
        }
        live[count++] = (struct live){address, block_class, size};
        requested += size;
    }
    buddy_free(buddy);
    return sum / waits;
}

/* "For a uniform request distribution, the buddy system has less total fragmentation than the
 * weighted buddy algorithm; [it] is smaller for the weighted method when the requests are for
 * exponentially distributed block sizes" (their abstract). With four seeds a figure moves by 0.012 at
 * most; the difference of two systems on the same requests, which is what is judged, was never
 * below 0.007 where they claim one. It counts from 0.005 on. */
static void shen_and_petersons_order_reverses(void **state)
{
    (void)state;
    static const size_t largest[] = {1024, 256, 64};
    for (size_t i = 0; i < 3; i++) {
        double uniform[KINDS];
        double exponential[KINDS];
        for (enum kind kind = BINARY; kind < KINDS; kind++) {
            uniform[kind] = total_fragmentation(kind, UNIFORM, largest[i]);
            exponential[kind] = total_fragmentation(kind, EXPONENTIAL, largest[i]);
            print_message("           up to %zu: uniform %.3f, exponential %.3f\n",
                          largest[i],
                          uniform[kind],
                          exponential[kind]);
        }
        assert_true(uniform[BINARY] + 0.005 < uniform[WEIGHTED]);
        assert_true(exponential[WEIGHTED] + 0.005 < exponential[BINARY]);
        /* Fibonacci's, which they did not run, shares the weighted buddy's advantage. */
        assert_true(exponential[FIBONACCI] + 0.005 < exponential[BINARY]);
    }
}

/* The claim about uniform requests holds for N a power of two, the best case of the binary buddy
 * (over-allocation 1.33). At its worst case, N = 4/3 of a power of two (1.50), the weighted buddy
 * does better there as well. */
static void the_reversal_hangs_on_a_power_of_two(void **state)
{
    (void)state;
    static const size_t largest[] = {1365, 341, 85};
    for (size_t i = 0; i < 3; i++) {
        double binary = total_fragmentation(BINARY, UNIFORM, largest[i]);
        double weighted = total_fragmentation(WEIGHTED, UNIFORM, largest[i]);
        print_message("           up to %zu: %.3f, %.3f\n", largest[i], binary, weighted);
        assert_true(weighted + 0.005 < binary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_allocation_of_uniform_sizes),
        cmocka_unit_test(over_allocation_of_log_uniform_sizes),
        cmocka_unit_test(shen_and_petersons_order_reverses),
        cmocka_unit_test(the_reversal_hangs_on_a_power_of_two),
    };
    return cmocka_run_group_tests_name("literature_buddy", tests, NULL, NULL);
}

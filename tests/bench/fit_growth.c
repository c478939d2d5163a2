/* How the cost of an event grows with the number of live blocks under the fit policies: the mean
 * depth of a free block in its tree (what a search, an insertion and a removal walk), time and, where
 * the kernel counts them, instructions; each with the fitted line a + b * log2(n).
 *
 *     fit_growth [MOST]    live blocks from 1,000 to MOST (default 10,000,000), tenfold each time
 *
 * Not a test: times depend on the machine. From some 10,000 blocks on they are those of cache misses,
 * for good-fit, which takes the same steps whatever the heap, as for the others: the share of the
 * algorithm is in the depth and in the ratio to good-fit. */
#include "allocators/fit/tree.h"
#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"
#include "workloads/synthetic/distributions.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RANGE_BYTES ((size_t)1 << 34)
#define BYTES_MEAN  120
#define MEASURED    1000000 /* replacements: a free and a malloc each */
#define POINTS_MAX  8

_Noreturn void heap_misuse(const char *call, const void *address, const char *fault)
{
    (void)fprintf(stderr, "fit_growth: %s(%p): %s\n", call, address, fault);
    exit(1);
}

enum figure {
    DEPTH,
    NS,
    INSTRUCTIONS,
    FIGURES
};

static const char *const figure_names[FIGURES] = {"depth", "ns", "instructions"};

struct cost {
    double blocks_log2;
    double figure[FIGURES]; /* below 0: not known */
};

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* A counter of this thread's own instructions, or -1. */
static int open_counter(void)
{
    struct perf_event_attr what = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof what,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
}

static double read_counter(int counter)
{
    uint64_t count = 0;
    bool known = counter >= 0 && read(counter, &count, sizeof count) == (ssize_t)sizeof count;
    return known ? (double)count : -1.0;
}

/* Sum of the depths of all nodes in the subtree, the root's being `depth`. */
static double
depths(const char *range, uint32_t block, double depth) /* NOLINT(misc-no-recursion) */
{
    if (block == 0) {
        return 0.0;
    }
    const struct fit_node *node = (const void *)(range + block * FIT_UNIT_BYTES);
    return depth + depths(range, node->left, depth + 1.0) + depths(range, node->right, depth + 1.0);
}

static void *take(struct fit_heap *heap, struct random *random)
{
    size_t bytes = (size_t)random_exponential(random, BYTES_MEAN, (uint64_t)BYTES_MEAN * 32);
    void *block = fit_allocate(heap, bytes);
    if (block == NULL) {
        (void)fprintf(stderr, "fit_growth: the heap of 16 GiB is full\n");
        exit(1);
    }
    return block;
}

static void replace(struct fit_heap *heap, struct random *random, void **block, uint64_t count)
{
    void **victim = &block[random_below(random, count)];
    fit_free(heap, *victim);
    *victim = take(heap, random);
}

/* Half as many again as will live are made and the surplus is freed at random, so that the heap has
 * its free blocks at once; some replacements more, and then the measured ones. */
static struct cost
measure(const struct fit_policy *policy, uint64_t count, char *range, void **block)
{
    struct fit_heap heap;
    fit_heap_init(&heap,
                  policy,
                  range,
                  RANGE_BYTES,
                  &(struct fit_options){.coalesce = FIT_COALESCE_IMMEDIATE});
    struct random random;
    random_seed(&random, 1, 0);
    uint64_t made = count + count / 2;
    for (uint64_t i = 0; i < made; i++) {
        block[i] = take(&heap, &random);
    }
    for (; made > count; made--) {
        void **victim = &block[random_below(&random, made)];
        fit_free(&heap, *victim);
        *victim = block[made - 1];
    }
    for (uint64_t i = 0; i < count / 4 + 10000; i++) {
        replace(&heap, &random, block, count);
    }
    int counter = open_counter();
    double start_ns = now_ns();
    for (int i = 0; i < MEASURED; i++) {
        replace(&heap, &random, block, count);
    }
    double ns = (now_ns() - start_ns) / (2.0 * MEASURED);
    double instructions = read_counter(counter) / (2.0 * MEASURED);
    if (counter >= 0) {
        close(counter);
    }
    double depth = -1.0;
    if (policy != &fit_good) {
        depth = depths(range, heap.index.root, 1.0) / (double)heap.free_blocks;
    }
    os_purge(range, RANGE_BYTES);
    printf("%-9s %8lu blocks %8lu free", policy->name, count, heap.free_blocks);
    printf(depth >= 0.0 ? "  depth %5.1f" : "             ", depth);
    printf("  ns %7.1f", ns);
    printf(instructions >= 0.0 ? "  instructions %7.1f\n" : "\n", instructions);
    return (struct cost){log2((double)count), {depth, ns, instructions}};
}

/* Least squares; tells the line, and how far the worst point is from it. */
static void fit_line(const struct cost *cost, int points, enum figure figure)
{
    double x_sum = 0.0;
    double y_sum = 0.0;
    double xx_sum = 0.0;
    double xy_sum = 0.0;
    for (int i = 0; i < points; i++) {
        double x = cost[i].blocks_log2;
        double y = cost[i].figure[figure];
        x_sum += x;
        y_sum += y;
        xx_sum += x * x;
        xy_sum += x * y;
    }
    double slope = (points * xy_sum - x_sum * y_sum) / (points * xx_sum - x_sum * x_sum);
    double start = (y_sum - slope * x_sum) / points;
    double worst = 0.0;
    for (int i = 0; i < points; i++) {
        double y = cost[i].figure[figure];
        worst = fmax(worst, fabs(y / (start + slope * cost[i].blocks_log2) - 1.0));
    }
    printf("          %s = %.1f + %.2f * log2(n); farthest point %.0f %% off\n",
           figure_names[figure],
           start,
           slope,
           worst * 100.0);
}

static void
measure_policy(const struct fit_policy *policy, uint64_t most, char *range, void **block)
{
    struct cost cost[POINTS_MAX] = {{0.0, {0.0}}};
    int points = 0;
    for (uint64_t count = 1000; count <= most && points < POINTS_MAX; count *= 10) {
        cost[points++] = measure(policy, count, range, block);
        (void)fflush(stdout);
    }
    for (int figure = 0; figure < FIGURES; figure++) {
        if (cost[0].figure[figure] >= 0.0) {
            fit_line(cost, points, (enum figure)figure);
        }
    }
}

int main(int arguments, char **argument)
{
    static const struct fit_policy *const policies[] = {
        &fit_first, &fit_next, &fit_best, &fit_worst, &fit_good};
    uint64_t most = arguments > 1 ? strtoull(argument[1], NULL, 10) : 10000000;
    if (most < 10000) {
        (void)fprintf(stderr, "fit_growth: MOST \"%s\": at least 10000\n", argument[1]);
        return 2;
    }
    char *range = os_reserve(RANGE_BYTES, os_page_bytes());
    void **block = calloc(most + most / 2, sizeof *block);
    if (range == NULL || block == NULL) {
        free(block);
        (void)fprintf(stderr, "fit_growth: no 16 GiB of addresses, or no memory\n");
        return 1;
    }
    os_wish_huge_pages(range, RANGE_BYTES, false);
    for (int i = 0; i < 5; i++) {
        measure_policy(policies[i], most, range, block);
    }
    free(block);
    return 0;
}

/* How the cost of an event (a malloc or a free) grows with the number of live blocks under the fit
 * policies, from 1,000 to ten million, with the fitted line a + b * log2(n) of three figures:
 *
 *     nodes   of the index that searches and changes look at, counted: what the algorithm does,
 *             the same on every machine. A level is a node of 16 numbers, or one of a binary tree;
 *             a block looked at inside a region is one, too
 *     ns      time, which is those nodes and the blocks' tags, by what the memory takes to bring them:
 *             within the caches little, beyond them more with each cache and with the page tables
 *     search  ns beyond those of good-fit, which takes the same steps whatever the heap, so that its
 *             time grows by the memory alone
 *
 *     fit_growth [MOST [FILE.csv]]    the most live blocks (default 10,000,000); figures as CSV
 *
 * Not a test: times depend on the machine. */
#include "allocators/fit/count.h"
#include "allocators/fit/fit.h"
#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"
#include "workloads/synthetic/distributions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RANGE_BYTES ((size_t)1 << 34)
#define BYTES_MEAN  120
#define MEASURED    400000 /* replacements: a free and a malloc each */
#define TIMES       5      /* that so many are measured; the shortest time counts */
#define LEAST       1000
#define MOST_LEAST  10000
#define POINTS_MAX  16
#define POLICIES    6

uint64_t fit_nodes_counted;

_Noreturn void heap_misuse(const char *call, const void *address, const char *fault)
{
    (void)fprintf(stderr, "fit_growth: %s(%p): %s\n", call, address, fault);
    exit(1);
}

enum figure {
    NODES,
    NS,
    SEARCH,
    FIGURES
};

static const char *const figure_names[FIGURES] = {"nodes", "ns", "search"};

struct point {
    double blocks;
    double free_blocks;
    double figure[FIGURES];
};

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
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

static double
time_of_events(struct fit_heap *heap, struct random *random, void **block, uint64_t count)
{
    double least_ns = INFINITY;
    for (int time = 0; time < TIMES; time++) {
        double start_ns = now_ns();
        for (int i = 0; i < MEASURED; i++) {
            replace(heap, random, block, count);
        }
        least_ns = fmin(least_ns, now_ns() - start_ns);
    }
    return least_ns / (2.0 * MEASURED);
}

/* Half as many again as will live are made and the surplus is freed at random, so that the heap has
 * its free blocks at once; some replacements more, so that all is in a steady state. */
static void settle(struct fit_heap *heap, struct random *random, void **block, uint64_t count)
{
    uint64_t made = count + count / 2;
    for (uint64_t i = 0; i < made; i++) {
        block[i] = take(heap, random);
    }
    for (; made > count; made--) {
        void **victim = &block[random_below(random, made)];
        fit_free(heap, *victim);
        *victim = block[made - 1];
    }
    for (uint64_t i = 0; i < count / 4 + 10000; i++) {
        replace(heap, random, block, count);
    }
}

static struct point
measure(const struct fit_policy *policy, uint64_t count, char *range, void **block)
{
    struct fit_heap heap;
    const struct fit_options options = {.coalesce = FIT_COALESCE_IMMEDIATE};
    fit_heap_init(&heap, policy, range, RANGE_BYTES, &options);
    struct random random;
    random_seed(&random, 1, 0);
    settle(&heap, &random, block, count);
    fit_nodes_counted = 0;
    double ns = time_of_events(&heap, &random, block, count);
    double nodes = (double)fit_nodes_counted / (2.0 * MEASURED * TIMES);
    os_purge(range, RANGE_BYTES);
    printf("%-14s %8lu blocks %8lu free  nodes %5.1f  ns %7.1f\n",
           policy->name,
           count,
           heap.free_blocks,
           nodes,
           ns);
    return (struct point){(double)count, (double)heap.free_blocks, {nodes, ns, 0.0}};
}

/* Least squares of a figure over log2 of the live blocks; tells the line, the part of the variance
 * that it explains (R^2) and each point's distance from it. */
static void fit_line(const struct point *point, int points, enum figure figure)
{
    double x_mean = 0.0;
    double y_mean = 0.0;
    for (int i = 0; i < points; i++) {
        x_mean += log2(point[i].blocks) / points;
        y_mean += point[i].figure[figure] / points;
    }
    double xx = 0.0;
    double xy = 0.0;
    double yy = 0.0;
    for (int i = 0; i < points; i++) {
        double x = log2(point[i].blocks) - x_mean;
        double y = point[i].figure[figure] - y_mean;
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    double slope = xy / xx;
    printf("    %6s = %.1f %+.2f * log2(n), R^2 %.3f; points off by",
           figure_names[figure],
           y_mean - slope * x_mean,
           slope,
           xy * xy / (xx * yy));
    for (int i = 0; i < points; i++) {
        double line = y_mean + slope * (log2(point[i].blocks) - x_mean);
        printf(" %+.1f", point[i].figure[figure] - line);
    }
    printf("\n");
}

static void write_rows(FILE *file, const char *policy, const struct point *point, int points)
{
    for (int i = 0; file != NULL && i < points; i++) {
        (void)fprintf(file,
                      "%s,%.0f,%.0f,%.3f,%.2f\n",
                      policy,
                      point[i].blocks,
                      point[i].free_blocks,
                      point[i].figure[NODES],
                      point[i].figure[NS]);
    }
}

/* Of a point: half a decade more than the one before. */
static uint64_t blocks_of(int point)
{
    return (uint64_t)llround(LEAST * pow(10.0, point / 2.0));
}

/* good-fit first: the others' times are held against its. */
static void measure_all(uint64_t most, char *range, void **block, FILE *file)
{
    static const struct fit_policy *const policies[POLICIES] = {
        &fit_good, &fit_first, &fit_next, &fit_best, &fit_worst, &fit_first_lifo};
    struct point good[POINTS_MAX];
    for (int i = 0; i < POLICIES; i++) {
        struct point point[POINTS_MAX];
        int points = 0;
        while (points < POINTS_MAX && blocks_of(points) <= most) {
            point[points] = measure(policies[i], blocks_of(points), range, block);
            good[points] = i == 0 ? point[points] : good[points];
            point[points].figure[SEARCH] = point[points].figure[NS] - good[points].figure[NS];
            points++;
            (void)fflush(stdout);
        }
        for (int figure = i == 0 ? NS : NODES; figure < (i == 0 ? SEARCH : FIGURES); figure++) {
            fit_line(point, points, (enum figure)figure);
        }
        write_rows(file, policies[i]->name, point, points);
    }
}

static FILE *open_csv(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        (void)fprintf(stderr, "fit_growth: \"%s\" cannot be written\n", path);
        exit(1);
    }
    (void)fprintf(file, "policy,live_blocks,free_blocks,nodes_per_event,ns_per_event\n");
    return file;
}

int main(int arguments, char **argument)
{
    uint64_t most = arguments > 1 ? strtoull(argument[1], NULL, 10) : 10000000;
    if (most < MOST_LEAST) {
        (void)fprintf(stderr, "fit_growth: MOST \"%s\": at least %d\n", argument[1], MOST_LEAST);
        return 2;
    }
    FILE *file = arguments > 2 ? open_csv(argument[2]) : NULL;
    char *range = os_reserve(RANGE_BYTES, os_page_bytes());
    void **block = calloc(most + most / 2 + 1, sizeof *block);
    if (range == NULL || block == NULL) {
        free(block);
        (void)fprintf(stderr, "fit_growth: no 16 GiB of addresses, or no memory\n");
        return 1;
    }
    os_wish_huge_pages(range, RANGE_BYTES, false);
    measure_all(most, range, block, file);
    free(block);
    return file != NULL && fclose(file) != 0 ? 1 : 0;
}

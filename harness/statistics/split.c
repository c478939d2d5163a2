#include "harness/statistics/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Count and sum of the values seen that are among the lowest: a Fenwick tree over the values' ranks
 * (Fenwick 1994), so that the distances from a value to all before it take log n steps. */
struct node {
    double count;
    double sum;
};

struct ranked {
    double value;
    size_t index;
};

struct item {
    double value;
    double distances; /* to all others, whatever the order */
    size_t rank;      /* from 1; equal values have different ones */
};

struct split_work {
    struct ranked *ranked;
    struct item *items;
    struct node *tree;
};

struct split_work *split_work_new(size_t room)
{
    struct split_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return NULL;
    }
    work->ranked = calloc(room + 1, sizeof *work->ranked);
    work->items = calloc(room + 1, sizeof *work->items);
    work->tree = calloc(room + 1, sizeof *work->tree);
    if (work->ranked == NULL || work->items == NULL || work->tree == NULL) {
        split_work_free(work);
        return NULL;
    }
    return work;
}

void split_work_free(struct split_work *work)
{
    if (work != NULL) {
        free(work->ranked);
        free(work->items);
        free(work->tree);
        free(work);
    }
}

static int compare_ranked(const void *one, const void *other)
{
    const struct ranked *a = one;
    const struct ranked *b = other;
    if (a->value != b->value) {
        return a->value > b->value ? 1 : -1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

/* Fills work->items in the order of the values; gives the sum of the distances of all pairs. */
static double prepare(struct split_work *work, const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        work->ranked[i] = (struct ranked){values[i], i};
        sum += values[i];
    }
    qsort(work->ranked, count, sizeof *work->ranked, compare_ranked);
    double below = 0;
    double pairs = 0;
    for (size_t i = 0; i < count; i++) {
        double value = work->ranked[i].value;
        double lower = (double)i;
        double upper = (double)(count - i);
        double distances = value * lower - below + (sum - below) - value * upper;
        work->items[work->ranked[i].index] = (struct item){value, distances, i + 1};
        below += value;
        pairs += distances / 2;
    }
    return pairs;
}

/* Adds a value to those seen, `seen` of them with this sum; gives its distances to them. */
static double see(struct node *tree, size_t count, const struct item *item, const struct node *seen)
{
    struct node lower = {0, 0};
    for (size_t i = item->rank; i > 0; i &= i - 1) {
        lower.count += tree[i].count;
        lower.sum += tree[i].sum;
    }
    for (size_t i = item->rank; i <= count; i += i & -i) {
        tree[i].count += 1;
        tree[i].sum += item->value;
    }
    return item->value * (2 * lower.count - seen->count) + seen->sum - 2 * lower.sum;
}

/* The best split of the items in their order, each at least `least` from the ends. */
static double best_of(struct split_work *work, const struct split *split, double pairs, size_t *at)
{
    double best = -INFINITY;
    double n = (double)split->count;
    double before = 0; /* distances of the pairs before the split */
    double after = pairs;
    struct node seen = {0, 0};
    memset(work->tree, 0, (split->count + 1) * sizeof *work->tree);
    for (size_t i = 0; i + split->least < split->count; i++) {
        const struct item *item = &work->items[i];
        double back = see(work->tree, split->count, item, &seen);
        before += back;
        after -= item->distances - back;
        seen.count += 1;
        seen.sum += item->value;
        if (i + 1 < split->least) {
            continue;
        }
        double left = seen.count;
        double right = n - left;
        double statistic =
            2 / n *
            (pairs - before - after - before * right / (left - 1) - after * left / (right - 1));
        if (statistic > best) {
            best = statistic;
            *at = i + 1;
        }
    }
    return best;
}

struct split split_best(struct split_work *work, const double *values, size_t count, size_t least)
{
    struct split split = {.values = values, .count = count, .least = least};
    double pairs = prepare(work, values, count);
    split.statistic = best_of(work, &split, pairs, &split.at);
    return split;
}

static void shuffle(struct item *items, size_t count, struct random *random)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = (size_t)random_below(random, i + 1);
        struct item item = items[i];
        items[i] = items[other];
        items[other] = item;
    }
}

void split_draw(struct split_work *work, struct split *split, size_t upto)
{
    if (split->drawn >= upto || split->as_good >= SPLIT_ENOUGH) {
        return;
    }
    double pairs = prepare(work, split->values, split->count);
    /* The same halves in another order are as good, whatever the rounding. */
    double as_good = split->statistic - 1e-9 * pairs / (double)split->count;
    while (split->drawn < upto && split->as_good < SPLIT_ENOUGH) {
        size_t at = 0;
        shuffle(work->items, split->count, &split->random);
        split->drawn++;
        split->as_good += best_of(work, split, pairs, &at) >= as_good;
    }
}

double split_p(const struct split *split)
{
    if (split->as_good >= SPLIT_ENOUGH) {
        return (double)split->as_good / (double)split->drawn;
    }
    return (double)(split->as_good + 1) / (double)(split->drawn + 1);
}

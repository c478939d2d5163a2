/* The store of slabs (slab_core.h). */
#include "allocators/pool/slab_core.h"

#include <assert.h>

unsigned pool_step_class(size_t count)
{
    if (count <= 4) {
        return (unsigned)count - 1;
    }
    unsigned log2 = 63 - (unsigned)__builtin_clzll(count - 1); /* at least 2 */
    return (log2 - 2) * 4 + (unsigned)((count - 1) >> (log2 - 2));
}

size_t pool_step_count(unsigned step_class)
{
    return step_class < 4 ? step_class + 1 : (size_t)(step_class % 4 + 5) << (step_class / 4 - 1);
}

size_t pool_store_table_bytes(size_t slabs)
{
    return slabs * sizeof(struct pool_slab);
}

void pool_store_init(struct pool_store *store, char *start, size_t slabs, void *table)
{
    *store = (struct pool_store){.slabs_most = slabs, .slab = table};
    store->start = start;
    for (unsigned run_class = 0; run_class < POOL_RUN_CLASSES; run_class++) {
        store->spare[run_class] = POOL_NONE;
    }
}

/* The largest class that so many slabs hold: every run in its list suffices for it. */
static unsigned class_within(size_t slabs)
{
    assert(slabs > 0);
    unsigned run_class = pool_step_class(slabs);
    return pool_step_count(run_class) > slabs ? run_class - 1 : run_class;
}

static void mark_run(struct pool_store *store, size_t first, size_t slabs, struct pool *pool)
{
    store->slab[first].pool = pool;
    store->slab[first].slabs = slabs;
    store->slab[first + slabs - 1].first = first;
}

static void add_spare(struct pool_store *store, size_t first, size_t slabs)
{
    size_t *head = &store->spare[class_within(slabs)];
    mark_run(store, first, slabs, NULL);
    store->slab[first].next = *head;
    store->slab[first].previous = POOL_NONE;
    if (*head != POOL_NONE) {
        store->slab[*head].previous = first;
    }
    *head = first;
}

/* Takes a spare run out of its list; its slabs are no run then. Returns how many. */
static size_t remove_spare(struct pool_store *store, size_t first)
{
    struct pool_slab *run = &store->slab[first];
    size_t slabs = run->slabs;
    if (run->previous == POOL_NONE) {
        store->spare[class_within(slabs)] = run->next;
    } else {
        store->slab[run->previous].next = run->next;
    }
    if (run->next != POOL_NONE) {
        store->slab[run->next].previous = run->previous;
    }
    run->slabs = 0;
    return slabs;
}

/* How many slabs lie between the slab and the next one so aligned. */
static size_t gap_before(const struct pool_store *store, size_t slab, size_t alignment)
{
    return (-(uintptr_t)pool_store_address(store, slab) & (alignment - 1)) >> POOL_SLAB_LOG2;
}

/* The first spare run of the list that so many aligned slabs fit, `gap` behind its start. */
static size_t find_in_list(
    const struct pool_store *store, size_t run, size_t slabs, size_t alignment, size_t *gap)
{
    for (; run != POOL_NONE; run = store->slab[run].next) {
        *gap = gap_before(store, run, alignment);
        if (*gap <= store->slab[run].slabs - slabs) {
            break;
        }
    }
    return run;
}

static size_t
find_spare(const struct pool_store *store, unsigned run_class, size_t alignment, size_t *gap)
{
    size_t slabs = pool_step_count(run_class);
    size_t run = POOL_NONE;
    for (; run == POOL_NONE && run_class < POOL_RUN_CLASSES; run_class++) {
        run = find_in_list(store, store->spare[run_class], slabs, alignment, gap);
    }
    return run;
}

size_t
pool_store_take(struct pool_store *store, struct pool *pool, unsigned run_class, size_t alignment)
{
    if (run_class >= POOL_RUN_CLASSES) {
        return POOL_NONE; /* longer than any store */
    }
    size_t slabs = pool_step_count(run_class);
    size_t gap = 0;
    size_t whole = 0;
    size_t run = find_spare(store, run_class, alignment, &gap);
    if (run != POOL_NONE) {
        whole = remove_spare(store, run);
    } else {
        run = store->slabs_used;
        gap = gap_before(store, run, alignment);
        size_t left = store->slabs_most - run;
        if (slabs > left || gap > left - slabs) {
            return POOL_NONE;
        }
        whole = gap + slabs;
        store->slabs_used += whole;
    }
    if (gap > 0) {
        add_spare(store, run, gap);
    }
    mark_run(store, run + gap, slabs, pool);
    if (whole > gap + slabs) {
        add_spare(store, run + gap + slabs, whole - gap - slabs);
    }
    return run + gap;
}

void pool_store_give(struct pool_store *store, size_t slab)
{
    size_t first = slab;
    size_t slabs = store->slab[slab].slabs;
    size_t behind = slab + slabs;
    store->slab[slab].pool = NULL;
    store->slab[slab].slabs = 0;
    if (behind < store->slabs_used && store->slab[behind].pool == NULL) {
        slabs += remove_spare(store, behind);
    }
    if (slab > 0 && store->slab[store->slab[slab - 1].first].pool == NULL) {
        first = store->slab[slab - 1].first;
        slabs += remove_spare(store, first);
    }
    if (first + slabs == store->slabs_used) {
        store->slabs_used = first;
    } else {
        add_spare(store, first, slabs);
    }
}

size_t pool_store_run(const struct pool_store *store, size_t slab)
{
    while (store->slab[slab].slabs == 0) {
        slab--;
    }
    return slab;
}

/* slab_core: what pools leave serves others; and what pools do of damaged free objects. */
#include "tests/unit/pool_fixture.h"
#include "workloads/random.h"

#include <string.h>

static size_t fill(struct pool *pool)
{
    size_t count = 0;
    size_t dirty_bytes;
    while (pool_take(pool, &dirty_bytes) != NULL) {
        count++;
    }
    return count;
}

/* Whatever a pool that ended had, one of another size has as much of it. */
static void what_a_pool_leaves_serves_all_sizes(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {16, 500000, 70000, 1000000, 30000, 16 * POOL_SLAB_BYTES, 65536};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct pool pool;
        struct pool other;
        pool_init(&other, &fixture->store[0], 100, POOL_SLAB_BYTES);
        pool_init(&pool, &fixture->store[0], sizes[i], POOL_SLAB_BYTES);
        size_t dirty_bytes;
        size_t run_bytes = POOL_SLAB_BYTES * pool_step_count(pool.run_class);
        size_t runs = (SLABS - 1) * POOL_SLAB_BYTES / run_bytes;
        assert_non_null(pool_take(&other, &dirty_bytes)); /* one slab stays with another pool */
        assert_int_equal(fill(&pool), runs * (run_bytes / pool.object_bytes));
        pool_dissolve(&pool);
        pool_dissolve(&other);
        assert_int_equal(fixture->store[0].slabs_used, 0);
    }
}

/* The runs of a store against an array of who has which slab: none overlap, all are aligned, and a
 * run is refused only where no free slabs in a row would do. */
struct model {
    struct pool_store *store;
    bool is_taken[SLABS];
    size_t run[SLABS]; /* the first slabs of those that are taken */
    size_t runs;
    size_t refusals;
};

static bool has_room(const struct model *model, size_t slabs, size_t alignment)
{
    size_t free_slabs = 0;
    for (size_t slab = SLABS; slab-- > 0;) {
        free_slabs = model->is_taken[slab] ? 0 : free_slabs + 1;
        uintptr_t address = (uintptr_t)pool_store_address(model->store, slab);
        if (free_slabs >= slabs && address % alignment == 0) {
            return true;
        }
    }
    return false;
}

static void mark(struct model *model, size_t first, size_t slabs, bool is_taken)
{
    for (size_t slab = first; slab < first + slabs; slab++) {
        assert_in_range(slab, 0, SLABS - 1);
        assert_int_equal(model->is_taken[slab], !is_taken);
        model->is_taken[slab] = is_taken;
    }
}

static void take(struct model *model, struct pool *owner, struct random *random)
{
    unsigned run_class = (unsigned)random_below(random, 10);
    size_t slabs = pool_step_count(run_class);
    size_t alignment = POOL_SLAB_BYTES << (random_below(random, 4) == 0 ? 3 : 0);
    bool is_expected = has_room(model, slabs, alignment);
    size_t first = pool_store_take(model->store, owner, run_class, alignment);
    assert_int_equal(first != POOL_NONE, is_expected);
    if (first == POOL_NONE) {
        model->refusals++;
        return;
    }
    assert_int_equal((uintptr_t)pool_store_address(model->store, first) % alignment, 0);
    assert_int_equal(pool_store_run(model->store, first + slabs - 1), first);
    mark(model, first, slabs, true);
    model->run[model->runs++] = first;
}

static void give(struct model *model, size_t place)
{
    size_t first = model->run[place];
    mark(model, first, model->store->slab[first].slabs, false);
    pool_store_give(model->store, first);
    model->run[place] = model->run[--model->runs];
}

static void runs_split_and_join_as_in_a_naive_store(void **state)
{
    struct fixture *fixture = *state;
    struct model model = {.store = &fixture->store[0]};
    struct pool owner = {.store = model.store};
    struct random random;
    random_seed(&random, 37, 0);
    for (int i = 0; i < 100000; i++) {
        if (model.runs > 0 && random_below(&random, 2) == 0) {
            give(&model, (size_t)random_below(&random, model.runs));
        } else {
            take(&model, &owner, &random);
        }
    }
    assert_in_range(model.refusals, 1000, 90000);
    while (model.runs > 0) {
        give(&model, 0);
    }
    assert_int_equal(model.store->slabs_used, 0);
}

/* Overwrites the link of an object that then is taken: the object stays out of use, others do not. */
static void lead_astray(struct pool *pool, char *object, const char *to)
{
    size_t dirty_bytes;
    release(pool, object);
    memcpy(object, &to, sizeof to);
    assert_null(pool_take(pool, &dirty_bytes));
    assert_ptr_equal(pool->damaged, object);
    pool->damaged = NULL;
    char *fresh = pool_take(pool, &dirty_bytes); /* a handler of SIGABRT may allocate */
    assert_non_null(fresh);
    assert_ptr_not_equal(fresh, object);
    pool_put(pool, object);
    assert_ptr_equal(pool_take(pool, &dirty_bytes), object);
}

/* Every kind of damage to the link in a free object is found before it is followed. */
static void a_link_that_leads_astray_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct pool_store *store = &fixture->store[0];
    struct pool pool;
    struct pool other;
    size_t dirty_bytes;
    pool_init(&pool, store, 96, POOL_SLAB_BYTES);
    pool_init(&other, store, 96, POOL_SLAB_BYTES);
    char *free_of_other = pool_take(&other, &dirty_bytes);
    char *uncarved = free_of_other + 96;
    release(&other, free_of_other);
    char *slab = pool_take(&pool, &dirty_bytes);
    char *live = slab;
    char *object = pool_take(&pool, &dirty_bytes);
    char *tail = slab + POOL_SLAB_BYTES / 96 * 96; /* where one more would not fit its slab */
    for (size_t i = 2; i < POOL_SLAB_BYTES / 96 + 1; i++) {
        assert_non_null(pool_take(&pool, &dirty_bytes)); /* and the first of another slab */
    }
    static char text[] = "a text of 32 bytes, or even more";
    char *const astray[] = {NULL,
                            (char *)text,
                            fixture->store[1].start,
                            store->start + SLABS * POOL_SLAB_BYTES,
                            object, /* itself */
                            object + 16,
                            live,
                            tail,
                            pool.fresh,
                            free_of_other,
                            uncarved};
    for (size_t i = 0; i < sizeof astray / sizeof *astray; i++) {
        lead_astray(&pool, object, astray[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_pool_leaves_serves_all_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_split_and_join_as_in_a_naive_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_link_that_leads_astray_is_not_followed, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("pool slabs", tests, NULL, NULL);
}

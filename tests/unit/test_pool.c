/* pool_core, with several stores in one process, and the direct use of pools. */
#include "allocators/pool/pool.h"
#include "tests/unit/direct_use.h"
#include "tests/unit/pool_fixture.h"
#include "workloads/random.h"

#include <errno.h>

static void steps_are_four_per_doubling(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40};
    for (unsigned step = 0; step < sizeof counts / sizeof *counts; step++) {
        assert_int_equal(pool_step_count(step), counts[step]);
        assert_int_equal(pool_step_class(counts[step]), step);
        assert_int_equal(pool_step_class(counts[step] + 1), step + 1);
    }
    for (size_t count = 1; count < 100000; count += 7) {
        size_t held = pool_step_count(pool_step_class(count));
        assert_in_range(held, count, count + count / 4);
    }
}

static void the_last_released_is_taken_first(void **state)
{
    struct fixture *fixture = *state;
    struct pool pool;
    pool_init(&pool, &fixture->store[0], 100, POOL_SLAB_BYTES);
    assert_int_equal(pool.object_bytes, 112);
    size_t dirty_bytes = 0;
    char *first = pool_take(&pool, &dirty_bytes);
    assert_int_equal(dirty_bytes, 0);
    char *second = pool_take(&pool, &dirty_bytes);
    assert_int_equal(second - first, 112);
    release(&pool, first);
    release(&pool, second);
    assert_ptr_equal(pool_take(&pool, &dirty_bytes), second);
    assert_int_equal(dirty_bytes, 112);
    assert_ptr_equal(pool_take(&pool, &dirty_bytes), first);
    assert_int_equal(pool.live_objects, 2);
}

/* Pools of two stores by turns: objects are apart, full of their own bytes, and of the right pool. */
static void pools_do_not_share_memory(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {16, 48, 1000, 32768, 70000};

    enum {
        POOLS = 10,
        OBJECTS = 40
    };

    struct pool pools[POOLS];
    unsigned char *object[POOLS][OBJECTS] = {{NULL}};
    for (int i = 0; i < POOLS; i++) {
        pool_init(&pools[i], &fixture->store[i % 2], sizes[i / 2], POOL_SLAB_BYTES);
    }
    struct random random;
    random_seed(&random, 31, 0);
    for (int i = 0; i < 30000; i++) {
        size_t of = (size_t)random_below(&random, POOLS);
        size_t place = (size_t)random_below(&random, of >= 8 ? 8 : OBJECTS);
        unsigned char **held = &object[of][place];
        unsigned char key = (unsigned char)(of * OBJECTS + place);
        if (*held != NULL) {
            assert_int_equal((*held)[0], key);
            assert_int_equal((*held)[sizes[of / 2] - 1], key);
            release(&pools[of], *held);
            *held = NULL;
        } else {
            size_t dirty_bytes;
            *held = pool_take(&pools[of], &dirty_bytes);
            assert_non_null(*held);
            memset(*held, key, sizes[of / 2]);
        }
    }
}

/* Nothing coalesces: a store that small objects have filled has nothing for others, though all of
 * them are released; a dissolved pool's runs serve again, and are zero. */
static void memory_stays_with_its_size_until_the_pool_ends(void **state)
{
    struct fixture *fixture = *state;
    struct pool_store *store = &fixture->store[0];
    struct pool small;
    struct pool other;
    pool_init(&small, store, 16, POOL_SLAB_BYTES);
    pool_init(&other, store, 64, POOL_SLAB_BYTES);
    size_t count = 0;
    size_t dirty_bytes;
    unsigned char *object = NULL;
    unsigned char *next = NULL;
    while ((next = pool_take(&small, &dirty_bytes)) != NULL) {
        object = next;
        *object = 1;
        count++;
    }
    assert_int_equal(count, SLABS * POOL_SLAB_BYTES / 16);
    while (count-- > 0) {
        release(&small, store->start + count * 16);
    }
    assert_null(pool_take(&other, &dirty_bytes));
    assert_non_null(pool_take(&small, &dirty_bytes));
    pool_dissolve(&small);
    const char *fault = NULL;
    assert_null(pool_of(store, store->start, &fault));
    next = pool_take(&other, &dirty_bytes);
    assert_non_null(next);
    assert_int_equal(dirty_bytes, 0);
    assert_int_equal(*next, 0);
}

static void aligned_runs_leave_their_gaps_to_others(void **state)
{
    struct fixture *fixture = *state;
    struct pool_store *store = &fixture->store[0];
    struct pool aligned;
    struct pool small;
    size_t alignment = 16 * POOL_SLAB_BYTES;
    pool_init(&small, store, 32768, POOL_SLAB_BYTES);
    pool_init(&aligned, store, alignment, alignment);
    size_t dirty_bytes;
    void *first = pool_take(&small, &dirty_bytes);
    assert_ptr_equal(first, store->start);
    void *object = pool_take(&aligned, &dirty_bytes);
    assert_non_null(object);
    assert_int_equal((uintptr_t)object % alignment, 0);
    size_t used = store->slabs_used;
    pool_take(&small, &dirty_bytes);
    size_t gap_slabs = (size_t)((char *)object - store->start) / POOL_SLAB_BYTES - 1;
    assert_non_null(pool_take(&small, &dirty_bytes));
    /* Whether the gap holds a run of one slab hangs on where the store begins. */
    assert_in_range(store->slabs_used, used, used + 1);
    assert_true(gap_slabs < 16);
}

static void what_is_no_live_object_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct pool pool;
    pool_init(&pool, &fixture->store[0], 96, POOL_SLAB_BYTES);
    size_t dirty_bytes;
    char *object = pool_take(&pool, &dirty_bytes);
    const char *fault = NULL;
    assert_null(pool_of(&fixture->store[0], object + 16, &fault));
    assert_non_null(strstr(fault, "inner address"));
    assert_null(pool_of(&fixture->store[0], object + 8, &fault));
    assert_null(pool_of(&fixture->store[1], object, &fault));
    assert_non_null(strstr(fault, "not an address of this heap"));
    assert_ptr_equal(pool_of(&fixture->store[0], object, &fault), &pool);
    release(&pool, object);
    assert_null(pool_of(&fixture->store[0], object, &fault));
    assert_non_null(strstr(fault, "freed before"));
}

/* ---- direct use, as a program has it ---- */

struct direct {
    struct heaplab_pool *(*new)(size_t object_bytes);
    void *(*acquire)(struct heaplab_pool *pool);
    void (*release)(struct heaplab_pool *pool, void *object);
    size_t (*object_bytes)(const struct heaplab_pool *pool);
    void (*free)(struct heaplab_pool *pool);
    void *(*malloc)(size_t bytes);
    void (*free_block)(void *block);
    struct heaplab_pool *pool;
    void *object;
};

static struct direct direct_open(void)
{
    void *library = library_open("libpool.so");
    struct direct direct = {.new = NULL};
    *(void **)&direct.new = library_function(library, "heaplab_pool_new");
    *(void **)&direct.acquire = library_function(library, "heaplab_pool_acquire");
    *(void **)&direct.release = library_function(library, "heaplab_pool_release");
    *(void **)&direct.object_bytes = library_function(library, "heaplab_pool_object_bytes");
    *(void **)&direct.free = library_function(library, "heaplab_pool_free");
    *(void **)&direct.malloc = library_function(library, "malloc");
    *(void **)&direct.free_block = library_function(library, "free");
    return direct;
}

static void programs_have_pools_of_their_own(void **state)
{
    (void)state;
    struct direct direct = direct_open();
    struct heaplab_pool *points = direct.new(24);
    struct heaplab_pool *pages = direct.new(5000);
    assert_true(points != NULL && pages != NULL);
    assert_int_equal(direct.object_bytes(points), 32);
    void *held[100];
    for (int i = 0; i < 100; i++) {
        held[i] = direct.acquire(i % 2 == 0 ? points : pages);
        assert_non_null(held[i]);
        memset(held[i], i, i % 2 == 0 ? 24 : 5000);
    }
    errno = 77;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(*(unsigned char *)held[i], i);
        direct.release(i % 2 == 0 ? points : pages, held[i]);
    }
    assert_ptr_equal(direct.acquire(points), held[98]);
    direct.free(points);
    direct.free(pages);
    direct.free(NULL);
    assert_int_equal(errno, 77);
}

static void impossible_pools_are_refused(void **state)
{
    (void)state;
    struct direct direct = direct_open();
    errno = 0;
    assert_null(direct.new(0));
    assert_int_equal(errno, EINVAL);
    assert_null(direct.new(SIZE_MAX));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    struct heaplab_pool *huge = direct.new(PTRDIFF_MAX / 2);
    assert_non_null(huge);
    assert_null(direct.acquire(huge));
    assert_int_equal(errno, ENOMEM);
    direct.free(huge);
}

static void release_twice(void *context)
{
    const struct direct *direct = context;
    direct->release(direct->pool, direct->object);
    direct->release(direct->pool, direct->object);
}

static void release_to_another(void *context)
{
    const struct direct *direct = context;
    direct->release(direct->new (16), direct->object);
}

static void free_an_object(void *context)
{
    const struct direct *direct = context;
    direct->free_block(direct->object);
}

static void release_a_block(void *context)
{
    const struct direct *direct = context;
    direct->release(direct->pool, direct->malloc(16));
}

static void write_and_acquire(void *context)
{
    const struct direct *direct = context;
    direct->release(direct->pool, direct->object);
    memset(direct->object, 'A', 16);
    direct->acquire(direct->pool);
}

static void misuse_stops_the_program(void **state)
{
    (void)state;
    struct direct direct = direct_open();
    direct.pool = direct.new(16);
    direct.object = direct.acquire(direct.pool);
    assert_stops(release_twice, &direct, "heaplab pool: heaplab_pool_release(0x", "freed before");
    assert_stops(release_to_another, &direct, "heaplab_pool_release(0x", "another pool");
    assert_stops(free_an_object, &direct, "heaplab pool: free(0x", "not of malloc");
    assert_stops(write_and_acquire,
                 &direct,
                 "heaplab pool: heaplab_pool_acquire(0x",
                 "written to after it was freed; the 16 bytes at 0x");
    assert_stops(release_a_block, &direct, "heaplab_pool_release(0x", "a block of malloc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_four_per_doubling),
        cmocka_unit_test_setup_teardown(the_last_released_is_taken_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pools_do_not_share_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            memory_stays_with_its_size_until_the_pool_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aligned_runs_leave_their_gaps_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_live_object_is_noticed, set_up, tear_down),
        cmocka_unit_test(programs_have_pools_of_their_own),
        cmocka_unit_test(impossible_pools_are_refused),
        cmocka_unit_test(misuse_stops_the_program),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}

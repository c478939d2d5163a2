/* The heap walk (allocators/heap_walk.h) of the allocators that offer one: it shows exactly the
 * blocks that the program holds, and its regions are disjoint. */
#include "allocators/heap_walk.h"
#include "tests/contract/contract.h"
#include "workloads/random.h"

#include <malloc.h>

#define BLOCKS      20000
#define REGIONS_MAX 2000000

/* Static: the walk may not allocate, and the test's own blocks would be walked, too. */
static struct heap_region regions[REGIONS_MAX];
static size_t region_count;
static void *blocks[BLOCKS];

static void note_region(void *context, const struct heap_region *region)
{
    (void)context;
    assert_true(region_count < REGIONS_MAX);
    regions[region_count++] = *region;
}

static int by_address(const void *a, const void *b)
{
    const struct heap_region *left = a;
    const struct heap_region *right = b;
    return (left->address > right->address) - (left->address < right->address);
}

/* Walks the heap; the regions come sorted. Skips the test where no walk is offered. */
static void walk(void)
{
    heaplab_heap_walk_function *heap_walk = NULL;
    *(void **)&heap_walk = dlsym(RTLD_DEFAULT, HEAPLAB_HEAP_WALK_SYMBOL);
    if (heap_walk == NULL) {
        print_message("           this library offers no heap walk\n");
        skip();
        return;
    }
    region_count = 0;
    heap_walk(note_region, NULL);
    size_t walked = region_count;
    qsort(regions, region_count, sizeof *regions, by_address); /* may allocate: counted no more */
    assert_int_equal(region_count, walked);
}

static const struct heap_region *region_at(const void *address)
{
    struct heap_region key = {.address = (uintptr_t)address};
    return bsearch(&key, regions, region_count, sizeof *regions, by_address);
}

static void fill(void)
{
    struct random random;
    random_seed(&random, 6, 0);
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc((size_t)random_below(&random, (uint64_t)4 << random_below(&random, 14)));
        assert_non_null(blocks[i]);
    }
}

/* Frees the blocks whose number is a multiple of `stride`. */
static void free_every(int stride)
{
    for (int i = 0; i < BLOCKS; i += stride) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
}

static void held_blocks_are_used_and_freed_ones_are_not(void **state)
{
    (void)state;
    walk(); /* skips before anything is allocated */
    fill();
    void *freed[BLOCKS / 3 + 1];
    for (int i = 0; i < BLOCKS; i += 3) {
        freed[i / 3] = blocks[i];
    }
    free_every(3);
    walk();
    for (int i = 0; i < BLOCKS; i++) {
        const struct heap_region *region = region_at(blocks[i]);
        if (blocks[i] != NULL) {
            assert_non_null(region);
            assert_int_equal(region->kind, HEAP_REGION_USED);
            assert_int_equal(region->bytes, malloc_usable_size(blocks[i]));
        }
    }
    for (int i = 0; i < BLOCKS; i += 3) {
        const struct heap_region *region = region_at(freed[i / 3]);
        assert_true(region == NULL || region->kind != HEAP_REGION_USED);
    }
    free_every(1);
}

static void regions_are_disjoint(void **state)
{
    (void)state;
    walk();
    fill();
    free_every(2);
    walk();
    for (size_t i = 1; i < region_count; i++) {
        assert_true(regions[i - 1].bytes > 0);
        assert_true(regions[i - 1].address + regions[i - 1].bytes <= regions[i].address);
    }
    free_every(1);
}

static size_t bytes_of(enum heap_region_kind kind)
{
    size_t bytes = 0;
    for (size_t i = 0; i < region_count; i++) {
        bytes += regions[i].kind == kind ? regions[i].bytes : 0;
    }
    return bytes;
}

static void used_bytes_are_what_the_program_holds(void **state)
{
    (void)state;
    walk();
    size_t before_bytes = bytes_of(HEAP_REGION_USED);
    fill();
    size_t held_bytes = 0;
    for (int i = 0; i < BLOCKS; i++) {
        held_bytes += malloc_usable_size(blocks[i]);
    }
    walk();
    assert_int_equal(bytes_of(HEAP_REGION_USED), before_bytes + held_bytes);
    free_every(1);
    walk();
    assert_int_equal(bytes_of(HEAP_REGION_USED), before_bytes);
    assert_true(bytes_of(HEAP_REGION_FREE) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_blocks_are_used_and_freed_ones_are_not),
        cmocka_unit_test(regions_are_disjoint),
        cmocka_unit_test(used_bytes_are_what_the_program_holds),
    };
    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}

/* The unequal buddies (split_core) against a naive model that finds buddies as the literature does,
 * by what each block remembers of its birth, and the lazy buddy (lazy_core) against its rules. */
#include "allocators/buddy/split_core.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define GRANULE_LOG2  4
#define GRANULE_BYTES ((size_t)1 << GRANULE_LOG2)
#define GRANULES      2600 /* a top of 2584 for Fibonacci, of 2048 for the weighted system */
#define RANGE_BYTES   (GRANULES * GRANULE_BYTES)
#define BASE          UINT64_C(0x123450000)
#define LIVE_MAX      700
#define OPERATIONS    150000

/* A block of the model by its first granule. Cranston and Thomas (1975): a block remembers how it
 * was born (`birth`: 0 as a lower part, else 1 + class of the block that it is the upper part of),
 * and in `memory` what its parent has to know of its own past once the two are merged again: the
 * lower part keeps the parent's birth, the upper one the parent's memory. For Fibonacci's sizes both
 * are a bit, but for the smallest; for the weighted system birth is Shen and Peterson's type. */
struct model_block {
    enum {
        NOTHING,
        FREE,
        TAKEN
    } state;

    unsigned block_class;
    unsigned birth;
    unsigned memory;
};

struct block {
    uintptr_t address;
    unsigned block_class;
};

struct fixture {
    struct split_core core;
    void *tables;
    struct model_block model[GRANULES];
    bool touched[GRANULES]; /* was in a block that was taken, other than the whole range */
    struct block live[LIVE_MAX];
    size_t live_count;
    struct random random;
};

static struct fixture *fixture_of(unsigned (*upper_of)(unsigned block_class))
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    split_core_classes(&fixture->core, upper_of);
    size_t table_bytes = split_core_table_bytes(&fixture->core, RANGE_BYTES, GRANULE_LOG2);
    fixture->tables = test_calloc(1, table_bytes);
    split_core_init(&fixture->core, BASE, RANGE_BYTES, GRANULE_LOG2, fixture->tables);
    fixture->model[0] = (struct model_block){.state = FREE, .block_class = fixture->core.top};
    random_seed(&fixture->random, 11, 0);
    return fixture;
}

static int set_up_fibonacci(void **state)
{
    *state = fixture_of(split_upper_fibonacci);
    return 0;
}

static int set_up_weighted(void **state)
{
    *state = fixture_of(split_upper_weighted);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    test_free(fixture->tables);
    test_free(fixture);
    return 0;
}

static size_t size_of(const struct fixture *fixture, unsigned block_class)
{
    return fixture->core.granules[block_class];
}

/* Splits the free block at granule i; returns where the upper part begins. */
static size_t model_split(struct fixture *fixture, size_t i)
{
    struct model_block parent = fixture->model[i];
    size_t upper = i + size_of(fixture, parent.block_class - 1);
    fixture->model[i] = (struct model_block){
        .state = FREE, .block_class = parent.block_class - 1, .memory = parent.birth};
    fixture->model[upper] =
        (struct model_block){.state = FREE,
                             .block_class = fixture->core.upper[parent.block_class],
                             .birth = 1 + parent.block_class,
                             .memory = parent.memory};
    return upper;
}

static void model_touch(struct fixture *fixture, size_t i)
{
    unsigned block_class = fixture->model[i].block_class;
    for (size_t j = 0; block_class < fixture->core.top && j < size_of(fixture, block_class); j++) {
        fixture->touched[i + j] = true;
    }
}

static bool model_is_virgin_from(const struct fixture *fixture, size_t i)
{
    while (i < GRANULES && !fixture->touched[i]) {
        i++;
    }
    return i == GRANULES;
}

/* Of the smallest sufficient class that has a free block, the lowest; split to the smaller part
 * that suffices, in virgin memory to the lower. */
static uintptr_t model_take(struct fixture *fixture, unsigned block_class)
{
    size_t best = GRANULES;
    for (size_t i = 0; i < GRANULES; i++) {
        const struct model_block *block = &fixture->model[i];
        if (block->state == FREE && block->block_class >= block_class &&
            (best == GRANULES || block->block_class < fixture->model[best].block_class)) {
            best = i;
        }
    }
    if (best == GRANULES) {
        return SPLIT_NONE;
    }
    while (fixture->model[best].block_class > block_class) {
        size_t upper = model_split(fixture, best);
        unsigned upper_class = fixture->model[upper].block_class;
        if (upper_class >= block_class && upper_class < fixture->model[best].block_class &&
            !model_is_virgin_from(fixture, upper)) {
            best = upper;
        }
    }
    fixture->model[best].state = TAKEN;
    model_touch(fixture, best);
    return BASE + best * GRANULE_BYTES;
}

static unsigned model_give(struct fixture *fixture, uintptr_t address)
{
    size_t i = (address - BASE) / GRANULE_BYTES;
    fixture->model[i].state = FREE;
    while (fixture->model[i].block_class < fixture->core.top) {
        struct model_block block = fixture->model[i];
        bool is_lower = block.birth == 0;
        unsigned parent_class = is_lower ? block.block_class + 1 : block.birth - 1;
        size_t lower = is_lower ? i : i - size_of(fixture, parent_class - 1);
        size_t upper = lower + size_of(fixture, parent_class - 1);
        size_t buddy = is_lower ? upper : lower;
        unsigned buddy_class = is_lower ? fixture->core.upper[parent_class] : parent_class - 1;
        if (fixture->model[buddy].state != FREE ||
            fixture->model[buddy].block_class != buddy_class) {
            break;
        }
        struct model_block merged = {.state = FREE,
                                     .block_class = parent_class,
                                     .birth = fixture->model[lower].memory,
                                     .memory = fixture->model[upper].memory};
        memset(&fixture->model[upper], 0, sizeof merged);
        fixture->model[lower] = merged;
        i = lower;
    }
    return fixture->model[i].block_class;
}

static bool model_grow(struct fixture *fixture, uintptr_t address, unsigned to)
{
    size_t i = (address - BASE) / GRANULE_BYTES;
    if (to > fixture->core.top) {
        return false;
    }
    struct fixture *copy = test_malloc(sizeof *copy);
    *copy = *fixture;
    struct model_block *block = &fixture->model[i];
    bool grows = true;
    while (grows && block->block_class < to) {
        unsigned parent_class = block->block_class + 1;
        size_t upper = i + size_of(fixture, block->block_class);
        grows = block->birth == 0 && upper < GRANULES && fixture->model[upper].state == FREE &&
                fixture->model[upper].block_class == fixture->core.upper[parent_class];
        if (grows) {
            *block = (struct model_block){.state = TAKEN,
                                          .block_class = parent_class,
                                          .birth = block->memory,
                                          .memory = fixture->model[upper].memory};
            memset(&fixture->model[upper], 0, sizeof fixture->model[upper]);
        }
    }
    if (grows) {
        model_touch(fixture, i);
    } else {
        memcpy(fixture->model, copy->model, sizeof copy->model);
    }
    test_free(copy);
    return grows;
}

/* Every block of the model is the core's, and the addresses inside it lead to it. */
static void assert_same_blocks(const struct fixture *fixture)
{
    size_t end = size_of(fixture, fixture->core.top);
    for (size_t i = 0; i < end;) {
        const struct model_block *block = &fixture->model[i];
        uintptr_t address = BASE + i * GRANULE_BYTES;
        unsigned expected = block->state == FREE ? block->block_class : SPLIT_NO_CLASS;
        assert_int_not_equal(block->state, NOTHING);
        assert_int_equal(split_core_free_class(&fixture->core, address), expected);
        size_t size = size_of(fixture, block->block_class);
        for (size_t inside = 0; inside < size; inside += size / 2 + 1) {
            uintptr_t within = address + inside * GRANULE_BYTES + inside % 2;
            assert_int_equal(split_core_start(&fixture->core, within, block->block_class), address);
        }
        i += size;
    }
}

static void take_one(struct fixture *fixture)
{
    /* Classes as programs have them, small ones more often; one beyond the range must be refused. */
    unsigned below = (unsigned)random_between(&fixture->random, 1, fixture->core.top + 2);
    unsigned block_class = (unsigned)random_below(&fixture->random, below);
    uintptr_t address = split_core_take(&fixture->core, block_class);
    assert_int_equal(address, model_take(fixture, block_class));
    if (address != SPLIT_NONE) {
        fixture->live[fixture->live_count++] = (struct block){address, block_class};
    }
}

static void give_one(struct fixture *fixture)
{
    struct block *victim = &fixture->live[random_below(&fixture->random, fixture->live_count)];
    struct split_merge merge;
    split_core_give(&fixture->core, victim->address, victim->block_class, &merge);
    assert_int_equal(merge.block_class, model_give(fixture, victim->address));
    assert_int_equal(merge.end - merge.start, size_of(fixture, merge.block_class) * GRANULE_BYTES);
    assert_in_range(victim->address, merge.start, merge.end - 1);
    for (unsigned i = 0; i < merge.joints; i++) {
        assert_in_range(merge.joint[i], merge.start + 1, merge.end - 1);
    }
    *victim = fixture->live[--fixture->live_count];
}

static void grow_one(struct fixture *fixture)
{
    struct block *block = &fixture->live[random_below(&fixture->random, fixture->live_count)];
    unsigned to = block->block_class + 1 + (unsigned)random_below(&fixture->random, 3);
    bool grown = split_core_grow(&fixture->core, block->address, block->block_class, to);
    assert_int_equal(grown, model_grow(fixture, block->address, to));
    block->block_class = grown ? to : block->block_class;
}

static void random_operations_match_remembered_births(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < OPERATIONS; i++) {
        /* The mix drifts, so that the heap runs from nearly empty to full and back. */
        uint64_t wish_to_take = 40 + 25 * (uint64_t)((i / 5000) & 1);
        bool take = random_below(&fixture->random, 100) < wish_to_take;
        if (fixture->live_count == 0 || (take && fixture->live_count < LIVE_MAX)) {
            take_one(fixture);
        } else if (random_below(&fixture->random, 16) == 0) {
            grow_one(fixture);
        } else {
            give_one(fixture);
        }
        if (i % 1000 == 0) {
            assert_same_blocks(fixture);
        }
    }
    while (fixture->live_count > 0) {
        give_one(fixture);
    }
    assert_same_blocks(fixture);
    assert_int_equal(split_core_free_class(&fixture->core, BASE), fixture->core.top);
}

/* All granules taken, then every second one given back, and the others: merging comes late. */
static void all_given_back_merges_to_the_whole(void **state)
{
    struct fixture *fixture = *state;
    size_t count = size_of(fixture, fixture->core.top);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(split_core_take(&fixture->core, 0), SPLIT_NONE);
    }
    assert_int_equal(split_core_take(&fixture->core, 0), SPLIT_NONE);
    struct split_merge merge = {.block_class = 0};
    for (size_t first = 0; first < 2; first++) {
        for (size_t i = first; i < count; i += 2) {
            split_core_give(&fixture->core, BASE + i * GRANULE_BYTES, 0, &merge);
        }
    }
    assert_int_equal(merge.block_class, fixture->core.top);
    assert_int_equal(split_core_take(&fixture->core, fixture->core.top), BASE);
}

/* One block of each small size in a fresh heap: none lies beyond a few times what is taken. A range
 * that was cut was taken whole before. */
static void fresh_heap_is_dense(void **state)
{
    struct fixture *fixture = *state;
    struct split_core *core = &fixture->core;
    struct split_merge merge;
    assert_int_equal(split_core_take(core, core->top), BASE);
    split_core_give(core, BASE, core->top - 1, &merge); /* the upper part stays taken */
    size_t taken = 0;
    for (unsigned block_class = 0; size_of(fixture, block_class) < GRANULES / 16; block_class++) {
        uintptr_t address = split_core_take(core, block_class);
        size_t start = (address - BASE) / GRANULE_BYTES;
        taken += size_of(fixture, block_class);
        assert_in_range(start + size_of(fixture, block_class), 1, 4 * taken);
    }
}

/* Memory that a block only grew into counts as used once it is free again. */
static void grown_blocks_count_as_used(void **state)
{
    struct fixture *fixture = *state;
    struct split_merge merge;
    assert_int_equal(split_core_take(&fixture->core, 5), BASE);
    assert_int_equal(model_take(fixture, 5), BASE);
    assert_true(split_core_grow(&fixture->core, BASE, 5, 9));
    assert_true(model_grow(fixture, BASE, 9));
    split_core_give(&fixture->core, BASE, 9, &merge);
    assert_int_equal(model_give(fixture, BASE), merge.block_class);
    uintptr_t address = split_core_take(&fixture->core, 0);
    assert_int_equal(address, model_take(fixture, 0));
    assert_in_range(address, BASE + size_of(fixture, 8) * GRANULE_BYTES, BASE + RANGE_BYTES);
}

static void class_is_the_smallest_that_holds_the_bytes(void **state)
{
    struct fixture *fixture = *state;
    const struct split_core *core = &fixture->core;
    for (unsigned block_class = 0; block_class < core->classes; block_class++) {
        size_t bytes = split_core_bytes(core, block_class);
        assert_int_equal(split_core_class(core, GRANULE_LOG2, bytes), block_class);
        assert_int_equal(split_core_class(core, GRANULE_LOG2, bytes + 1), block_class + 1);
        assert_int_equal(split_core_class(core, GRANULE_LOG2, bytes - GRANULE_BYTES + 1),
                         block_class);
    }
    assert_int_equal(split_core_class(core, GRANULE_LOG2, PTRDIFF_MAX), core->classes);
}

static void sizes_are_those_of_the_papers(void **state)
{
    (void)state;
    static const size_t fibonacci[] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144};
    static const size_t weighted[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
    struct split_core core;
    split_core_classes(&core, split_upper_fibonacci);
    assert_memory_equal(core.granules, fibonacci, sizeof fibonacci);
    split_core_classes(&core, split_upper_weighted);
    assert_memory_equal(core.granules, weighted, sizeof weighted);
    for (unsigned block_class = 4; block_class < core.classes; block_class++) {
        size_t size = core.granules[block_class];
        size_t upper = core.granules[core.upper[block_class]];
        /* 4 * 2^r = 3 * 2^r + 2^r, and 3 * 2^r = 2 * 2^r + 2^r */
        assert_int_equal(size, (size & (size - 1)) == 0 ? 4 * upper : 3 * upper);
    }
}

#define UNEQUAL(test)                                                \
    {#test " (Fibonacci)", test, set_up_fibonacci, tear_down, NULL}, \
    {                                                                \
#        test " (weighted)", test, set_up_weighted, tear_down, NULL  \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNEQUAL(random_operations_match_remembered_births),
        UNEQUAL(all_given_back_merges_to_the_whole),
        UNEQUAL(fresh_heap_is_dense),
        UNEQUAL(grown_blocks_count_as_used),
        UNEQUAL(class_is_the_smallest_that_holds_the_bytes),
        cmocka_unit_test(sizes_are_those_of_the_papers),
    };
    return cmocka_run_group_tests_name("buddy_systems", tests, NULL, NULL);
}

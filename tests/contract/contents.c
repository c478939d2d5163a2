/* The contract on contents: live blocks do not overlap, calloc's are zero, realloc keeps them. */
#include "tests/contract/contract.h"
#include "workloads/random.h"

#include <malloc.h>

/* NOLINTBEGIN(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI): this program
 * does on purpose what the analyser warns of: size 0, blocks kept after a refused realloc. */

#define SLOTS      4000
#define OPERATIONS 200000

struct slot {
    void *block;
    size_t bytes;
    uint64_t key;
};

/* Sizes spread evenly over the powers of two up to 2^most_log2. */
static size_t random_bytes(struct random *random, unsigned most_log2)
{
    return (size_t)random_below(random, (uint64_t)2 << random_below(random, most_log2));
}

static void slot_check(const struct slot *slot)
{
    assert_true(contract_stamp_holds(slot->block, slot->bytes, slot->block, slot->key));
}

static void slot_stamp(struct slot *slot, size_t bytes, uint64_t key)
{
    assert_non_null(slot->block);
    slot->bytes = bytes;
    slot->key = key;
    contract_stamp(slot->block, bytes, key);
}

static void slot_fill(struct slot *slot, struct random *random)
{
    unsigned most_log2 = random_below(random, 500) == 0 ? 21 : 15;
    size_t bytes = random_bytes(random, most_log2);
    switch (random_below(random, 4)) {
    case 0:
        slot->block = calloc(1, bytes);
        assert_non_null(slot->block);
        assert_true(contract_is_zero(slot->block, bytes));
        break;
    case 1: slot->block = memalign((size_t)16 << random_below(random, 9), bytes + 1); break;
    default: slot->block = malloc(bytes); break;
    }
    if (random_below(random, 4) == 0) {
        bytes = malloc_usable_size(slot->block); /* all of it belongs to the program */
    }
    slot_stamp(slot, bytes, random_next(random));
}

static void slot_resize(struct slot *slot, struct random *random)
{
    size_t bytes = random_bytes(random, 17) + 1;
    void *old = slot->block;
    void *resized = realloc(old, bytes);
    assert_non_null(resized);
    size_t kept_bytes = bytes < slot->bytes ? bytes : slot->bytes;
    assert_true(contract_stamp_holds(resized, kept_bytes, old, slot->key));
    slot->block = resized;
    slot_stamp(slot, bytes, random_next(random));
}

static void slot_empty(struct slot *slot)
{
    slot_check(slot);
    free(slot->block);
    slot->block = NULL;
}

static void live_blocks_never_overlap(void **state)
{
    (void)state;
    static struct slot slots[SLOTS];
    struct random random;
    random_seed(&random, 1, 0);
    for (int i = 0; i < OPERATIONS; i++) {
        struct slot *slot = &slots[random_below(&random, SLOTS)];
        if (slot->block == NULL) {
            slot_fill(slot, &random);
        } else if (random_below(&random, 3) == 0) {
            slot_check(slot);
            slot_resize(slot, &random);
        } else {
            slot_empty(slot);
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].block != NULL) {
            slot_empty(&slots[i]);
        }
    }
}

/* The memory that calloc gets has been somebody's, and dirty, before. */
static void visit_dirtied(size_t bytes)
{
    enum {
        BLOCKS = 8
    };

    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(bytes);
        assert_non_null(blocks[i]);
        memset(blocks[i], 0xff, malloc_usable_size(blocks[i]));
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = i % 2 == 0 ? calloc(bytes, 1) : calloc(1, bytes);
        assert_non_null(blocks[i]);
        assert_true(contract_is_zero(blocks[i], bytes));
        memset(blocks[i], 0xff, bytes);
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
}

static void calloc_zeroes_dirtied_memory(void **state)
{
    (void)state;
    contract_each_size(visit_dirtied);
}

/* One block goes through the sizes, up or down; its contents up to the smaller size come along. */
static void resize_through(const size_t *sizes, size_t count)
{
    void *block = malloc(sizes[0]);
    contract_stamp(block, sizes[0], 0);
    for (size_t i = 1; i < count; i++) {
        size_t kept_bytes = sizes[i] < sizes[i - 1] ? sizes[i] : sizes[i - 1];
        void *old = block;
        block = realloc(old, sizes[i]);
        assert_non_null(block);
        assert_true(contract_stamp_holds(block, kept_bytes, old, i - 1));
        assert_true(malloc_usable_size(block) >= sizes[i]);
        contract_stamp(block, sizes[i], i);
    }
    free(block);
}

static void realloc_keeps_contents_up_and_down(void **state)
{
    (void)state;

    enum {
        STEPS = 76
    };

    size_t up[STEPS];
    size_t down[STEPS];
    size_t zigzag[STEPS];
    for (size_t i = 0; i < STEPS; i++) {
        size_t power = (size_t)1 << (i / 3); /* to 32 MiB */
        up[i] = power + i % 3;
        down[STEPS - 1 - i] = up[i];
    }
    for (size_t i = 0; i < STEPS; i++) {
        zigzag[i] = i % 2 == 0 ? up[i] : down[i];
    }
    resize_through(up, STEPS);
    resize_through(down, STEPS);
    resize_through(zigzag, STEPS);
}

/* Several blocks growing by turns can hardly grow in place. */
static void growing_neighbours_keep_their_contents(void **state)
{
    (void)state;

    enum {
        BLOCKS = 16
    };
    struct slot slots[BLOCKS] = {{.block = NULL}};
    for (size_t bytes = 16; bytes < (size_t)3 << 20; bytes += bytes / 2) {
        for (int i = 0; i < BLOCKS; i++) {
            void *old = slots[i].block;
            slots[i].block = realloc(old, bytes);
            assert_non_null(slots[i].block);
            assert_true(contract_stamp_holds(slots[i].block, slots[i].bytes, old, slots[i].key));
            slot_stamp(&slots[i], bytes, (uint64_t)i);
        }
    }
    for (int i = 0; i < BLOCKS; i++) {
        slot_empty(&slots[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_blocks_never_overlap),
        cmocka_unit_test(calloc_zeroes_dirtied_memory),
        cmocka_unit_test(realloc_keeps_contents_up_and_down),
        cmocka_unit_test(growing_neighbours_keep_their_contents),
    };
    return cmocka_run_group_tests_name("contents", tests, NULL, NULL);
}

/* NOLINTEND(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI) */

/* What the heap core of the fit policies notices of wrong calls and of memory that a program wrote where it
 * must not: each ends in heap_misuse with a line that names the block. */
#include "tests/unit/fit_lab.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static jmp_buf after_misuse;
static char noticed[256];

_Noreturn void heap_misuse(const char *call, const void *address, const char *fault)
{
    (void)snprintf(noticed, sizeof noticed, "%s(%p): %s", call, address, fault);
    longjmp(after_misuse, 1); /* NOLINT(cert-err52-cpp): out of a call that never returns */
}

static void assert_free_noticed(void *payload, const char *expected)
{
    if (setjmp(after_misuse) == 0) { /* NOLINT(cert-err52-cpp) */
        fit_free(&heap, payload);
        fail_msg("not noticed: %s", expected);
    }
    char wanted[256];
    (void)snprintf(wanted, sizeof wanted, "free(%p): %s", payload, expected);
    if (strncmp(noticed, wanted, strlen(wanted)) != 0) {
        fail_msg("\"%s\" instead of \"%s\"", noticed, wanted);
    }
}

static void second_frees_are_noticed(void **state)
{
    (void)state;
    open_heap(&fit_first, &plain);
    char *block[6];
    for (int i = 0; i < 6; i++) {
        block[i] = fit_allocate(&heap, 100);
    }
    fit_free(&heap, block[1]);
    assert_free_noticed(block[1], "freed before (block of 112 bytes, header at 0x");
    fit_free(&heap, block[2]); /* merges with the one before */
    assert_free_noticed(block[2], "freed before (block of 112 bytes");
    fit_free(&heap, block[0]); /* and with the one behind */
    assert_free_noticed(block[1], "freed before (block of");
    fit_free(&heap, block[5]); /* the top */
    assert_free_noticed(block[5], "no block is there: freed before, or never allocated");
    assert_null(fit_audit(&heap));
}

static void wrong_pointers_are_noticed(void **state)
{
    (void)state;
    open_heap(&fit_best, &plain);
    char *block = fit_allocate(&heap, 1000);
    memset(block, 0x5a, 1000);
    static const char inner[] = "no block begins here: an inner address of a live block of ";
    char expected[256];
    for (int offset = 8; offset < 1000; offset += 8) {
        (void)snprintf(expected,
                       sizeof expected,
                       "%s1008 bytes, header at %p",
                       inner,
                       (void *)(block - FIT_HEADER_BYTES));
        assert_free_noticed(block + offset, expected);
    }
    assert_free_noticed(block + 1000, "not an address of a block of this heap");
    block[-8] ^= 1; /* a walk ends there */
    assert_free_noticed(block + 32, "no block begins here; a header before is overwritten");
    block[-8] ^= 1;
    assert_free_noticed((char *)&heap, "not an address of a block of this heap");
    assert_free_noticed(range, "not an address of a block of this heap");
    assert_null(fit_audit(&heap));
}

static void overwritten_tags_are_noticed(void **state)
{
    (void)state;
    open_heap(&fit_first_lifo, &plain);
    char *block[6];
    for (int i = 0; i < 6; i++) {
        block[i] = fit_allocate(&heap, 24);
    }
    char expected[256];
    uint64_t tag;
    memcpy(&tag, block[1] + 24, 8);
    memset(block[1] + 24, 0, 1); /* a string one too long */
    assert_free_noticed(block[1], "the header behind the block is overwritten (block of 32 bytes");
    (void)snprintf(expected,
                   sizeof expected,
                   "the block's header is overwritten (header at %p, behind the block of 32 bytes, "
                   "header at %p)",
                   (void *)(block[2] - FIT_HEADER_BYTES),
                   (void *)(block[1] - FIT_HEADER_BYTES));
    assert_free_noticed(block[2], expected);
    memcpy(block[1] + 24, &tag, 8);
    fit_free(&heap, block[1]);
    memcpy(&tag, block[1] + 16, 8);
    memset(block[1] + 16, 0x11, 8); /* the footer */
    assert_free_noticed(block[2], "the tags of the free block before are overwritten");
    memcpy(block[1] + 16, &tag, 8);
}

/* Frees the blocks; false when that was noticed. Apart, as longjmp may forget a caller's variables. */
static bool frees_quietly(char **block, size_t count, size_t every)
{
    if (setjmp(after_misuse) != 0) { /* NOLINT(cert-err52-cpp) */
        return false;
    }
    for (size_t i = 0; i < count; i += every) {
        fit_free(&heap, block[i]);
    }
    return true;
}

static bool allocates_quietly(size_t count, size_t bytes)
{
    if (setjmp(after_misuse) != 0) { /* NOLINT(cert-err52-cpp) */
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        (void)fit_allocate(&heap, bytes);
    }
    return true;
}

static void assert_told(const char *expected)
{
    if (strstr(noticed, expected) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", noticed, expected);
    }
}

/* Two free blocks in one list; a link of the one is overwritten, and its neighbour freed. */
static void assert_link_is_proven(const struct fit_policy *policy, size_t damaged, size_t offset)
{
    open_heap(policy, &plain);
    char *block[8];
    for (int i = 0; i < 8; i++) {
        block[i] = fit_allocate(&heap, 24);
    }
    fit_free(&heap, block[1]);
    fit_free(&heap, block[5]);
    memset(block[damaged] + offset, 1, 4);
    assert_false(frees_quietly(&block[damaged + 1], 1, 1));
    assert_told("what a free block says of itself is overwritten");
}

static void overwritten_links_are_noticed(void **state)
{
    (void)state;
    assert_link_is_proven(&fit_first_lifo, 5, 0);
    assert_link_is_proven(&fit_good, 5, 0);
    assert_link_is_proven(&fit_good, 1, 4);
}

/* A heap with a free block of 5008 bytes between two live ones; that block. */
static char *free_between(const struct fit_policy *policy, enum fit_coalesce coalesce)
{
    open_heap(policy, &(struct fit_options){.coalesce = coalesce});
    assert_non_null(fit_allocate(&heap, 1000));
    char *block = fit_allocate(&heap, 5000);
    assert_non_null(fit_allocate(&heap, 100));
    fit_free(&heap, block);
    return block;
}

/* Each bit of it but that of the block before, which is looked at when it matters: at a free. */
static void overwritten_headers_of_free_blocks_are_noticed(void **state)
{
    (void)state;
    static const unsigned char past_the_end[][3] = {
        {0xff, 0xff, 0}, {0x41, 0x41, 0x41}, {0xf0, 0xff, 0xff}, {0xff, 0xff, 0xff}};
    for (size_t i = 0; i < POLICIES; i++) {
        for (int j = 0; j < 4; j++) {
            char *block = free_between(policies[i], (enum fit_coalesce)(j % 3));
            memcpy(block - 8, past_the_end[j], 3);
            assert_false(allocates_quietly(40, 500));
            assert_told("the block's header is overwritten (header at 0x");
            assert_told("behind the block of 1008 bytes, header at 0x");
        }
        for (int bit = 0; bit < 64; bit += bit < 60 ? 1 : 2) {
            char *block = free_between(policies[i], FIT_COALESCE_IMMEDIATE);
            block[bit / 8 - 8] = (char)(block[bit / 8 - 8] ^ 1 << bit % 8);
            assert_false(allocates_quietly(40, 500));
            assert_told("the block's header is overwritten");
        }
    }
}

/* What a program may leave in a large block that it has freed, where best fit keeps its tree. */
static void overwritten_trees_are_noticed(void **state)
{
    (void)state;

    enum {
        BLOCKS = 400
    };

    for (uint64_t seed = 0; seed < 300; seed++) {
        struct random random;
        random_seed(&random, seed, 0);
        char *block[BLOCKS];
        open_heap(&fit_best, &plain);
        for (size_t i = 0; i < BLOCKS; i++) {
            block[i] = fit_allocate(&heap, 1024 + 16 * (size_t)random_below(&random, 100));
        }
        for (size_t i = 0; i < BLOCKS; i += 2) {
            fit_free(&heap, block[i]);
        }
        uint32_t *links = (uint32_t *)(void *)block[2 * random_below(&random, BLOCKS / 2)];
        for (size_t i = 0; i < 3; i++) { /* within 1 GiB, or nothing, or the lost end of a tree */
            links[i] = seed % 3 == 0 ? 0 : (uint32_t)random_below(&random, UINT64_C(1) << 26);
        }
        if (frees_quietly(block + 1, BLOCKS - 1, 2)) {
            assert_int_equal(seed % 3, 0); /* zeros where nothing was below */
            assert_null(fit_audit(&heap));
            continue;
        }
        assert_told("what a free block says of itself is overwritten");
    }
}

/* A last block that is free, and a heap that would grow into it. */
static void overwritten_footers_at_the_end_are_noticed(void **state)
{
    (void)state;
    for (int of_end = 0; of_end < 2; of_end++) {
        open_heap(&fit_good, &(struct fit_options){.initial_bytes = 64 * FIT_UNIT_BYTES});
        heap.coalesce = FIT_COALESCE_IMMEDIATE;
        uint64_t *footer = (uint64_t *)(void *)(range + FIT_UNIT_BYTES * heap.end) - 2;
        footer[of_end] ^= 0x30;
        assert_false(allocates_quietly(1, 100 * FIT_UNIT_BYTES));
        assert_told(of_end ? "the block's header is overwritten"
                           : "the tags of the free block before are overwritten");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_frees_are_noticed),
        cmocka_unit_test(wrong_pointers_are_noticed),
        cmocka_unit_test(overwritten_tags_are_noticed),
        cmocka_unit_test(overwritten_links_are_noticed),
        cmocka_unit_test(overwritten_headers_of_free_blocks_are_noticed),
        cmocka_unit_test(overwritten_trees_are_noticed),
        cmocka_unit_test(overwritten_footers_at_the_end_are_noticed),
    };
    return cmocka_run_group_tests_name("fit_damage", tests, NULL, NULL);
}

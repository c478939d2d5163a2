/* The contract of every entry point of the malloc family, call by call: alignment, usable size,
 * size 0, refusals, errno. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <malloc.h>
#include <unistd.h>

/* NOLINTBEGIN(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI): this program
 * does on purpose what the analyser warns of: size 0, blocks kept after a refused realloc. */

#define BASIC_ALIGNMENT _Alignof(max_align_t)

typedef void free_sized_function(void *block, size_t bytes);
typedef void free_aligned_sized_function(void *block, size_t alignment, size_t bytes);

static void the_expected_library_is_live(void **state)
{
    (void)state;
    const char *expected = getenv("HEAPLAB_EXPECT_LIBRARY");
    if (expected == NULL || *expected == '\0') {
        expected = contract_file_of("printf");
    }
    char wanted[4096];
    char found[4096];
    assert_non_null(realpath(expected, wanted));
    assert_non_null(realpath(contract_file_of("malloc"), found));
    assert_string_equal(found, wanted);
}

/* A mixture of two allocators' functions corrupts the heap of one of them. */
static void the_whole_family_is_of_one_library(void **state)
{
    (void)state;
    static const char *const family[] = {"malloc",
                                         "calloc",
                                         "realloc",
                                         "free",
                                         "aligned_alloc",
                                         "memalign",
                                         "posix_memalign",
                                         "valloc",
                                         "malloc_usable_size"};
    const char *file = contract_file_of("malloc");
    for (size_t i = 0; i < sizeof family / sizeof *family; i++) {
        assert_string_equal(contract_file_of(family[i]), file);
    }
    contract_skip_if_excepted("pvalloc");
    assert_string_equal(contract_file_of("pvalloc"), file);
}

static void assert_serves(void *block, size_t alignment, size_t bytes)
{
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % alignment, 0);
    size_t usable_bytes = malloc_usable_size(block);
    assert_true(usable_bytes >= bytes);
    memset(block, 0xa5, usable_bytes);
    free(block);
}

/* Blocks smaller than an alignment need only be aligned as an object of their size must be. */
static size_t basic_alignment(size_t bytes)
{
    return bytes >= BASIC_ALIGNMENT ? BASIC_ALIGNMENT : bytes >= 8 ? 8 : 1;
}

static void visit_basic(size_t bytes)
{
    size_t alignment = basic_alignment(bytes);
    assert_serves(malloc(bytes), alignment, bytes);
    assert_serves(calloc(1, bytes), alignment, bytes);
    assert_serves(calloc(bytes, 1), alignment, bytes);
    assert_serves(realloc(NULL, bytes), alignment, bytes);
    assert_serves(realloc(malloc(contract_opaque(24)), bytes + 1), alignment, bytes);
    assert_serves(reallocarray(NULL, bytes, 1), alignment, bytes);
}

static void basic_calls_align_and_serve_every_size(void **state)
{
    (void)state;
    contract_each_size(visit_basic);
}

#define ALIGNMENT_MOST ((size_t)1 << 20)

static void visit_memalign(size_t bytes)
{
    if (bytes == 0) {
        return; /* a test of its own */
    }
    for (size_t alignment = sizeof(void *); alignment <= ALIGNMENT_MOST; alignment *= 2) {
        void *block = NULL;
        assert_int_equal(posix_memalign(&block, alignment, bytes), 0);
        assert_serves(block, alignment, bytes);
        assert_serves(memalign(alignment, bytes), alignment, bytes);
    }
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    assert_serves(valloc(bytes), page_bytes, bytes);
}

static void memalign_calls_align_and_serve_every_size(void **state)
{
    (void)state;
    contract_skip_if_excepted("aligned");
    contract_each_size(visit_memalign);
}

static void visit_aligned_alloc(size_t bytes)
{
    for (size_t alignment = sizeof(void *); alignment <= ALIGNMENT_MOST; alignment *= 2) {
        size_t multiple = (bytes / alignment + 1) * alignment;
        assert_serves(aligned_alloc(alignment, multiple), alignment, multiple);
    }
}

static void aligned_alloc_aligns_and_serves_every_size(void **state)
{
    (void)state;
    contract_skip_if_excepted("aligned");
    contract_each_size(visit_aligned_alloc);
}

static void aligned_calls_serve_size_zero(void **state)
{
    (void)state;
    contract_skip_if_excepted("aligned-zero");
    void *block = NULL;
    assert_int_equal(posix_memalign(&block, 256, contract_opaque(0)), 0);
    assert_serves(block, 256, 0);
    assert_serves(memalign(256, contract_opaque(0)), 256, 0);
    assert_serves(aligned_alloc(256, contract_opaque(0)), 256, 0);
}

static void pvalloc_rounds_up_to_pages(void **state)
{
    (void)state;
    contract_skip_if_excepted("pvalloc");
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    assert_serves(pvalloc(contract_opaque(1)), page_bytes, page_bytes);
    assert_serves(pvalloc(page_bytes), page_bytes, page_bytes);
    assert_serves(pvalloc(page_bytes + 1), page_bytes, 2 * page_bytes);
}

static void size_zero_gives_blocks_of_their_own(void **state)
{
    (void)state;

    enum {
        BLOCKS = 100
    };

    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = i % 2 == 0 ? malloc(contract_opaque(0)) : calloc(contract_opaque(0), 8);
        assert_non_null(blocks[i]);
        for (int j = 0; j < i; j++) {
            assert_ptr_not_equal(blocks[i], blocks[j]);
        }
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
}

static void realloc_to_size_zero_frees(void **state)
{
    (void)state;
    contract_skip_if_excepted("realloc-zero");
    errno = 77;
    assert_null(realloc(malloc(contract_opaque(100)), contract_opaque(0)));
    assert_int_equal(errno, 77);
}

static int wrong_errnos;

/* A refusal is NULL for everybody; who sets errno otherwise is judged at the end of the test. */
static void assert_refused(void *block, int expected_errno)
{
    wrong_errnos += errno != expected_errno;
    assert_null(block);
    errno = 0;
}

static void judge_errnos(void)
{
    int wrong = wrong_errnos;
    wrong_errnos = 0;
    if (wrong > 0) {
        contract_skip_if_excepted("refusal-errno");
    }
    assert_int_equal(wrong, 0);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const size_t huge[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX - 4096, SIZE_MAX - 1, SIZE_MAX};
    void *old = malloc(100);
    contract_stamp(old, 100, 1);
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        size_t bytes = contract_opaque(huge[i]);
        errno = 0;
        assert_refused(malloc(bytes), ENOMEM);
        assert_refused(calloc(1, bytes), ENOMEM);
        assert_refused(realloc(NULL, bytes), ENOMEM);
        assert_refused(realloc(old, bytes), ENOMEM);
        assert_refused(memalign(64, bytes), ENOMEM);
        assert_refused(valloc(bytes), ENOMEM);
        assert_true(contract_stamp_holds(old, 100, old, 1));
    }
    free(old);
    judge_errnos();
}

static void overflowing_products_are_refused(void **state)
{
    (void)state;
    size_t half = contract_opaque(SIZE_MAX / 2 + 1);
    size_t root = contract_opaque((size_t)1 << (4 * sizeof(size_t)));
    void *volatile old = malloc(100); /* it stays ours: the compiler must not warn otherwise */
    errno = 0;
    assert_refused(calloc(half, 2), ENOMEM);
    assert_refused(calloc(2, half + 8), ENOMEM);
    assert_refused(calloc(root, root), ENOMEM);
    assert_refused(reallocarray(NULL, root, root + 1), ENOMEM);
    assert_refused(reallocarray(old, half, 2), ENOMEM);
    free(old);
    judge_errnos();
}

static void posix_memalign_returns_codes_and_keeps_errno(void **state)
{
    (void)state;
    void *const untouched = &state;
    void *block = untouched;
    errno = 77;
    static const size_t wrong[] = {0, 1, 2, 4, 12, 24, 48, 4095};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(posix_memalign(&block, contract_opaque(wrong[i]), 100), EINVAL);
        assert_ptr_equal(block, untouched);
    }
    assert_int_equal(errno, 77);
    contract_skip_if_excepted("posix-memalign-errno");
    size_t huge = contract_opaque((size_t)PTRDIFF_MAX + 1);
    assert_int_equal(posix_memalign(&block, 64, huge), ENOMEM);
    assert_int_equal(errno, 77);
}

static void wrong_alignments_are_refused(void **state)
{
    (void)state;
    contract_skip_if_excepted("alignment-refused");
    static const size_t wrong[] = {3, 12, 24, 4095};
    errno = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t alignment = contract_opaque(wrong[i]);
        assert_refused(aligned_alloc(alignment, alignment * 2), EINVAL);
        assert_refused(memalign(alignment, 100), EINVAL);
    }
    judge_errnos();
}

static void visit_free(size_t bytes)
{
    void *block = malloc(bytes);
    assert_non_null(block);
    errno = 77;
    free(block);
    assert_int_equal(errno, 77);
}

static void free_keeps_errno(void **state)
{
    (void)state;
    contract_each_size(visit_free);
    visit_free(contract_opaque((size_t)64 << 20));
    free(NULL);
    assert_int_equal(errno, 77);
}

static void sized_frees_free(void **state)
{
    (void)state;
    contract_skip_if_excepted("free_sized");
    free_sized_function *free_sized = NULL;
    free_aligned_sized_function *free_aligned_sized = NULL;
    *(void **)&free_sized = dlsym(RTLD_DEFAULT, "free_sized");
    *(void **)&free_aligned_sized = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    assert_non_null(free_sized);
    assert_non_null(free_aligned_sized);
    for (int i = 0; i < 1000; i++) { /* 16 GiB, were nothing freed */
        size_t bytes = contract_opaque((size_t)8 << 20);
        void *block = malloc(bytes);
        memset(block, 1, 4096);
        free_sized(block, bytes);
        free_aligned_sized(aligned_alloc(4096, bytes), 4096, bytes);
    }
    free_sized(NULL, 0);
    free_aligned_sized(NULL, 64, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expected_library_is_live),
        cmocka_unit_test(the_whole_family_is_of_one_library),
        cmocka_unit_test(basic_calls_align_and_serve_every_size),
        cmocka_unit_test(memalign_calls_align_and_serve_every_size),
        cmocka_unit_test(aligned_alloc_aligns_and_serves_every_size),
        cmocka_unit_test(aligned_calls_serve_size_zero),
        cmocka_unit_test(pvalloc_rounds_up_to_pages),
        cmocka_unit_test(size_zero_gives_blocks_of_their_own),
        cmocka_unit_test(realloc_to_size_zero_frees),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(overflowing_products_are_refused),
        cmocka_unit_test(posix_memalign_returns_codes_and_keeps_errno),
        cmocka_unit_test(wrong_alignments_are_refused),
        cmocka_unit_test(free_keeps_errno),
        cmocka_unit_test(sized_frees_free),
    };
    return cmocka_run_group_tests_name("family", tests, NULL, NULL);
}

/* NOLINTEND(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI) */

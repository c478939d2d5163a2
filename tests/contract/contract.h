/* What the contract programs share: which library is under test, where it is known to differ from
 * the contract, and blocks that know what they should contain.
 *
 * Each program runs with LD_PRELOAD=<library> and HEAPLAB_EXPECT_LIBRARY=<the same file>; both
 * empty or absent mean the C library's own malloc. */
#ifndef TESTS_CONTRACT_CONTRACT_H
#define TESTS_CONTRACT_CONTRACT_H

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* Where a library of others is known to differ. A check named here is skipped for the library, and
 * the reason is printed; any other difference fails. */
struct contract_exception {
    const char *library; /* the file's name contains it; "libc.so" is the C library itself */
    const char *check;
    const char *reason;
    const char *setting; /* in HEAPLAB_TUNABLES; NULL: whatever is set */
};

#define NEVER  "coalesce=never"
#define SHREDS "cuts blocks up and never joins them: grows with the events (test_fit_placement.c)"

static const struct contract_exception contract_exceptions[] = {
    {"libc.so", "alignment-refused", "rounds a wrong alignment up to a power of two", NULL},
    {"libc.so", "posix-memalign-errno", "sets errno as well, which POSIX leaves open", NULL},
    {"libc.so", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"jemalloc", "alignment-refused", "memalign refuses without setting errno", NULL},
    {"jemalloc", "refusal-errno", "realloc and memalign leave errno alone", NULL},
    {"jemalloc", "pvalloc", "has none: the C library's would hand out its own blocks", NULL},
    {"jemalloc", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"mimalloc", "alignment-refused", "refuses without setting errno", NULL},
    {"mimalloc", "refusal-errno", "leaves errno alone", NULL},
    {"mimalloc",
     "aligned",
     "version 2.0 misaligns sizes that are multiples of the alignment",
     NULL},
    {"mimalloc", "realloc-zero", "gives a block of size 0", NULL},
    {"mimalloc", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"tcmalloc", "alignment-refused", "serves wrong alignments", NULL},
    {"tcmalloc", "refusal-errno", "calloc leaves errno alone when the product overflows", NULL},
    {"tcmalloc", "posix-memalign-errno", "sets errno as well, which POSIX leaves open", NULL},
    {"tcmalloc", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"tbbmalloc", "aligned-zero", "aligned calls of size 0 give NULL, as C and POSIX allow", NULL},
    {"tbbmalloc", "fork", "takes no locks around fork: a child may wait for one for ever", NULL},
    {"tbbmalloc", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"scudo", "refusal-errno", "memalign leaves errno alone", NULL},
    {"scudo", "free_sized", "has no sized frees of C23 in this version", NULL},
    {"scudo", "exhaustion", "reserves 180 GiB at its start and aborts under a limit", NULL},
    {"libarena.so",
     "dead-threads",
     "a stack: nothing below a live block is used again, by design",
     NULL},
    {"worst-fit", "dead-threads", SHREDS, NEVER},
    {"next-fit", "dead-threads", SHREDS, NEVER},
    {"first-fit-lifo", "dead-threads", SHREDS, NEVER},
    {"good-fit", "dead-threads", SHREDS, NEVER},
};

/* The file that the name's definition comes from; "" where nobody defines it. */
static inline const char *contract_file_of(const char *symbol)
{
    Dl_info info;
    void *address = dlsym(RTLD_DEFAULT, symbol);
    return address != NULL && dladdr(address, &info) != 0 ? info.dli_fname : "";
}

static inline bool contract_is_set(const char *setting)
{
    const char *settings = getenv("HEAPLAB_TUNABLES");
    return setting == NULL || (settings != NULL && strstr(settings, setting) != NULL);
}

static inline bool contract_excepted(const char *check)
{
    const char *file = contract_file_of("malloc");
    size_t count = sizeof contract_exceptions / sizeof *contract_exceptions;
    for (size_t i = 0; i < count; i++) {
        const struct contract_exception *exception = &contract_exceptions[i];
        if (strcmp(exception->check, check) == 0 && strstr(file, exception->library) != NULL &&
            contract_is_set(exception->setting)) {
            print_message("           %s: %s\n", check, exception->reason);
            return true;
        }
    }
    return false;
}

/* Skips the running test where the library is known to differ in it. */
static inline void contract_skip_if_excepted(const char *check)
{
    if (contract_excepted(check)) {
        skip();
    }
}

/* Keeps the compiler from knowing a value, and with it from folding calls or warning of them. */
static inline size_t contract_opaque(size_t value)
{
    volatile size_t hidden = value;
    return hidden;
}

/* Sizes 0, 1 and 2^k - 1, 2^k, 2^k + 1 up to 4 MiB: calls visit for each. */
static inline void contract_each_size(void (*visit)(size_t bytes))
{
    visit(contract_opaque(0));
    for (size_t power = 1; power <= (size_t)4 << 20; power *= 2) {
        visit(contract_opaque(power - 1));
        visit(contract_opaque(power));
        visit(contract_opaque(power + 1));
    }
}

/* Word i of the stamp of a block at `block`. */
static inline uint64_t contract_stamp_word(const void *block, uint64_t key, size_t i)
{
    return ((uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15) ^ key) + i;
}

/* Fills `bytes` bytes so that any byte of another block in their place is noticed. */
static inline void contract_stamp(void *block, size_t bytes, uint64_t key)
{
    for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
        uint64_t word = contract_stamp_word(block, key, at / sizeof word);
        memcpy((char *)block + at, &word, bytes - at < sizeof word ? bytes - at : sizeof word);
    }
}

/* Whether the first `bytes` bytes are as contract_stamp left them when the block was at `stamped`. */
static inline bool
contract_stamp_holds(const void *block, size_t bytes, const void *stamped, uint64_t key)
{
    for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
        uint64_t word = contract_stamp_word(stamped, key, at / sizeof word);
        size_t width = bytes - at < sizeof word ? bytes - at : sizeof word;
        if (memcmp((const char *)block + at, &word, width) != 0) {
            return false;
        }
    }
    return true;
}

static inline bool contract_is_zero(const void *block, size_t bytes)
{
    const unsigned char *byte = block;
    return bytes == 0 || (byte[0] == 0 && memcmp(byte, byte + 1, bytes - 1) == 0);
}

#endif

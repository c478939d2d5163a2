/* Two stores of slabs in one process, for tests of pools. */
#ifndef TESTS_UNIT_POOL_FIXTURE_H
#define TESTS_UNIT_POOL_FIXTURE_H

#include "allocators/pool/pool_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define SLABS 64

struct fixture {
    struct pool_store store[2];
    char *memory[2];
    void *table[2];
};

static inline int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    for (int i = 0; i < 2; i++) {
        /* One slab more than used, so that an aligned start can be had. */
        size_t bytes = (SLABS + 1) * POOL_SLAB_BYTES;
        fixture->memory[i] =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(fixture->memory[i] != MAP_FAILED);
        size_t offset = -(uintptr_t)fixture->memory[i] & (POOL_SLAB_BYTES - 1);
        fixture->table[i] = test_calloc(1, pool_store_table_bytes(SLABS));
        pool_store_init(&fixture->store[i], fixture->memory[i] + offset, SLABS, fixture->table[i]);
    }
    *state = fixture;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        munmap(fixture->memory[i], (SLABS + 1) * POOL_SLAB_BYTES);
        test_free(fixture->table[i]);
    }
    test_free(fixture);
    return 0;
}

/* As the allocator does it. */
static inline void release(struct pool *pool, void *object)
{
    const char *fault = NULL;
    assert_ptr_equal(pool_of(pool->store, object, &fault), pool);
    pool_retire(pool, object);
    pool_put(pool, object);
}

#endif

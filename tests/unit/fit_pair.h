/* A heap of allocators/fit and its naive counterpart side by side: each event goes to both, and the
 * test fails where they place a block differently or one can and the other cannot. */
#ifndef TESTS_UNIT_FIT_PAIR_H
#define TESTS_UNIT_FIT_PAIR_H

#include "tests/unit/fit_naive.h"

struct pair_block {
    char *payload; /* NULL: none */
    struct naive_block naive;
    uint64_t bytes;
};

struct pair {
    struct fit_heap heap;
    struct fit_budget budget; /* the heap's, so that it ends where the naive one does */
    struct naive_heap naive;
    char *range;
    size_t range_bytes;
    struct pair_block *block; /* by slot */
    uint32_t slots;
    uint64_t placed;
};

struct pair_request {
    enum naive_policy policy;
    enum fit_coalesce coalesce;
    uint32_t initial_units;
    uint32_t range_units; /* 0: 4 GiB of them */
};

void pair_open(struct pair *pair, const struct pair_request *request, uint32_t slots);
void pair_close(struct pair *pair);

/* The slot is empty before these, and after them where the block could not be had. */
void pair_allocate(struct pair *pair, uint32_t slot, uint64_t bytes);
void pair_allocate_aligned(struct pair *pair, uint32_t slot, uint64_t alignment, uint64_t bytes);

/* As realloc: in place, else a new block and the old one freed. bytes > 0. */
void pair_reallocate(struct pair *pair, uint32_t slot, uint64_t bytes);

/* An empty slot is left alone. */
void pair_free(struct pair *pair, uint32_t slot);
void pair_free_all(struct pair *pair);

/* The heap's tags hold, and it has the naive one's free blocks and end. */
void pair_audit(const struct pair *pair);

#endif

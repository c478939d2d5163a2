/* What the tests of the fit policies' heap core share: all policies, and one heap. For one test program
 * each. */
#ifndef TESTS_UNIT_FIT_LAB_H
#define TESTS_UNIT_FIT_LAB_H

#include "allocators/fit/tree.h"
#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define POLICIES    6
#define RANGE_BYTES ((size_t)1 << 28)

static const struct fit_policy *const policies[POLICIES] = {
    &fit_first, &fit_next, &fit_best, &fit_worst, &fit_first_lifo, &fit_good};

static struct fit_heap heap;
static char *range;

/* Begins anew: the heap is empty. */
static inline void open_heap(const struct fit_policy *policy, const struct fit_options *options)
{
    if (range != NULL) {
        os_purge(range, RANGE_BYTES);
    } else {
        range = os_reserve(RANGE_BYTES, (size_t)1 << 20);
        assert_non_null(range);
    }
    fit_heap_init(&heap, policy, range, RANGE_BYTES, options);
}

static const struct fit_options plain = {.coalesce = FIT_COALESCE_IMMEDIATE};

#endif

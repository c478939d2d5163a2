/* Put in front of malloc_api.c by `make check-truth`, never by a product: malloc and its family then
 * reach the allocator through a known delay.
 *
 * A step is one addition on which the next one and then the request itself depend, so that no
 * processor can run it beside the allocator's own work. What a step costs is measured, not assumed. */
#ifndef TESTS_TRUTH_SLOWED_H
#define TESTS_TRUTH_SLOWED_H

#include "allocators/heap.h"

static inline __attribute__((always_inline)) void *slowed_allocate(size_t bytes)
{
    size_t value = bytes;
#pragma GCC unroll 256
    for (int step = 0; step < SLOWED_STEPS; step++) {
        value += value;
        __asm__ volatile("" : "+r"(value));
    }
    size_t none = 0;
    __asm__ volatile("" : "+r"(none)); /* the compiler cannot know that it is 0 */
    return heap_allocate(bytes + (value & none));
}

#define heap_allocate slowed_allocate

#endif

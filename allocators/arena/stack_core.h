/* Blocks that can be freed one by one, on an arena: the stack under malloc(3). A free of the topmost
 * block pops it and all freed blocks below it, down to the next live one; a free of any other marks
 * it, and joins it to freed neighbours. The space of a freed block below a live one is not used again
 * before that.
 *
 * Before each block stands a header of 16 bytes: its size and state, and where the header below
 * is. As every header must be reached from the one below by its size, and name it, a pointer that is
 * no block's and most overwritten headers are noticed, before what they say is used. No globals, no
 * locks. */
#ifndef ALLOCATORS_ARENA_STACK_CORE_H
#define ALLOCATORS_ARENA_STACK_CORE_H

#include "allocators/arena/arena_core.h"

#include <stdbool.h>
#include <stdint.h>

struct stack_header {
    uint64_t bytes_and_state; /* bytes of the block, a multiple of 16; the lowest bits: its state */
    uint64_t below;           /* offset of the header below, or STACK_NONE */
};

#define STACK_NONE UINT64_MAX

struct stack_core {
    struct arena_core arena;
    uint64_t highest;  /* offset of the topmost header, or STACK_NONE */
    size_t dead_bytes; /* freed and not popped, with their headers */
};

/* An empty stack over `bytes` zeroed bytes at `start`. */
void stack_core_init(struct stack_core *stack, char *start, size_t bytes);

/* Pushes a block aligned to `alignment` (a power of two, at least 16); NULL when it does not fit.
 * The first *dirty_bytes of it may hold anything, the rest is zero. */
void *
stack_core_push(struct stack_core *stack, size_t bytes, size_t alignment, size_t *dirty_bytes);

/* What is wrong with the pointer, if it is not a live block's, or with what the calls below would
 * use of its header and its neighbours'; else NULL. */
const char *stack_core_fault(const struct stack_core *stack, const void *block);

/* The block, live or freed, that the address lies in, or in whose header, found from the bottom;
 * NULL where it is in none, or a header on the way was overwritten. */
const void *stack_core_around(const struct stack_core *stack,
                              const void *address,
                              size_t *bytes,
                              bool *is_live);

/* Of a live block in which stack_core_fault() found no fault. */
size_t stack_core_bytes(const void *block);
void stack_core_free(struct stack_core *stack, void *block);

/* Resizes a live block where it is: the topmost by moving the top, another one only to less, which
 * leaves it as it is. */
bool stack_core_resize(struct stack_core *stack, void *block, size_t bytes);

/* Calls visit for every block from the bottom; freed neighbours are one. */
void stack_core_walk(const struct stack_core *stack,
                     void (*visit)(void *context, const void *block, size_t bytes, bool is_live),
                     void *context);

#endif

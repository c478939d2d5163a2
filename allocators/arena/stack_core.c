/* The stack of blocks of stack_core.h. */
#include "allocators/arena/stack_core.h"

#define HEADER_BYTES sizeof(struct stack_header)
#define STATE_MASK   UINT64_C(15)
#define STATE_LIVE   UINT64_C(0xa) /* no state that zeroed or text bytes would have */
#define STATE_DEAD   UINT64_C(0x5)

_Static_assert(HEADER_BYTES == ARENA_ALIGNMENT, "a block behind its header must stay aligned");

static struct stack_header *header_at(const struct stack_core *stack, uint64_t offset)
{
    return (struct stack_header *)(void *)(stack->arena.start + offset);
}

static uint64_t offset_of(const struct stack_core *stack, const void *block)
{
    return (uint64_t)((const char *)block - stack->arena.start) - HEADER_BYTES;
}

static uint64_t bytes_of(const struct stack_header *header)
{
    return header->bytes_and_state & ~STATE_MASK;
}

static uint64_t state_of(const struct stack_header *header)
{
    return header->bytes_and_state & STATE_MASK;
}

void stack_core_init(struct stack_core *stack, char *start, size_t bytes)
{
    arena_core_init(&stack->arena, start, bytes);
    stack->highest = STACK_NONE;
    stack->dead_bytes = 0;
}

/* A header and its block at the top; NULL when they do not fit. */
static void *push(struct stack_core *stack, size_t bytes, uint64_t state, size_t *dirty_bytes)
{
    uint64_t offset = stack->arena.top;
    if (bytes > SIZE_MAX - HEADER_BYTES) {
        return NULL;
    }
    struct stack_header *header = arena_core_take(&stack->arena, HEADER_BYTES + bytes, dirty_bytes);
    if (header == NULL) {
        return NULL;
    }
    *dirty_bytes = *dirty_bytes > HEADER_BYTES ? *dirty_bytes - HEADER_BYTES : 0;
    header->bytes_and_state = (stack->arena.top - offset - HEADER_BYTES) | state;
    header->below = stack->highest;
    stack->highest = offset;
    return header + 1;
}

static bool has_state(const struct stack_header *header)
{
    return state_of(header) == STATE_LIVE || state_of(header) == STATE_DEAD;
}

/* Whether the header below, if any, ends where this one begins, and this one's block below the
 * top. */
static bool is_linked(const struct stack_core *stack, uint64_t offset)
{
    const struct stack_header *header = header_at(stack, offset);
    size_t top = stack->arena.top;
    bool fits = bytes_of(header) <= top - offset - HEADER_BYTES;
    if (header->below == STACK_NONE) {
        return fits && offset == 0;
    }
    if (!fits || header->below >= offset || header->below % ARENA_ALIGNMENT != 0) {
        return false;
    }
    const struct stack_header *below = header_at(stack, header->below);
    return header->below + HEADER_BYTES + bytes_of(below) == offset && has_state(below);
}

/* Whether the block ends at the top, if it is the highest, or else where a header stands that knows
 * of it. */
static bool is_followed(const struct stack_core *stack, uint64_t offset)
{
    uint64_t bytes = bytes_of(header_at(stack, offset));
    if (offset == stack->highest) {
        return bytes == stack->arena.top - offset - HEADER_BYTES;
    }
    if (offset > stack->highest || bytes > stack->highest - offset - HEADER_BYTES) {
        return false;
    }
    const struct stack_header *behind = header_at(stack, offset + HEADER_BYTES + bytes);
    return behind->below == offset && has_state(behind);
}

/* Takes dead blocks off the top, as far as their headers are whole. */
static void pop_dead(struct stack_core *stack)
{
    size_t top = stack->arena.top;
    while (stack->highest != STACK_NONE) {
        const struct stack_header *header = header_at(stack, stack->highest);
        if (state_of(header) != STATE_DEAD || !is_linked(stack, stack->highest)) {
            break;
        }
        stack->dead_bytes -= bytes_of(header) + HEADER_BYTES;
        top = stack->highest;
        stack->highest = header->below;
    }
    arena_core_release(&stack->arena, top);
}

void *stack_core_push(struct stack_core *stack, size_t bytes, size_t alignment, size_t *dirty_bytes)
{
    uintptr_t block = (uintptr_t)(stack->arena.start + stack->arena.top) + HEADER_BYTES;
    size_t gap_bytes = -block & (alignment - 1);
    if (gap_bytes > 0) { /* a dead block fills it, and is popped like any other */
        if (push(stack, gap_bytes - HEADER_BYTES, STATE_DEAD, dirty_bytes) == NULL) {
            return NULL;
        }
        stack->dead_bytes += gap_bytes;
    }
    void *pushed = push(stack, bytes, STATE_LIVE, dirty_bytes);
    if (pushed == NULL && gap_bytes > 0) {
        pop_dead(stack);
    }
    return pushed;
}

/* Whether the header is that of a freed block which is a part of a larger one now: the one below it
 * was told so, and has not been used since. */
static bool was_absorbed(const struct stack_core *stack, uint64_t offset)
{
    const struct stack_header *header = header_at(stack, offset);
    if (state_of(header) != STATE_DEAD || header->below >= offset ||
        header->below % ARENA_ALIGNMENT != 0) {
        return false;
    }
    const struct stack_header *below = header_at(stack, header->below);
    return state_of(below) == STATE_DEAD && header->below + bytes_of(below) >= offset;
}

/* What is wrong around a live block. What is not looked at is not used by a free of the block: its
 * dead neighbours become a part of it, or are popped with it. */
static const char *neighbour_fault(const struct stack_core *stack, uint64_t offset)
{
    const struct stack_header *header = header_at(stack, offset);
    if (!is_followed(stack, offset)) {
        return "the header of this block or the one behind it was overwritten";
    }
    uint64_t behind = offset + HEADER_BYTES + bytes_of(header);
    if (offset != stack->highest && state_of(header_at(stack, behind)) == STATE_DEAD &&
        (behind == stack->highest || !is_followed(stack, behind))) {
        return "the header of the free block behind this one was overwritten";
    }
    if (header->below != STACK_NONE && state_of(header_at(stack, header->below)) == STATE_DEAD &&
        !is_linked(stack, header->below)) {
        return "the header of the free block below this one was overwritten";
    }
    return NULL;
}

const char *stack_core_fault(const struct stack_core *stack, const void *block)
{
    uintptr_t from_start = (uintptr_t)block - (uintptr_t)stack->arena.start;
    if (from_start >= stack->arena.bytes) {
        return "not an address of this heap";
    }
    if (from_start < HEADER_BYTES || from_start > stack->arena.top ||
        from_start % ARENA_ALIGNMENT != 0) {
        return "no live block starts here (freed before, or an inner address)";
    }
    uint64_t offset = from_start - HEADER_BYTES;
    if (was_absorbed(stack, offset)) {
        return "freed before";
    }
    if (!is_linked(stack, offset)) {
        return "no block starts here, or its header or the one below was overwritten";
    }
    uint64_t state = state_of(header_at(stack, offset));
    return state == STATE_LIVE   ? neighbour_fault(stack, offset)
           : state == STATE_DEAD ? "freed before"
                                 : "no block starts here, or its header was overwritten";
}

const void *
stack_core_around(const struct stack_core *stack, const void *address, size_t *bytes, bool *is_live)
{
    uintptr_t from_start = (uintptr_t)address - (uintptr_t)stack->arena.start;
    size_t top = stack->arena.top;
    for (size_t offset = 0; from_start < top && offset <= from_start;) {
        const struct stack_header *header = header_at(stack, offset);
        *bytes = bytes_of(header);
        *is_live = state_of(header) == STATE_LIVE;
        if (*bytes > top - offset - HEADER_BYTES || !has_state(header)) {
            break;
        }
        offset += HEADER_BYTES + *bytes;
        if (from_start < offset) {
            return header + 1;
        }
    }
    return NULL;
}

size_t stack_core_bytes(const void *block)
{
    return bytes_of((const struct stack_header *)block - 1);
}

/* Makes one of a dead block and the dead one behind it, which is not the highest. */
static void absorb(struct stack_core *stack, uint64_t offset, uint64_t behind)
{
    struct stack_header *header = header_at(stack, offset);
    uint64_t after = behind + HEADER_BYTES + bytes_of(header_at(stack, behind));
    header->bytes_and_state = (after - offset - HEADER_BYTES) | STATE_DEAD;
    header_at(stack, after)->below = offset;
}

/* Dead neighbours become one: nothing uses them again before they are popped, but pops and walks are
 * as long as there are live blocks, not as there ever were any. */
static void join_dead(struct stack_core *stack, uint64_t offset)
{
    const struct stack_header *header = header_at(stack, offset);
    uint64_t behind = offset + HEADER_BYTES + bytes_of(header);
    if (state_of(header_at(stack, behind)) == STATE_DEAD) {
        absorb(stack, offset, behind);
    }
    if (header->below != STACK_NONE && state_of(header_at(stack, header->below)) == STATE_DEAD) {
        absorb(stack, header->below, offset);
    }
}

void stack_core_free(struct stack_core *stack, void *block)
{
    uint64_t offset = offset_of(stack, block);
    struct stack_header *header = header_at(stack, offset);
    header->bytes_and_state ^= STATE_LIVE ^ STATE_DEAD;
    stack->dead_bytes += bytes_of(header) + HEADER_BYTES;
    if (offset == stack->highest) {
        pop_dead(stack);
    } else {
        join_dead(stack, offset);
    }
}

bool stack_core_resize(struct stack_core *stack, void *block, size_t bytes)
{
    uint64_t offset = offset_of(stack, block);
    struct stack_header *header = header_at(stack, offset);
    size_t old_bytes = bytes_of(header);
    if (offset != stack->highest) {
        return bytes <= old_bytes;
    }
    if (bytes > old_bytes) {
        size_t dirty_bytes;
        if (arena_core_take(&stack->arena, bytes - old_bytes, &dirty_bytes) == NULL) {
            return false;
        }
    } else {
        bytes = (bytes + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
        arena_core_release(&stack->arena, offset + HEADER_BYTES + bytes);
    }
    header->bytes_and_state = (stack->arena.top - offset - HEADER_BYTES) | STATE_LIVE;
    return true;
}

void stack_core_walk(const struct stack_core *stack,
                     void (*visit)(void *context, const void *block, size_t bytes, bool is_live),
                     void *context)
{
    for (size_t offset = 0; offset < stack->arena.top;) {
        const struct stack_header *header = header_at(stack, offset);
        visit(context, header + 1, bytes_of(header), state_of(header) == STATE_LIVE);
        offset += HEADER_BYTES + bytes_of(header);
    }
}

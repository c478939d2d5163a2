/* stack_core: what is overwritten is noticed before it is used. */
#include "allocators/arena/stack_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define BYTES ((size_t)4096)

static int set_up(void **state)
{
    static struct stack_core stack;
    char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    stack_core_init(&stack, memory, BYTES);
    *state = &stack;
    return 0;
}

static int tear_down(void **state)
{
    const struct stack_core *stack = *state;
    munmap(stack->arena.start, BYTES);
    return 0;
}

static void *push(struct stack_core *stack, size_t bytes)
{
    size_t dirty_bytes;
    return stack_core_push(stack, bytes, ARENA_ALIGNMENT, &dirty_bytes);
}

static void assert_fault(const struct stack_core *stack, const void *block, const char *part)
{
    const char *fault = stack_core_fault(stack, block);
    assert_non_null(fault);
    assert_non_null(strstr(fault, part));
}

/* Of the header before the block. */
static void turn_bit(char *block, int bit)
{
    unsigned char *header = (unsigned char *)block - sizeof(struct stack_header);
    header[bit / 8] = (unsigned char)(header[bit / 8] ^ 1U << bit % 8);
}

/* Six blocks of 64 bytes: live, live, free, live, free, and the live top. */
static void push_six(struct stack_core *stack, char *block[])
{
    for (int i = 0; i < 6; i++) {
        block[i] = push(stack, 64);
        memset(block[i], 'x', 64);
    }
    stack_core_free(stack, block[2]);
    stack_core_free(stack, block[4]);
}

static void pop_all(struct stack_core *stack)
{
    arena_core_release(&stack->arena, 0);
    stack->highest = STACK_NONE;
    stack->dead_bytes = 0;
}

static void overwritten_neighbours_are_not_used(void **state)
{
    struct stack_core *stack = *state;
    char *block[6];
    const uint64_t huge = UINT64_C(1) << 40;
    push_six(stack, block);
    memcpy(block[2] - 16, &huge, sizeof huge); /* as a write beyond the end of the second does */
    assert_fault(stack, block[1], "the one behind it was overwritten");
    pop_all(stack);
    push_six(stack, block);
    turn_bit(block[2], 40); /* the size alone: the state is still that of a free block */
    assert_fault(stack, block[1], "the free block behind this one was overwritten");
    pop_all(stack);
    push_six(stack, block);
    memcpy(block[4] - 8, &huge, sizeof huge); /* where the header below is */
    assert_fault(stack, block[5], "the free block below this one was overwritten");
    pop_all(stack);
    push_six(stack, block);
    turn_bit(block[5], 40);
    assert_fault(stack, block[5], "overwritten");
}

/* Frees a block that has no fault. Returns whether it had one. */
static bool is_noticed(struct stack_core *stack, void *block)
{
    const size_t top = stack->arena.top;
    bool has_fault = stack_core_fault(stack, block) != NULL;
    if (!has_fault) {
        stack_core_free(stack, block);
    }
    assert_true(stack->arena.top <= top);
    assert_true(stack->highest == STACK_NONE || stack->highest < stack->arena.top);
    return has_fault;
}

/* Each bit of each header is turned in its turn; then what has no fault is freed, from the top or
 * from the bottom. Whatever the bit, what is behind the stack's memory is not touched. */
static void no_bit_of_a_header_leads_astray(void **state)
{
    struct stack_core *stack = *state;
    static const int upwards[] = {0, 1, 3, 5};
    static const int downwards[] = {5, 3, 1, 0};
    char *block[6];
    unsigned noticed = 0;
    for (int bit = 0; bit < 6 * 128; bit++) {
        const int *order = bit % 2 == 0 ? upwards : downwards;
        unsigned faults = 0;
        push_six(stack, block);
        turn_bit(block[bit / 128], bit % 128);
        for (int i = 0; i < 4; i++) {
            faults += is_noticed(stack, block[order[i]]);
        }
        noticed += faults > 0;
        pop_all(stack);
    }
    assert_int_equal(noticed, 6 * 128);
}

static void the_block_around_an_address_is_found(void **state)
{
    struct stack_core *stack = *state;
    char *block[6];
    size_t bytes = 0;
    bool is_live = false;
    push_six(stack, block);
    assert_ptr_equal(stack_core_around(stack, block[3] + 63, &bytes, &is_live), block[3]);
    assert_true(is_live);
    assert_int_equal(bytes, 64);
    assert_ptr_equal(stack_core_around(stack, block[4], &bytes, &is_live), block[4]);
    assert_false(is_live);
    assert_null(stack_core_around(stack, block[5] + 64, &bytes, &is_live));
    assert_null(stack_core_around(stack, stack, &bytes, &is_live));
    memset(block[1] - 16, 0xff, 16);
    assert_null(stack_core_around(stack, block[3], &bytes, &is_live));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(overwritten_neighbours_are_not_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_bit_of_a_header_leads_astray, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_block_around_an_address_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("arena damage", tests, NULL, NULL);
}

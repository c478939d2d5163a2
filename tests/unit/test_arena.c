/* arena_core and stack_core, several in one process, and the direct use of arenas. */
#include "allocators/arena/arena.h"
#include "allocators/arena/stack_core.h"
#include "tests/unit/direct_use.h"
#include "workloads/random.h"

#include <errno.h>
#include <sys/mman.h>

#define BYTES ((size_t)64 << 20)

static char *map_memory(void)
{
    char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static int set_up(void **state)
{
    struct stack_core *stack = test_calloc(2, sizeof *stack);
    stack_core_init(&stack[0], map_memory(), BYTES);
    stack_core_init(&stack[1], map_memory(), BYTES);
    *state = stack;
    return 0;
}

static int tear_down(void **state)
{
    struct stack_core *stack = *state;
    munmap(stack[0].arena.start, BYTES);
    munmap(stack[1].arena.start, BYTES);
    test_free(stack);
    return 0;
}

static void *push(struct stack_core *stack, size_t bytes)
{
    size_t dirty_bytes;
    return stack_core_push(stack, bytes, ARENA_ALIGNMENT, &dirty_bytes);
}

static void a_release_takes_all_above_its_mark(void **state)
{
    struct arena_core *arena = &((struct stack_core *)*state)->arena;
    size_t dirty_bytes;
    char *first = arena_core_take(arena, 100, &dirty_bytes);
    assert_ptr_equal(first, arena->start);
    size_t mark = arena->top;
    assert_int_equal(mark, 112);
    char *second = arena_core_take(arena, 1, &dirty_bytes);
    assert_int_equal(dirty_bytes, 0);
    arena_core_take(arena, 3000, &dirty_bytes);
    arena_core_release(arena, mark);
    assert_ptr_equal(arena_core_take(arena, 5000, &dirty_bytes), second);
    assert_int_equal(dirty_bytes, 16 + 3008); /* what the two before had; the rest is fresh */
    arena_core_release(arena, 0);
    assert_ptr_equal(arena_core_take(arena, 1, &dirty_bytes), first);
}

static void a_full_arena_refuses_and_stays(void **state)
{
    struct arena_core *arena = &((struct stack_core *)*state)->arena;
    size_t dirty_bytes;
    assert_null(arena_core_take(arena, BYTES + 1, &dirty_bytes));
    assert_null(arena_core_take(arena, SIZE_MAX, &dirty_bytes));
    assert_null(arena_core_take(arena, SIZE_MAX - 15, &dirty_bytes));
    assert_non_null(arena_core_take(arena, BYTES - 16, &dirty_bytes));
    assert_null(arena_core_take(arena, 17, &dirty_bytes));
    assert_non_null(arena_core_take(arena, 16, &dirty_bytes));
    assert_null(arena_core_take(arena, 1, &dirty_bytes));
}

static size_t resident_bytes(char *start, size_t bytes)
{
    static unsigned char in_core[BYTES / 4096];
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(mincore(start, bytes, in_core), 0);
    size_t pages = 0;
    for (size_t i = 0; i < bytes / page_bytes; i++) {
        pages += in_core[i] & 1;
    }
    return pages * page_bytes;
}

static void memory_far_above_the_top_goes_back_and_reads_as_zero(void **state)
{
    struct arena_core *arena = &((struct stack_core *)*state)->arena;
    size_t dirty_bytes;
    unsigned char *all = arena_core_take(arena, BYTES / 2, &dirty_bytes);
    memset(all, 1, BYTES / 2);
    arena_core_release(arena, 4096);
    assert_in_range(resident_bytes(arena->start, BYTES), 4096, 4096 + ARENA_KEPT_BYTES);
    assert_in_range(arena->dirty, arena->top, arena->top + ARENA_KEPT_BYTES);
    unsigned char *again = arena_core_take(arena, BYTES / 4, &dirty_bytes);
    for (size_t i = dirty_bytes; i < BYTES / 4; i++) {
        assert_int_equal(again[i], 0);
    }
}

static void the_top_pops_with_the_freed_blocks_below_it(void **state)
{
    struct stack_core *stack = *state;
    void *block[5];
    for (int i = 0; i < 5; i++) {
        block[i] = push(stack, 100);
    }
    size_t top = stack->arena.top;
    stack_core_free(stack, block[3]);
    stack_core_free(stack, block[2]);
    assert_int_equal(stack->arena.top, top); /* they wait below a live block */
    assert_int_equal(stack->dead_bytes, 2 * (112 + 16));
    void *above = push(stack, 10);
    stack_core_free(stack, above);
    assert_int_equal(stack->arena.top, top);
    stack_core_free(stack, block[4]);
    assert_int_equal(stack->dead_bytes, 0);
    assert_ptr_equal(push(stack, 500), block[2]);
    stack_core_free(stack, block[2]);
    stack_core_free(stack, block[0]);
    stack_core_free(stack, block[1]);
    assert_int_equal(stack->arena.top, 0); /* whole and empty again */
    assert_int_equal(stack->highest, STACK_NONE);
}

struct block {
    unsigned char *start;
    size_t bytes;
    unsigned char key;
};

static void fill(struct block *block, size_t bytes)
{
    block->bytes = bytes;
    memset(block->start, block->key, bytes);
}

static void check(const struct block *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        assert_int_equal(block->start[i], block->key);
    }
}

static void
begin(struct block *block, struct stack_core *stack, struct random *random, size_t bytes)
{
    size_t dirty_bytes;
    size_t alignment = (size_t)16 << random_below(random, 7);
    block->start = stack_core_push(stack, bytes, alignment, &dirty_bytes);
    if (block->start != NULL) { /* else it is full: nothing pops while old blocks lie below */
        assert_int_equal((uintptr_t)block->start % alignment, 0);
        block->key = (unsigned char)random_below(random, 256);
        fill(block, bytes);
    }
}

static void resize(struct block *block, struct stack_core *stack, size_t bytes)
{
    if (stack_core_resize(stack, block->start, bytes)) {
        check(block, bytes < block->bytes ? bytes : block->bytes);
        assert_true(stack_core_bytes(block->start) >= bytes);
        fill(block, bytes);
    }
}

static void end(struct block *block, struct stack_core *stack)
{
    assert_null(stack_core_fault(stack, block->start));
    check(block, block->bytes);
    stack_core_free(stack, block->start);
    block->start = NULL;
}

/* Blocks of two stacks come, grow, shrink and go at random; contents stay, and the end is empty. */
static void random_operations_keep_contents(void **state)
{
    struct stack_core *stack = *state;

    enum {
        BLOCKS = 200
    };

    static struct block live[BLOCKS];
    struct random random;
    random_seed(&random, 41, 0);
    for (int i = 0; i < 60000; i++) {
        size_t place = (size_t)random_below(&random, BLOCKS);
        struct block *block = &live[place];
        size_t bytes = (size_t)random_below(&random, (uint64_t)2 << random_below(&random, 11)) + 1;
        if (block->start == NULL) {
            begin(block, &stack[place % 2], &random, bytes);
        } else if (random_below(&random, 3) == 0) {
            resize(block, &stack[place % 2], bytes);
        } else {
            end(block, &stack[place % 2]);
        }
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (live[i].start != NULL) {
            end(&live[i], &stack[i % 2]);
        }
    }
    assert_int_equal(stack[0].arena.top, 0);
    assert_int_equal(stack[1].dead_bytes, 0);
}

static void assert_fault(const struct stack_core *stack, const void *block, const char *part)
{
    const char *fault = stack_core_fault(stack, block);
    assert_non_null(fault);
    assert_non_null(strstr(fault, part));
}

static void count_block(void *context, const void *block, size_t bytes, bool is_live)
{
    size_t *count = context;
    (void)block;
    count[is_live]++;
    count[2] += bytes + sizeof(struct stack_header);
}

/* Whatever the order in which neighbours are freed, they are one dead block, and a second free of
 * any of them is noticed. */
static void freed_neighbours_are_one(void **state)
{
    struct stack_core *stack = *state;
    static const int orders[][3] = {{1, 2, 3}, {3, 2, 1}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}};
    for (size_t order = 0; order < sizeof orders / sizeof *orders; order++) {
        void *block[5];
        for (int i = 0; i < 5; i++) {
            block[i] = push(stack, 100);
        }
        for (int i = 0; i < 3; i++) {
            stack_core_free(stack, block[orders[order][i]]);
        }
        size_t count[3] = {0};
        stack_core_walk(stack, count_block, count);
        assert_int_equal(count[false], 1);
        assert_int_equal(count[true], 2);
        assert_int_equal(count[2], stack->arena.top);
        assert_int_equal(stack->dead_bytes, 3 * (112 + 16));
        for (int i = 1; i < 4; i++) {
            assert_fault(stack, block[i], "freed before");
        }
        assert_null(stack_core_fault(stack, block[0]));
        assert_null(stack_core_fault(stack, block[4]));
        stack_core_free(stack, block[0]);
        stack_core_free(stack, block[4]);
        assert_int_equal(stack->arena.top, 0);
        assert_int_equal(stack->dead_bytes, 0);
    }
}

static void wrong_pointers_and_overwritten_headers_are_noticed(void **state)
{
    struct stack_core *stack = *state;
    char *first = push(stack, 64);
    char *second = push(stack, 64);
    push(stack, 64);
    memset(second, 0xff, 64);
    assert_fault(stack, second + 8, "no live block starts here");
    assert_fault(stack, second + 16, "no block starts here");
    assert_fault(&stack[1], first, "not an address of this heap");
    assert_fault(stack, stack->arena.start + stack->arena.top + 64, "no live block starts here");
    stack_core_free(stack, second);
    assert_fault(stack, second, "freed before");
    assert_null(stack_core_fault(stack, first));
    memset(first, 'x', 64 + 8); /* over the end of the first into the header of the second */
    char *third = second + 64 + 16;
    assert_fault(stack, third, "overwritten");
    memset(first - 16, 0, 16);
    assert_fault(stack, first, "no block starts here");
}

/* ---- direct use, as a program has it ---- */

struct direct {
    struct heaplab_arena *(*new)(size_t bytes_max);
    void *(*alloc)(struct heaplab_arena *arena, size_t bytes);
    heaplab_arena_mark_point (*mark)(const struct heaplab_arena *arena);
    void (*release)(struct heaplab_arena *arena, heaplab_arena_mark_point mark);
    void (*reset)(struct heaplab_arena *arena);
    size_t (*used_bytes)(const struct heaplab_arena *arena);
    void (*free)(struct heaplab_arena *arena);
    void (*free_block)(void *block);
    struct heaplab_arena *arena;
};

static struct direct direct_open(void)
{
    void *library = library_open("libarena.so");
    struct direct direct = {.new = NULL};
    *(void **)&direct.new = library_function(library, "heaplab_arena_new");
    *(void **)&direct.alloc = library_function(library, "heaplab_arena_alloc");
    *(void **)&direct.mark = library_function(library, "heaplab_arena_mark");
    *(void **)&direct.release = library_function(library, "heaplab_arena_release");
    *(void **)&direct.reset = library_function(library, "heaplab_arena_reset");
    *(void **)&direct.used_bytes = library_function(library, "heaplab_arena_used_bytes");
    *(void **)&direct.free = library_function(library, "heaplab_arena_free");
    *(void **)&direct.free_block = library_function(library, "free");
    return direct;
}

static void programs_have_arenas_of_their_own(void **state)
{
    (void)state;
    struct direct direct = direct_open();
    struct heaplab_arena *arena = direct.new(0);
    struct heaplab_arena *other = direct.new(1000);
    assert_true(arena != NULL && other != NULL);
    char *first = direct.alloc(arena, 100);
    heaplab_arena_mark_point mark = direct.mark(arena);
    char *second = direct.alloc(arena, (size_t)3 << 20);
    memset(first, 1, 100);
    memset(second, 2, (size_t)3 << 20);
    errno = 77;
    direct.release(arena, mark);
    assert_int_equal(errno, 77);
    assert_int_equal(first[99], 1);
    assert_ptr_equal(direct.alloc(arena, 10), second);
    assert_int_equal(direct.used_bytes(arena), 112 + 16);
    direct.reset(arena);
    assert_int_equal(direct.used_bytes(arena), 0);
    assert_ptr_equal(direct.alloc(arena, 1), first);
    assert_non_null(direct.alloc(other, 1000));
    assert_int_equal(errno, 77);
    assert_null(direct.alloc(other, 100));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(direct.new(SIZE_MAX));
    assert_int_equal(errno, ENOMEM);
    direct.free(arena);
    direct.free(other);
    direct.free(NULL);
}

static void free_an_object(void *context)
{
    const struct direct *direct = context;
    direct->free_block(direct->alloc(direct->arena, 100));
}

static void release_a_void_mark(void *context)
{
    const struct direct *direct = context;
    direct->alloc(direct->arena, 100);
    heaplab_arena_mark_point mark = direct->mark(direct->arena);
    direct->reset(direct->arena);
    direct->release(direct->arena, mark);
}

static void misuse_stops_the_program(void **state)
{
    (void)state;
    struct direct direct = direct_open();
    direct.arena = direct.new(0);
    assert_stops(free_an_object, &direct, "heaplab arena: free(0x", "not an address of this heap");
    assert_stops(release_a_void_mark, &direct, "heaplab_arena_release(0x", "void");
    direct.free(direct.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_release_takes_all_above_its_mark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_refuses_and_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            memory_far_above_the_top_goes_back_and_reads_as_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_top_pops_with_the_freed_blocks_below_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_operations_keep_contents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(freed_neighbours_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            wrong_pointers_and_overwritten_headers_are_noticed, set_up, tear_down),
        cmocka_unit_test(programs_have_arenas_of_their_own),
        cmocka_unit_test(misuse_stops_the_program),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}

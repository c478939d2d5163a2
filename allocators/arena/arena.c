/* The allocator `arena`: malloc(3) on one stack of blocks for the whole process, with one lock. For
 * studying what stack discipline costs and saves; a program whose blocks do not die in the reverse
 * order of their births grows for ever. README.md has the figures. Direct use with marks: arena.h. */
#include "allocators/arena/stack_core.h"
#include "allocators/heap.h"
#include "allocators/heap_walk.h"
#include "allocators/parts/message.h"
#include "allocators/parts/os_memory.h"
#include "allocators/parts/tunables.h"

#include <pthread.h>
#include <string.h>

#define RANGE_LOG2_MAX 40
#define RANGE_LOG2_MIN 24

enum {
    LIMIT,   /* the stack takes so many bytes at most */
    INITIAL, /* so many bytes get memory when it is set up */
    TUNABLES
};

static struct tunable tunable[TUNABLES] = {
    [LIMIT] = {.name = "limit", .value = INT64_MAX, .least = 65536, .most = INT64_MAX},
    [INITIAL] = {.name = "initial", .value = 0, .least = 0, .most = INT64_MAX},
};

static const char *refuse(void)
{
    return tunable[INITIAL].value > tunable[LIMIT].value ? "initial must not be larger than limit"
                                                         : NULL;
}

const struct tunable_table heap_tunables = {tunable, TUNABLES, refuse};

static struct stack_core stack; /* arena.bytes is 0 until it is set up */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Between heap_fork_prepare and its counterpart this thread holds the lock, and fork handlers of
 * others may still allocate in it. */
static _Thread_local bool this_thread_forks;

static void heap_lock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_lock(&lock);
    }
}

static void heap_unlock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_unlock(&lock);
    }
}

static char *reserve(size_t *bytes)
{
    for (unsigned log2 = RANGE_LOG2_MAX; log2 >= RANGE_LOG2_MIN; log2--) {
        *bytes = (size_t)1 << log2;
        char *start = os_has_twice(*bytes) ? os_reserve(*bytes, os_page_bytes()) : NULL;
        if (start != NULL) {
            return start;
        }
    }
    return NULL;
}

/* Called with the lock held. */
static bool is_set_up(void)
{
    if (stack.arena.bytes != 0) {
        return true;
    }
    tunables_read();
    size_t bytes;
    char *start = reserve(&bytes);
    if (start == NULL) {
        return false;
    }
    os_wish_huge_pages(start, bytes, false);
    size_t limit_bytes = tunable[LIMIT].value & ~(ARENA_ALIGNMENT - 1);
    stack_core_init(&stack, start, bytes < limit_bytes ? bytes : limit_bytes);
    size_t page_bytes = os_page_bytes();
    size_t initial_bytes = (tunable[INITIAL].value + page_bytes - 1) & ~(page_bytes - 1);
    if (initial_bytes > 0) {
        os_populate(start, initial_bytes < bytes ? initial_bytes : bytes);
    }
    return true;
}

static void *allocate(size_t bytes, size_t alignment, size_t *dirty_bytes)
{
    heap_lock();
    void *block = is_set_up() ? stack_core_push(&stack, bytes, alignment, dirty_bytes) : NULL;
    heap_unlock();
    return block;
}

void *heap_allocate(size_t bytes)
{
    size_t dirty_bytes;
    return allocate(bytes, HEAP_ALIGNMENT, &dirty_bytes);
}

void *heap_allocate_zeroed(size_t bytes)
{
    size_t dirty_bytes = 0;
    void *block = allocate(bytes, HEAP_ALIGNMENT, &dirty_bytes);
    if (block != NULL) {
        memset(block, 0, dirty_bytes < bytes ? dirty_bytes : bytes);
    }
    return block;
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    size_t dirty_bytes;
    return allocate(bytes, alignment, &dirty_bytes);
}

/* heap_misuse(), with the block that the address lies in. Called with the lock held. */
__attribute__((cold, noinline)) static _Noreturn void
stop(const char *call, const void *address, const char *fault)
{
    struct message message = {.length = 0};
    size_t bytes = 0;
    bool is_live = false;
    const void *block = stack_core_around(&stack, address, &bytes, &is_live);
    message_add(&message, fault);
    if (block != NULL) {
        message_add(&message, "; the ");
        message_add_number(&message, bytes);
        message_add(&message, " bytes at ");
        message_add_address(&message, block);
        message_add(&message, is_live ? " are live" : " are free");
    }
    message.text[message.length] = '\0';
    heap_unlock(); /* a handler of SIGABRT may allocate */
    heap_misuse(call, address, message.text);
}

/* Called with the lock held. */
static void require_live(const char *call, const void *block)
{
    const char *fault = stack_core_fault(&stack, block);
    if (fault != NULL) {
        stop(call, block, fault);
    }
}

void heap_free(void *block)
{
    heap_lock();
    require_live("free", block);
    stack_core_free(&stack, block);
    heap_unlock();
}

size_t heap_usable_bytes(const void *block)
{
    heap_lock();
    require_live("malloc_usable_size", block);
    size_t bytes = stack_core_bytes(block);
    heap_unlock();
    return bytes;
}

void *heap_reallocate(void *block, size_t bytes)
{
    heap_lock();
    require_live("realloc", block);
    size_t old_bytes = stack_core_bytes(block);
    bool is_resized = stack_core_resize(&stack, block, bytes);
    heap_unlock();
    if (is_resized) {
        return block;
    }
    void *larger = heap_allocate(bytes);
    if (larger != NULL) {
        memcpy(larger, block, old_bytes);
        heap_free(block);
    }
    return larger;
}

void heap_fork_prepare(void)
{
    pthread_mutex_lock(&lock);
    this_thread_forks = true;
}

void heap_fork_parent(void)
{
    this_thread_forks = false;
    pthread_mutex_unlock(&lock);
}

void heap_fork_child(void)
{
    heap_fork_parent();
}

__attribute__((visibility("default"))) heaplab_heap_walk_function heaplab_heap_walk;

struct walk {
    heap_region_visit *visit;
    void *context;
};

static void
report(const struct walk *walk, const void *address, size_t bytes, enum heap_region_kind kind)
{
    struct heap_region region = {.address = (uintptr_t)address, .bytes = bytes, .kind = kind};
    if (bytes > 0) {
        walk->visit(walk->context, &region);
    }
}

static void report_block(void *context, const void *block, size_t bytes, bool is_live)
{
    const struct stack_header *header = (const struct stack_header *)block - 1;
    report(context, header, sizeof *header, HEAP_REGION_METADATA);
    report(context, block, bytes, is_live ? HEAP_REGION_USED : HEAP_REGION_FREE);
}

void heaplab_heap_walk(heap_region_visit *visit, void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    if (stack.arena.bytes != 0) {
        stack_core_walk(&stack, report_block, &walk);
        const struct arena_core *arena = &stack.arena;
        report(&walk, arena->start + arena->top, arena->dirty - arena->top, HEAP_REGION_FREE);
    }
}

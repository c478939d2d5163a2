/* The fit policies as a malloc: heap.h over one heap with a lock, or over a heap for each thread.
 *
 * One reservation of addresses is cut into equal slots, one for each heap, so that the heap of a
 * block is found by its address. heaps=one has one slot. With heaps=thread a thread gets a heap at
 * its first call; when it ends, its heap goes to the next thread that begins. Blocks of any heap
 * may be freed by any thread: with the heap's lock. */
#include "allocators/heap.h"

#include "allocators/fit/block.h"
#include "allocators/fit/heaps.h"
#include "allocators/parts/message.h"
#include "allocators/parts/os_memory.h"
#include "allocators/parts/tunables.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define RANGE_ONE_LOG2    35 /* 32 GiB */
#define RANGE_THREAD_LOG2 43 /* 8 TiB, in slots of 32 GiB */
#define RANGE_LEAST_LOG2  24
#define SLOT_MOST_LOG2    35
#define SLOT_LEAST_LOG2   32 /* where addresses are few, threads share heaps, or one */

enum {
    COALESCE,
    HEAPS,
    LIMIT,
    INITIAL,
    TUNABLES
};

enum heaps {
    HEAPS_ONE,
    HEAPS_THREAD
};

static struct tunable tunables[TUNABLES] = {
    [COALESCE] = {"coalesce", "never|immediate|deferred", FIT_COALESCE_IMMEDIATE, 0, 0},
    [HEAPS] = {"heaps", "one|thread", HEAPS_ONE, 0, 0},
    [LIMIT] = {"limit", NULL, UINT64_C(1) << RANGE_THREAD_LOG2, 1 << 16, UINT64_C(1) << 46},
    [INITIAL] = {"initial", NULL, 0, 0, UINT64_C(1) << SLOT_MOST_LOG2},
};

static const char *refuse(void)
{
    return tunables[INITIAL].value > tunables[LIMIT].value
               ? "a heap cannot begin with more than its limit; allowed: initial up to limit"
               : NULL;
}

const struct tunable_table heap_tunables = {tunables, TUNABLES, refuse};

struct locked_heap heaps[HEAPS_MAX];
atomic_uint heap_count;

static struct fit_budget budget;
static char *range;
static size_t range_bytes;
static unsigned slot_log2;

/* Guards which heaps there are and which are idle; taken before any heap's own lock. */
static pthread_mutex_t heaps_lock = PTHREAD_MUTEX_INITIALIZER;
static struct locked_heap *idle_heaps;
static unsigned next_shared;
static pthread_key_t exit_key;
static bool exit_key_made;

static _Thread_local struct locked_heap *own_heap;
static _Thread_local bool this_thread_ended;
/* Between heap_fork_prepare and its counterpart this thread holds every lock, and fork handlers of
 * others may still allocate in it. */
static _Thread_local bool this_thread_forks;

static void take_lock(pthread_mutex_t *lock)
{
    if (!this_thread_forks) {
        pthread_mutex_lock(lock);
    }
}

static void drop_lock(pthread_mutex_t *lock)
{
    if (!this_thread_forks) {
        pthread_mutex_unlock(lock);
    }
}

void fit_let_go(const struct fit_heap *heap)
{
    for (unsigned i = 0; i < atomic_load(&heap_count); i++) {
        if (&heaps[i].heap == heap) {
            drop_lock(&heaps[i].lock);
        }
    }
}

/* Called with heaps_lock held. False when the kernel has no addresses. */
static bool reserve_range(void)
{
    tunables_read();
    bool is_one = tunables[HEAPS].value == HEAPS_ONE;
    unsigned range_log2 = is_one ? RANGE_ONE_LOG2 : RANGE_THREAD_LOG2;
    for (; range == NULL && range_log2 >= RANGE_LEAST_LOG2; range_log2--) {
        range_bytes = (size_t)1 << range_log2;
        range = os_has_twice(range_bytes) ? os_reserve(range_bytes, os_page_bytes()) : NULL;
        slot_log2 = is_one ? range_log2 : range_log2 - (RANGE_THREAD_LOG2 - SLOT_MOST_LOG2);
        slot_log2 = slot_log2 < SLOT_LEAST_LOG2 ? SLOT_LEAST_LOG2 : slot_log2;
        slot_log2 = slot_log2 < range_log2 ? slot_log2 : range_log2;
    }
    if (range == NULL) {
        return false;
    }
    os_wish_huge_pages(range, range_bytes, false);
    atomic_init(&budget.units_left, tunables[LIMIT].value >> FIT_UNIT_LOG2);
    return true;
}

/* Ends the program when the first heap does not begin with what was asked for. */
static void refuse_initial_beyond(uint64_t bytes)
{
    uint64_t wanted = tunables[INITIAL].value;
    if (wanted <= bytes) {
        return;
    }
    struct message message = {.length = 0};
    message_add(&message, "heaplab " ALLOCATOR_NAME ": HEAPLAB_TUNABLES \"initial=");
    message_add_number(&message, wanted);
    message_add(&message, "\": there are addresses for ");
    message_add_number(&message, bytes);
    message_add(&message,
                " bytes (a heap takes at most half of what ulimit -v leaves); ask for less");
    message_print(&message);
    _exit(2);
}

/* A heap in the next slot; NULL when there is none. Called with heaps_lock held. */
static struct locked_heap *set_up_heap(void)
{
    if (range == NULL && !reserve_range()) {
        refuse_initial_beyond(0);
        return NULL;
    }
    unsigned slot = atomic_load(&heap_count);
    if (slot >= range_bytes >> slot_log2) {
        return NULL;
    }
    struct fit_options options = {.coalesce = (enum fit_coalesce)tunables[COALESCE].value,
                                  .initial_bytes = slot == 0 ? tunables[INITIAL].value : 0,
                                  .budget = &budget};
    struct locked_heap *heap = &heaps[slot];
    pthread_mutex_init(&heap->lock, NULL);
    if (this_thread_forks) {
        pthread_mutex_lock(&heap->lock); /* to be released with all others */
    }
    fit_heap_init(&heap->heap,
                  &fit_of_library,
                  range + ((size_t)slot << slot_log2),
                  (size_t)1 << slot_log2,
                  &options);
    if (slot == 0) {
        size_t units = heap->heap.end_most - FIT_UNIT_FIRST;
        refuse_initial_beyond(units << FIT_UNIT_LOG2);
    }
    atomic_store(&heap_count, slot + 1);
    return heap;
}

/* The heap for a thread that has none, NULL without any; is_owned tells that it is the thread's own.
 * Called with heaps_lock held. */
static struct locked_heap *choose_heap(bool *is_owned)
{
    unsigned count = atomic_load(&heap_count);
    if (count > 0 && tunables[HEAPS].value == HEAPS_ONE) {
        return &heaps[0];
    }
    struct locked_heap *heap = idle_heaps;
    if (heap != NULL) {
        idle_heaps = heap->next_idle;
    } else {
        heap = set_up_heap();
    }
    if (heap == NULL) {
        return count == 0 ? NULL : &heaps[next_shared++ % count];
    }
    *is_owned = tunables[HEAPS].value == HEAPS_THREAD;
    heap->is_owned = *is_owned;
    return heap;
}

static void give_heap_back(void *value)
{
    struct locked_heap *heap = value;
    this_thread_ended = true; /* what still comes uses the first heap */
    own_heap = NULL;
    take_lock(&heaps_lock);
    heap->is_owned = false;
    heap->next_idle = idle_heaps;
    idle_heaps = heap;
    drop_lock(&heaps_lock);
}

__attribute__((noinline)) static struct locked_heap *attach(void)
{
    if (this_thread_ended) {
        return &heaps[0];
    }
    take_lock(&heaps_lock);
    bool is_owned = false;
    struct locked_heap *heap = choose_heap(&is_owned);
    own_heap = heap;
    if (is_owned && !exit_key_made) {
        exit_key_made = pthread_key_create(&exit_key, give_heap_back) == 0;
    }
    bool watch = is_owned && exit_key_made;
    drop_lock(&heaps_lock);
    if (watch) {
        pthread_setspecific(exit_key, heap); /* may call calloc: the heap serves already */
    }
    return heap;
}

/* An `initial` that cannot be had is told when the program starts, like other senseless tunables. */
__attribute__((constructor)) static void begin_with_initial(void)
{
    tunables_read();
    if (tunables[INITIAL].value > 0 && own_heap == NULL) {
        (void)attach();
    }
}

static inline struct locked_heap *heap_of_thread(void)
{
    return own_heap != NULL ? own_heap : attach();
}

/* The heap whose slot the address is in. */
static struct locked_heap *heap_of(const char *call, const void *block)
{
    size_t slot = ((uintptr_t)block - (uintptr_t)range) >> slot_log2;
    if (slot >= atomic_load_explicit(&heap_count, memory_order_acquire)) {
        heap_misuse(call, block, "not an address of this heap");
    }
    return &heaps[slot];
}

enum request {
    PLAIN,
    ZEROED,
    ALIGNED
};

static void *
allocate_in(struct locked_heap *heap, enum request request, size_t alignment, size_t bytes)
{
    void *block = NULL;
    take_lock(&heap->lock);
    switch (request) {
    case PLAIN: block = fit_allocate(&heap->heap, bytes); break;
    case ZEROED: block = fit_allocate_zeroed(&heap->heap, bytes); break;
    case ALIGNED: block = fit_allocate_aligned(&heap->heap, alignment, bytes); break;
    }
    drop_lock(&heap->lock);
    return block;
}

/* When the thread's own heap is full, the others may have room. */
static void *allocate(enum request request, size_t alignment, size_t bytes)
{
    struct locked_heap *heap = heap_of_thread();
    void *block = heap == NULL ? NULL : allocate_in(heap, request, alignment, bytes);
    unsigned count = atomic_load_explicit(&heap_count, memory_order_acquire);
    for (unsigned i = 0; block == NULL && i < count; i++) {
        if (&heaps[i] != heap) {
            block = allocate_in(&heaps[i], request, alignment, bytes);
        }
    }
    return block;
}

void *heap_allocate(size_t bytes)
{
    return allocate(PLAIN, 0, bytes);
}

void *heap_allocate_zeroed(size_t bytes)
{
    return allocate(ZEROED, 0, bytes);
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    return allocate(ALIGNED, alignment, bytes);
}

void heap_free(void *block)
{
    struct locked_heap *heap = heap_of("free", block);
    take_lock(&heap->lock);
    fit_free(&heap->heap, block);
    drop_lock(&heap->lock);
}

size_t heap_usable_bytes(const void *block)
{
    struct locked_heap *heap = heap_of("malloc_usable_size", block);
    take_lock(&heap->lock);
    size_t bytes = fit_usable_bytes(&heap->heap, block);
    drop_lock(&heap->lock);
    return bytes;
}

void *heap_reallocate(void *block, size_t bytes)
{
    struct locked_heap *heap = heap_of("realloc", block);
    take_lock(&heap->lock);
    bool resized = fit_resize(&heap->heap, block, bytes);
    size_t old_bytes = resized ? 0 : fit_usable_bytes(&heap->heap, block);
    drop_lock(&heap->lock);
    if (resized) {
        return block;
    }
    void *larger = heap_allocate(bytes);
    if (larger != NULL) {
        memcpy(larger, block, old_bytes < bytes ? old_bytes : bytes);
        heap_free(block);
    }
    return larger;
}

void heap_fork_prepare(void)
{
    pthread_mutex_lock(&heaps_lock);
    for (unsigned i = 0; i < atomic_load(&heap_count); i++) {
        pthread_mutex_lock(&heaps[i].lock);
    }
    this_thread_forks = true;
}

void heap_fork_parent(void)
{
    this_thread_forks = false;
    for (unsigned i = 0; i < atomic_load(&heap_count); i++) {
        pthread_mutex_unlock(&heaps[i].lock);
    }
    pthread_mutex_unlock(&heaps_lock);
}

/* No update was under way anywhere, as every lock was held: the heaps of threads that are gone serve
 * new ones. */
void heap_fork_child(void)
{
    for (unsigned i = 0; i < atomic_load(&heap_count); i++) {
        if (heaps[i].is_owned && &heaps[i] != own_heap) {
            heaps[i].is_owned = false;
            heaps[i].next_idle = idle_heaps;
            idle_heaps = &heaps[i];
        }
    }
    heap_fork_parent();
}

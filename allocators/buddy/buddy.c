/* The allocator `buddy`: a binary buddy over one reservation of addresses, with one lock. For
 * studying the buddy system as a malloc, with its rounding to powers of two, its O(orders) worst
 * case and its natural alignment; not for speed on many threads.
 *
 * Method: Knowlton 1965; Knuth, TAOCP 1, 2.5; the core is parts/buddy_core.c. Where a block's order
 * is written down, and what that costs: README.md. */
#include "allocators/buddy/buddy.h"

#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define RANGE_LOG2_MAX 40
#define RANGE_LOG2_MIN 24
/* Free blocks from here on lose their memory at once, and outside the lock: their next use costs
 * more than the page faults. */
#define LARGE_BYTES      ((size_t)1 << 20)
#define MOVE_PAGES_BYTES ((size_t)256 << 10) /* below, copying is cheaper than remapping */

struct buddy_heap buddy_heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Between heap_fork_prepare and its counterpart this thread holds the lock, and fork handlers of
 * others may still allocate in it. */
static _Thread_local bool this_thread_forks;

static void heap_lock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_lock(&buddy_heap.lock);
    }
}

static void heap_unlock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_unlock(&buddy_heap.lock);
    }
}

static size_t block_bytes(unsigned order)
{
    return (size_t)1 << (GRANULE_LOG2 + order);
}

/* Sets the heap up over a range of this size; false when the kernel refuses. */
static bool set_up_range(unsigned range_log2)
{
    struct buddy_heap *heap = &buddy_heap;
    size_t range_bytes = (size_t)1 << range_log2;
    size_t core_bytes = buddy_core_table_bytes(range_log2, GRANULE_LOG2);
    size_t units = range_bytes >> UNIT_LOG2;
    size_t table_bytes = core_bytes + bit_tree_table_bytes(units) + (range_bytes >> GRANULE_LOG2);
    size_t page_bytes = os_page_bytes();
    table_bytes = (table_bytes + page_bytes - 1) & ~(page_bytes - 1);
    char *tables = os_reserve(table_bytes, page_bytes);
    if (tables == NULL) {
        return false;
    }
    /* Aligning to its own size asks for twice the range for a moment: where addresses are limited,
     * as much as the heap takes is left to the program. */
    void *range = os_reserve(range_bytes, range_bytes);
    if (range == NULL) {
        os_release(tables, table_bytes);
        return false;
    }
    os_wish_huge_pages(range, range_bytes, false);
    os_wish_huge_pages(tables, table_bytes, false);
    /* The orders first: so a unit's share of them is a page of its own. */
    size_t order_bytes = range_bytes >> GRANULE_LOG2;
    heap->order_of = (uint8_t *)tables;
    buddy_core_init(&heap->core, (uintptr_t)range, range_log2, GRANULE_LOG2, tables + order_bytes);
    bit_tree_init(&heap->kept, units, tables + order_bytes + core_bytes);
    heap->start = range;
    heap->range_bytes = range_bytes;
    return true;
}

/* Called with the lock held. */
static bool is_set_up(void)
{
    unsigned range_log2 = RANGE_LOG2_MAX;
    while (buddy_heap.range_bytes == 0 && range_log2 >= RANGE_LOG2_MIN) {
        set_up_range(range_log2--);
    }
    return buddy_heap.range_bytes != 0;
}

static uint8_t *order_entry(uintptr_t block)
{
    return &buddy_heap.order_of[(block - buddy_heap.core.base) >> GRANULE_LOG2];
}

/* Called with the lock held. */
static void begin_life(uintptr_t block, unsigned order)
{
    struct buddy_heap *heap = &buddy_heap;
    *order_entry(block) = (uint8_t)(order + 1);
    size_t end = block - heap->core.base + block_bytes(order);
    heap->high_water_bytes = end > heap->high_water_bytes ? end : heap->high_water_bytes;
}

/* A block for the larger of `bytes` and `alignment`; its first `zero_bytes` bytes are zero as far
 * as they lie in whole units. */
static void *allocate(size_t bytes, size_t alignment, size_t zero_bytes)
{
    struct buddy_heap *heap = &buddy_heap;
    heap_lock();
    uintptr_t block = BUDDY_NONE;
    if (is_set_up()) {
        unsigned order = buddy_core_order(&heap->core, bytes > alignment ? bytes : alignment);
        block = buddy_core_take(&heap->core, order);
        if (block != BUDDY_NONE) {
            begin_life(block, order);
            kept_take(heap, block, block_bytes(order), order >= UNIT_ORDER ? zero_bytes : 0);
        }
    }
    heap_unlock();
    return block == BUDDY_NONE ? NULL : buddy_pointer(heap, block);
}

void *heap_allocate(size_t bytes)
{
    return allocate(bytes, 1, 0);
}

void *heap_allocate_zeroed(size_t bytes)
{
    void *block = allocate(bytes, 1, bytes);
    /* Of whole units it is known which are zero; of parts of a unit it is not. */
    if (block != NULL && bytes <= block_bytes(UNIT_ORDER) / 2) {
        memset(block, 0, bytes);
    }
    return block;
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    return allocate(bytes, alignment, 0); /* a block is aligned to its own size */
}

/* The order of the live block; anything else is the program's error. Reads one byte that only the
 * block's holder may change: no lock is needed. */
static unsigned live_order(const char *call, const void *block)
{
    uintptr_t offset = (uintptr_t)block - buddy_heap.core.base;
    if (offset >= buddy_heap.range_bytes) {
        heap_misuse(call, block, "not an address of this heap");
    }
    unsigned entry = *order_entry((uintptr_t)block);
    if (entry == 0 || entry >= ENTRY_DYING || offset % HEAP_ALIGNMENT != 0) {
        heap_misuse(call, block, "no live block starts here (freed before, or an inner address)");
    }
    return entry - 1;
}

/* Called with the lock held. */
static void give_back(uintptr_t address, unsigned order, bool is_purged)
{
    unsigned merged = buddy_core_give(&buddy_heap.core, address, order);
    if (!is_purged) {
        kept_give(&buddy_heap, address, order, merged);
    }
}

/* Purges outside the lock; the entry says meanwhile that the block is nobody's. */
static void free_large(uintptr_t block, unsigned order)
{
    os_purge(buddy_pointer(&buddy_heap, block), block_bytes(order));
    heap_lock();
    *order_entry(block) = 0;
    give_back(block, order, true);
    heap_unlock();
}

void heap_free(void *block)
{
    unsigned order = live_order("free", block);
    bool is_large = block_bytes(order) >= LARGE_BYTES;
    uint8_t *entry = order_entry((uintptr_t)block);
    heap_lock();
    bool was_live = *entry == order + 1;
    if (was_live) {
        *entry = is_large ? (uint8_t)(ENTRY_DYING + order + 1) : 0;
        if (!is_large) {
            give_back((uintptr_t)block, order, false);
        }
    }
    heap_unlock();
    if (!was_live) {
        heap_misuse("free", block, "freed by two threads at once");
    }
    if (is_large) {
        free_large((uintptr_t)block, order);
    }
}

size_t heap_usable_bytes(const void *block)
{
    return block_bytes(live_order("malloc_usable_size", block));
}

/* Gives the upper halves back until the block is of order `to`. */
static void shrink(uintptr_t block, unsigned from, unsigned to)
{
    size_t rest_bytes = block_bytes(from) - block_bytes(to);
    bool is_purged = rest_bytes >= LARGE_BYTES;
    if (is_purged) {
        /* From a page's edge on; the part of a page before it is none of a whole unit. */
        size_t first = block_bytes(to) > os_page_bytes() ? block_bytes(to) : os_page_bytes();
        os_purge(buddy_pointer(&buddy_heap, block + first), block_bytes(from) - first);
    }
    heap_lock();
    *order_entry(block) = (uint8_t)(to + 1);
    while (from-- > to) {
        give_back(block + block_bytes(from), from, is_purged);
    }
    heap_unlock();
}

static bool grow(uintptr_t block, unsigned from, unsigned to)
{
    struct buddy_heap *heap = &buddy_heap;
    heap_lock();
    bool grown = buddy_core_grow(&heap->core, block, from, to);
    if (grown) {
        begin_life(block, to);
        kept_take(heap, block + block_bytes(from), block_bytes(to) - block_bytes(from), 0);
    }
    heap_unlock();
    return grown;
}

void *heap_reallocate(void *block, size_t bytes)
{
    unsigned from = live_order("realloc", block);
    unsigned to = buddy_core_order(&buddy_heap.core, bytes);
    if (to < from) {
        shrink((uintptr_t)block, from, to);
    }
    if (to <= from || grow((uintptr_t)block, from, to)) {
        return block;
    }
    void *larger = heap_allocate(bytes);
    if (larger == NULL) {
        return NULL;
    }
    size_t old_bytes = block_bytes(from);
    if (old_bytes < MOVE_PAGES_BYTES || !os_move_pages(block, larger, old_bytes)) {
        memcpy(larger, block, old_bytes);
    }
    heap_free(block);
    return larger;
}

void heap_fork_prepare(void)
{
    pthread_mutex_lock(&buddy_heap.lock);
    this_thread_forks = true;
}

void heap_fork_parent(void)
{
    this_thread_forks = false;
    pthread_mutex_unlock(&buddy_heap.lock);
}

void heap_fork_child(void)
{
    heap_fork_parent();
}

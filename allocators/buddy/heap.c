/* heap.h over a buddy system: one reservation of addresses, one lock, a table of the live blocks'
 * classes. Which blocks there are, how they split and merge, is the system's (system.h); which free
 * memory stays is kept.c's. */
#include "allocators/heap.h"

#include "allocators/buddy/buddy.h"
#include "allocators/buddy/settings.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

/* Free blocks from here on lose their memory at once, and outside the lock: their next use costs
 * more than the page faults. */
#define LARGE_BYTES      ((size_t)1 << 20)
#define MOVE_PAGES_BYTES ((size_t)256 << 10) /* below, copying is cheaper than remapping */

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

static uint8_t *class_entry(uintptr_t pointer)
{
    return &buddy_heap.class_of[(pointer - buddy_heap.base) >> GRANULE_LOG2];
}

/* A live block: `pointer` is what the program has, at or (aligned calls) behind the start. */
struct live {
    uintptr_t pointer;
    uintptr_t start;
    unsigned block_class;
    size_t bytes; /* from the start on */
};

/* Called with the lock held. */
static void begin_life(uintptr_t pointer, uintptr_t start, unsigned block_class)
{
    struct buddy_heap *heap = &buddy_heap;
    unsigned entry = block_class + 1 + (pointer == start ? 0 : ENTRY_PADDED);
    *class_entry(pointer) = (uint8_t)entry;
    size_t end = start - heap->base + buddy_system.bytes_of(block_class);
    heap->high_water_bytes = end > heap->high_water_bytes ? end : heap->high_water_bytes;
}

/* A block with `bytes` from the first multiple of `alignment` on; the memory of its whole units is
 * zero up to `zero_bytes`. 0 when the heap is full. */
static uintptr_t allocate(size_t bytes, size_t alignment, size_t zero_bytes)
{
    struct buddy_heap *heap = &buddy_heap;
    if (buddy_system.is_naturally_aligned) {
        bytes = bytes > alignment ? bytes : alignment;
    } else if (alignment > HEAP_ALIGNMENT) {
        bytes += alignment - HEAP_ALIGNMENT;
    }
    uintptr_t pointer = 0;
    heap_lock();
    if (heap->range_bytes != 0 || buddy_set_up()) {
        unsigned block_class = buddy_system.class_of(bytes);
        uintptr_t start = buddy_system.take(block_class);
        if (start != BUDDY_NONE) {
            pointer = (start + alignment - 1) & ~(uintptr_t)(alignment - 1);
            begin_life(pointer, start, block_class);
            kept_take(heap, start, buddy_system.bytes_of(block_class), zero_bytes);
        }
    }
    heap_unlock();
    return pointer;
}

static void *allocated(uintptr_t pointer)
{
    return pointer == 0 ? NULL : buddy_pointer(&buddy_heap, pointer);
}

void *heap_allocate(size_t bytes)
{
    return allocated(allocate(bytes, 1, 0));
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    return allocated(allocate(bytes, alignment, 0));
}

/* Of whole units it is known which are zero; of parts of a unit it is not. */
void *heap_allocate_zeroed(size_t bytes)
{
    uintptr_t start = allocate(bytes, 1, bytes);
    if (start == 0) {
        return NULL;
    }
    char *block = buddy_pointer(&buddy_heap, start);
    size_t offset = (start - buddy_heap.base) & (UNIT_BYTES - 1);
    size_t head_bytes = offset == 0 ? 0 : UNIT_BYTES - offset; /* before the first whole unit */
    size_t block_bytes = buddy_system.bytes_of(*class_entry(start) - 1U);
    if (block_bytes < head_bytes + UNIT_BYTES) {
        memset(block, 0, bytes);
        return block;
    }
    memset(block, 0, head_bytes < bytes ? head_bytes : bytes);
    size_t tail = head_bytes + ((block_bytes - head_bytes) & ~(UNIT_BYTES - 1));
    if (tail < bytes) {
        memset(block + tail, 0, bytes - tail);
    }
    return block;
}

/* heap_misuse(), with the block that the address lies in. Called without the lock, and none is held
 * in the end: a handler of SIGABRT may allocate. */
__attribute__((cold, noinline)) static _Noreturn void
stop(const char *call, const void *address, const char *fault)
{
    struct message message = {.length = 0};
    message_add(&message, fault);
    heap_lock();
    buddy_describe(&message, address);
    heap_unlock();
    message.text[message.length] = '\0';
    heap_misuse(call, address, message.text);
}

/* The live block; anything else is the program's error. Reads one byte that only the block's holder
 * may change: no lock is needed. */
static struct live live_block(const char *call, const void *pointer)
{
    uintptr_t offset = (uintptr_t)pointer - buddy_heap.base;
    if (offset >= buddy_heap.range_bytes) {
        stop(call, pointer, "not an address of this heap");
    }
    unsigned entry = *class_entry((uintptr_t)pointer);
    if (entry == 0 || entry == ENTRY_DYING || offset % HEAP_ALIGNMENT != 0) {
        stop(call, pointer, "no live block starts here (freed before, or an inner address)");
    }
    struct live live = {.pointer = (uintptr_t)pointer, .start = (uintptr_t)pointer};
    live.block_class = entry % ENTRY_PADDED - 1;
    if (entry >= ENTRY_PADDED) {
        live.start = buddy_system.start(live.pointer, live.block_class);
    }
    live.bytes = buddy_system.bytes_of(live.block_class);
    return live;
}

/* Called with the lock held. */
static void give_back(uintptr_t address, unsigned block_class, bool is_purged)
{
    buddy_system.give(address, block_class, is_purged);
    kept_trim(&buddy_heap);
}

static void purge_whole_pages(uintptr_t from, uintptr_t to)
{
    uintptr_t page_bytes = os_page_bytes();
    from = (from + page_bytes - 1) & ~(page_bytes - 1);
    to &= ~(page_bytes - 1);
    if (from < to) {
        os_purge(buddy_pointer(&buddy_heap, from), to - from);
    }
}

/* Purges outside the lock; the entry says meanwhile that the block is nobody's. */
static void free_large(const struct live *live)
{
    purge_whole_pages(live->start, live->start + live->bytes);
    heap_lock();
    *class_entry(live->pointer) = 0;
    give_back(live->start, live->block_class, true);
    heap_unlock();
}

void heap_free(void *block)
{
    struct live live = live_block("free", block);
    bool is_large = live.bytes >= LARGE_BYTES;
    uint8_t *entry = class_entry(live.pointer);
    heap_lock();
    bool was_live = *entry != 0 && *entry != ENTRY_DYING;
    if (was_live) {
        *entry = is_large ? ENTRY_DYING : 0;
        if (!is_large) {
            give_back(live.start, live.block_class, false);
        }
    }
    heap_unlock();
    if (!was_live) {
        stop("free", block, "freed by two threads at once");
    }
    if (is_large) {
        free_large(&live);
    }
}

size_t heap_usable_bytes(const void *block)
{
    struct live live = live_block("malloc_usable_size", block);
    return live.start + live.bytes - live.pointer;
}

/* Gives upper parts back until the block is of class `to`. */
static void shrink(const struct live *live, unsigned to)
{
    unsigned from = live->block_class;
    size_t rest = buddy_system.bytes_of(to);
    bool is_purged = live->bytes - rest >= LARGE_BYTES;
    if (is_purged) {
        purge_whole_pages(live->start + rest, live->start + live->bytes);
    }
    heap_lock();
    *class_entry(live->pointer) = (uint8_t)(to + 1);
    for (; from > to; from--) {
        if (buddy_system.split != NULL) {
            buddy_system.split(from);
        }
        uintptr_t upper = live->start + buddy_system.bytes_of(from - 1);
        give_back(upper, buddy_system.upper(from), is_purged);
    }
    heap_unlock();
}

static bool grow(const struct live *live, unsigned to)
{
    heap_lock();
    bool grown = buddy_system.grow(live->start, live->block_class, to);
    if (grown) {
        begin_life(live->pointer, live->start, to);
        size_t more_bytes = buddy_system.bytes_of(to) - live->bytes;
        kept_take(&buddy_heap, live->start + live->bytes, more_bytes, 0);
    }
    heap_unlock();
    return grown;
}

/* Whether the block could be made to hold `bytes` where it is. */
static bool resize_in_place(const struct live *live, size_t bytes)
{
    size_t padding_bytes = live->pointer - live->start;
    if (padding_bytes != 0) { /* an aligned block: it stays as it is, or moves */
        return bytes <= live->bytes - padding_bytes;
    }
    unsigned to = buddy_system.class_of(bytes);
    if (to < live->block_class) {
        shrink(live, to);
    }
    return to <= live->block_class || grow(live, to);
}

void *heap_reallocate(void *block, size_t bytes)
{
    struct live live = live_block("realloc", block);
    if (resize_in_place(&live, bytes)) {
        return block;
    }
    void *larger = heap_allocate(bytes);
    if (larger == NULL) {
        return NULL;
    }
    size_t old_bytes = live.start + live.bytes - live.pointer;
    size_t pages_bytes = old_bytes & ~(os_page_bytes() - 1);
    bool are_pages = ((live.pointer | (uintptr_t)larger) & (os_page_bytes() - 1)) == 0;
    if (old_bytes < MOVE_PAGES_BYTES || !are_pages || !os_move_pages(block, larger, pages_bytes)) {
        pages_bytes = 0;
    }
    memcpy((char *)larger + pages_bytes, (char *)block + pages_bytes, old_bytes - pages_bytes);
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

/* The allocator `pool`: malloc(3) by pools of fixed-size objects, a list of free objects per size,
 * growth by slabs, no coalescing and no reuse of one size's memory by another. For studying simple
 * segregated storage; README.md has what it costs. Direct use of pools: pool.h. */
#include "allocators/heap.h"
#include "allocators/parts/os_memory.h"
#include "allocators/pool/store.h"

#include <string.h>

#define SMALL_CLASSES    40 /* steps of granules up to POOL_SMALL_BYTES */
#define NATURAL_LOG2_MIN (POOL_SLAB_LOG2 + 1)
#define NATURAL_POOLS    24                  /* powers of two of two slabs and more */
#define MOVE_PAGES_BYTES ((size_t)256 << 10) /* below, copying is cheaper than remapping */

/* All guarded by the lock; a pool whose object_bytes is 0 has not been needed yet. */
static struct pool small[SMALL_CLASSES];
static struct pool runs[POOL_RUN_CLASSES]; /* an object is a run of slabs */
static struct pool natural[NATURAL_POOLS]; /* such, of 2^k bytes and aligned to them */

static struct pool *ready(struct pool *pool, size_t object_bytes, size_t alignment)
{
    if (pool->object_bytes == 0) {
        pool_init(pool, &pool_store, object_bytes, alignment);
    }
    return pool;
}

static size_t round_up_to_power(size_t bytes)
{
    return (size_t)1 << (64 - __builtin_clzll(bytes - 1));
}

/* The pool for objects of that size and alignment; NULL: larger than any store. */
static struct pool *pool_for(size_t bytes, size_t alignment)
{
    bytes = bytes > alignment ? bytes : alignment;
    if (alignment > POOL_SLAB_BYTES) {
        size_t power = round_up_to_power(bytes);
        unsigned place = (unsigned)__builtin_ctzll(power) - NATURAL_LOG2_MIN;
        return place < NATURAL_POOLS ? ready(&natural[place], power, power) : NULL;
    }
    if (bytes <= POOL_SMALL_BYTES) {
        unsigned step = pool_step_class((bytes - 1) / HEAP_ALIGNMENT + 1);
        while ((pool_step_count(step) * HEAP_ALIGNMENT & (alignment - 1)) != 0) {
            step++; /* at the latest to a power of two */
        }
        return ready(&small[step], pool_step_count(step) * HEAP_ALIGNMENT, POOL_SLAB_BYTES);
    }
    unsigned step = pool_step_class(((bytes - 1) >> POOL_SLAB_LOG2) + 1);
    return step < POOL_RUN_CLASSES
               ? ready(&runs[step], pool_step_count(step) << POOL_SLAB_LOG2, POOL_SLAB_BYTES)
               : NULL;
}

static void *allocate(const char *call, size_t bytes, size_t alignment, size_t *dirty_bytes)
{
    struct pool *pool = NULL;
    store_lock();
    if (pool_store.slabs_most != 0 || store_is_set_up()) {
        pool = pool_for(bytes, alignment);
    }
    if (pool == NULL) {
        store_unlock();
        return NULL;
    }
    return store_take(pool, call, dirty_bytes);
}

void *heap_allocate(size_t bytes)
{
    size_t dirty_bytes;
    return allocate("malloc", bytes, 1, &dirty_bytes);
}

void *heap_allocate_zeroed(size_t bytes)
{
    size_t dirty_bytes = 0;
    void *object = allocate("calloc", bytes, 1, &dirty_bytes);
    if (object != NULL) {
        memset(object, 0, dirty_bytes < bytes ? dirty_bytes : bytes);
    }
    return object;
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    size_t dirty_bytes;
    return allocate("memalign", bytes, alignment, &dirty_bytes);
}

static bool is_within(const struct pool *pool, const struct pool *array, size_t count)
{
    return (uintptr_t)pool >= (uintptr_t)array && (uintptr_t)pool < (uintptr_t)(array + count);
}

/* The pool of a live block of malloc(3); anything else is the program's error. Called with the lock
 * held. */
static struct pool *live_pool(const char *call, const void *block)
{
    const char *fault = NULL;
    struct pool *pool = pool_of(&pool_store, block, &fault);
    if (pool != NULL && !is_within(pool, small, SMALL_CLASSES) &&
        !is_within(pool, runs, POOL_RUN_CLASSES) && !is_within(pool, natural, NATURAL_POOLS)) {
        fault = "an object of a pool of the program's, not of malloc";
    }
    if (fault != NULL) {
        store_misuse(call, block, fault);
    }
    return pool;
}

void heap_free(void *block)
{
    store_lock();
    store_release(live_pool("free", block), block);
}

static size_t live_bytes(const char *call, const void *block)
{
    store_lock();
    size_t bytes = live_pool(call, block)->object_bytes;
    store_unlock();
    return bytes;
}

size_t heap_usable_bytes(const void *block)
{
    return live_bytes("malloc_usable_size", block);
}

void *heap_reallocate(void *block, size_t bytes)
{
    size_t old_bytes = live_bytes("realloc", block);
    /* Another size is another pool: what shrinks to half and less moves too. */
    if (bytes <= old_bytes && bytes > old_bytes / 2) {
        return block;
    }
    size_t dirty_bytes;
    void *resized = allocate("realloc", bytes, 1, &dirty_bytes);
    if (resized == NULL) {
        return bytes <= old_bytes ? block : NULL;
    }
    size_t kept_bytes = bytes < old_bytes ? bytes : old_bytes;
    size_t pages_bytes = kept_bytes & ~(os_page_bytes() - 1);
    /* Objects of this size begin at pages. */
    if (kept_bytes < MOVE_PAGES_BYTES || !os_move_pages(block, resized, pages_bytes)) {
        pages_bytes = 0;
    }
    memcpy((char *)resized + pages_bytes, (char *)block + pages_bytes, kept_bytes - pages_bytes);
    heap_free(block);
    return resized;
}

/* The process's store: one reservation, one lock, the settings. */
#include "allocators/pool/store.h"

#include "allocators/heap.h"
#include "allocators/parts/message.h"
#include "allocators/parts/os_memory.h"
#include "allocators/parts/tunables.h"

#include <pthread.h>

#define RANGE_LOG2_MAX 40
#define RANGE_LOG2_MIN 24

enum {
    LIMIT,   /* slabs take so many bytes at most */
    INITIAL, /* so many bytes get memory when the store is set up */
    TUNABLES
};

static struct tunable tunable[TUNABLES] = {
    [LIMIT] = {.name = "limit", .value = INT64_MAX, .least = POOL_SLAB_BYTES, .most = INT64_MAX},
    [INITIAL] = {.name = "initial", .value = 0, .least = 0, .most = INT64_MAX},
};

static const char *refuse(void)
{
    return tunable[INITIAL].value > tunable[LIMIT].value ? "initial must not be larger than limit"
                                                         : NULL;
}

const struct tunable_table heap_tunables = {tunable, TUNABLES, refuse};

struct pool_store pool_store;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Between heap_fork_prepare and its counterpart this thread holds the lock, and fork handlers of
 * others may still allocate in it. */
static _Thread_local bool this_thread_forks;

void store_lock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_lock(&lock);
    }
}

void store_unlock(void)
{
    if (!this_thread_forks) {
        pthread_mutex_unlock(&lock);
    }
}

/* Reserves a range and its descriptors; false when the kernel refuses. */
static bool reserve(size_t range_bytes)
{
    size_t slabs = range_bytes >> POOL_SLAB_LOG2;
    size_t page_bytes = os_page_bytes();
    size_t table_bytes = (pool_store_table_bytes(slabs) + page_bytes - 1) & ~(page_bytes - 1);
    void *table = os_reserve(table_bytes, page_bytes);
    if (table == NULL) {
        return false;
    }
    char *start = os_reserve(range_bytes, POOL_SLAB_BYTES);
    if (start == NULL) {
        os_release(table, table_bytes);
        return false;
    }
    os_wish_huge_pages(start, range_bytes, false);
    os_wish_huge_pages(table, table_bytes, false);
    size_t limit_slabs = tunable[LIMIT].value >> POOL_SLAB_LOG2;
    pool_store_init(&pool_store, start, slabs < limit_slabs ? slabs : limit_slabs, table);
    size_t initial_bytes = (tunable[INITIAL].value + page_bytes - 1) & ~(page_bytes - 1);
    if (initial_bytes > 0) {
        os_populate(start, initial_bytes < range_bytes ? initial_bytes : range_bytes);
    }
    return true;
}

bool store_is_set_up(void)
{
    tunables_read();
    for (unsigned log2 = RANGE_LOG2_MAX; pool_store.slabs_most == 0 && log2 >= RANGE_LOG2_MIN;
         log2--) {
        if (os_has_twice((size_t)1 << log2)) {
            reserve((size_t)1 << log2);
        }
    }
    return pool_store.slabs_most != 0;
}

__attribute__((cold)) _Noreturn void
store_misuse(const char *call, const void *address, const char *fault)
{
    struct message message = {.length = 0};
    const struct pool *pool = NULL;
    const char *ignored = NULL;
    const void *object = pool_object_around(&pool_store, address, &pool);
    message_add(&message, fault);
    if (object != NULL) {
        message_add(&message, "; the ");
        message_add_number(&message, pool->object_bytes);
        message_add(&message, " bytes at ");
        message_add_address(&message, object);
        message_add(&message, pool_of(&pool_store, object, &ignored) ? " are live" : " are free");
        message_add(&message, ", in the slab at ");
        message_add_address(&message, (const char *)object - (uintptr_t)object % POOL_SLAB_BYTES);
    }
    message.text[message.length] = '\0';
    store_unlock();
    heap_misuse(call, address, message.text);
}

void *store_take(struct pool *pool, const char *call, size_t *dirty_bytes)
{
    void *object = pool_take(pool, dirty_bytes);
    if (object == NULL && pool->damaged != NULL) {
        const void *damaged = pool->damaged;
        pool->damaged = NULL;
        store_misuse(call, damaged, "this object was written to after it was freed");
    }
    store_unlock();
    return object;
}

void store_release(struct pool *pool, void *object)
{
    pool_retire(pool, object);
    size_t purged_bytes;
    char *purged = pool_purgeable(pool, object, &purged_bytes);
    if (purged_bytes > 0) {
        store_unlock();
        os_purge(purged, purged_bytes);
        store_lock();
    }
    pool_put(pool, object);
    store_unlock();
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

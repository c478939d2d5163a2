/* Threads and their heaps: a heap for a thread's first call, none after its end, and fork(2).
 *
 * A thread's end is seen by the destructor of a pthread key. Calls may still follow it, from other
 * keys' destructors and from the C library's own clean-up; each of these borrows a heap for its own
 * length, so that none is left behind with a dead thread. */
#include "allocators/bin/remote.h"
#include "allocators/bin/span_store.h"
#include "allocators/heap.h"

#include <pthread.h>

__thread struct thread_state thread;

struct heap *heap_list;
struct heap *heap_dormant;

static pthread_key_t exit_key;
static bool exit_key_made; /* under the lock */

RARE void heap_detach_now(void)
{
    struct heap *heap = thread.heap;
    remote_flush(heap);
    remote_drain(heap);
    slab_abandon_all(heap);
    cache_flush(heap);
    thread.heap = NULL;
    space_lock();
    heap->next_dormant = heap_dormant;
    __atomic_store_n(&heap_dormant, heap, __ATOMIC_RELAXED);
    /* Release: who sees it dormant without the lock goes on to take the lock. */
    atomic_store_explicit(&heap->dormant, true, memory_order_release);
    space_unlock();
}

static void at_thread_exit(void *value)
{
    (void)value;
    thread.exited = true;
    if (thread.heap != NULL) {
        heap_detach_now();
    }
}

/* Lock held. */
static struct heap *dormant_or_new(void)
{
    struct heap *heap = heap_dormant;
    if (heap != NULL) {
        __atomic_store_n(&heap_dormant, heap->next_dormant, __ATOMIC_RELAXED);
        atomic_store_explicit(&heap->dormant, false, memory_order_relaxed);
        return heap;
    }
    heap = space_setup() ? space_metadata(sizeof(struct heap)) : NULL;
    if (heap != NULL) {
        heap->next_heap = heap_list;
        heap_list = heap;
    }
    return heap;
}

RARE struct heap *heap_attach_now(void)
{
    space_lock();
    struct heap *heap = dormant_or_new();
    if (heap != NULL && !exit_key_made) {
        exit_key_made = pthread_key_create(&exit_key, at_thread_exit) == 0;
    }
    bool watch = exit_key_made && !thread.exited;
    space_unlock();
    thread.heap = heap;
    if (heap != NULL) {
        atomic_store_explicit(&heap->whole_limit, 8, memory_order_relaxed);
        if (watch) {
            pthread_setspecific(exit_key, heap); /* may call calloc: the heap serves already */
        }
    }
    return heap;
}

/* ---- fork ---- */

void heap_fork_prepare(void)
{
    space_lock();
}

void heap_fork_parent(void)
{
    space_unlock();
}

/* Other threads are gone, perhaps in the middle of an update: their heaps and what these own stay as
 * they are, neither dormant nor anybody's. Blocks of theirs may be freed as ever, because what other
 * threads touch of a heap is consistent at any moment. */
void heap_fork_child(void)
{
    space_lock_reset();
}

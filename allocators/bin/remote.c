/* Frees across threads (remote.h). */
#include "allocators/bin/remote.h"

#include "allocators/heap.h"

#define BATCH_COUNT_MOST 32
#define BATCH_BYTES_MOST 16384
#define WHOLE_LIMIT      8  /* wholly free slabs that a running owner may leave uncollected */
#define ADOPT_TRIES      16 /* dormant heaps looked at in one call */

static struct object *object_at(const struct span *span, uint64_t place)
{
    return (struct object *)(void *)(span_start(span) + (place - 1) * 16);
}

static uint64_t place_of(const struct span *span, const struct object *object)
{
    return ((uintptr_t)object - span_address(span)) / 16 + 1;
}

struct object *remote_first(const struct span *span, uint64_t word)
{
    uint64_t place = word & REMOTE_HEAD_MASK;
    return place == 0 ? NULL : object_at(span, place);
}

static bool is_whole(const struct span *span, uint64_t word)
{
    return (word & REMOTE_CLAIMABLE) != 0 &&
           remote_count(word) == atomic_load_explicit(&span->carved, memory_order_relaxed);
}

/* Pushes a chain of slabs linked through pending_next on a heap's stack. Release: whoever takes the
 * stack sees the links and the blocks' lists. */
static void push_chain(struct heap *heap, uint32_t first, struct span *last)
{
    uint32_t top = atomic_load_explicit(&heap->pending, memory_order_relaxed);
    do {
        last->pending_next = top;
    } while (!atomic_compare_exchange_weak_explicit(
        &heap->pending, &top, first, memory_order_release, memory_order_relaxed));
}

void remote_push(struct span *span)
{
    struct heap *owner = atomic_load_explicit(&span->owner, memory_order_acquire);
    push_chain(owner, span_index(span), span);
}

uint64_t remote_take(struct span *span)
{
    /* Only the owner changes the version, so that it may be read apart from the exchange. Acquire:
     * the blocks' links, written by those who freed them. Release: pending_next has been read, and
     * who queues the slab next may write it. */
    uint64_t version =
        atomic_load_explicit(&span->remote, memory_order_relaxed) >> REMOTE_VERSION_SHIFT;
    return atomic_exchange_explicit(
        &span->remote, (version + 1) << REMOTE_VERSION_SHIFT, memory_order_acq_rel);
}

void remote_set_claimable(struct span *span, bool claimable)
{
    /* Release: whoever claims sees `carved` and all else as the owner left it. */
    if (claimable) {
        atomic_fetch_or_explicit(&span->remote, REMOTE_CLAIMABLE, memory_order_release);
    } else if ((atomic_load_explicit(&span->remote, memory_order_relaxed) & REMOTE_CLAIMABLE) !=
               0) {
        atomic_fetch_and_explicit(&span->remote, ~REMOTE_CLAIMABLE, memory_order_relaxed);
    }
}

/* Takes the wholly free slabs from the stack of a heap whose thread has left WHOLE_LIMIT of them
 * there, and puts the others back. */
static void claim_whole(struct heap *heap, struct heap *owner)
{
    atomic_store_explicit(&owner->whole, 0, memory_order_relaxed);
    uint32_t index = atomic_exchange_explicit(&owner->pending, 0, memory_order_acquire);
    uint32_t first_left = 0;
    uint32_t left = 0;
    struct span *last_left = NULL;
    while (index != 0) {
        struct span *span = span_at(index);
        uint32_t next = span->pending_next;
        uint64_t word = atomic_load_explicit(&span->remote, memory_order_acquire);
        uint64_t emptied = ((word >> REMOTE_VERSION_SHIFT) + 1) << REMOTE_VERSION_SHIFT;
        if (is_whole(span, word) &&
            atomic_compare_exchange_strong_explicit(
                &span->remote, &word, emptied, memory_order_acq_rel, memory_order_relaxed)) {
            slab_release(heap, span);
        } else {
            span->pending_next = first_left;
            first_left = index;
            last_left = last_left == NULL ? span : last_left;
            left++;
        }
        index = next;
    }
    if (last_left != NULL) {
        push_chain(owner, first_left, last_left);
    }
    /* A long stack of slabs in use must not be searched again for a few. */
    uint32_t limit = left / 8 > WHOLE_LIMIT ? left / 8 : WHOLE_LIMIT;
    atomic_store_explicit(&owner->whole_limit, limit, memory_order_relaxed);
}

/* Takes slabs from a stack, each of which may have got another owner since it was pushed. */
static void absorb_chain(struct heap *heap, uint32_t index)
{
    while (index != 0) {
        struct span *span = span_at(index);
        index = span->pending_next; /* read before the slab can be queued again */
        if (atomic_load_explicit(&span->owner, memory_order_relaxed) == heap) {
            slab_absorb(heap, span);
        } else {
            remote_push(span);
        }
    }
}

bool remote_drain(struct heap *heap)
{
    if (atomic_load_explicit(&heap->pending, memory_order_relaxed) == 0) {
        return false;
    }
    atomic_store_explicit(&heap->whole, 0, memory_order_relaxed);
    absorb_chain(heap, atomic_exchange_explicit(&heap->pending, 0, memory_order_acquire));
    return true;
}

/* Lock held: a dormant heap cannot wake, and nobody else changes the owner of its slabs. */
static uint32_t take_over(struct heap *heap, struct heap *dormant)
{
    uint32_t chain = atomic_exchange_explicit(&dormant->pending, 0, memory_order_acquire);
    for (uint32_t index = chain; index != 0; index = span_at(index)->pending_next) {
        struct span *span = span_at(index);
        if (atomic_load_explicit(&span->owner, memory_order_relaxed) == dormant) {
            /* Release: who reads the new owner and pushes on its stack sees that heap set up. */
            atomic_store_explicit(&span->owner, heap, memory_order_release);
        }
    }
    return chain;
}

static void adopt_from(struct heap *heap, struct heap *owner)
{
    uint32_t chain = 0;
    space_lock();
    if (atomic_load_explicit(&owner->dormant, memory_order_relaxed)) {
        chain = take_over(heap, owner);
    }
    space_unlock();
    absorb_chain(heap, chain);
}

bool remote_adopt(struct heap *heap)
{
    if (__atomic_load_n(&heap_dormant, __ATOMIC_RELAXED) == NULL) {
        return false; /* a guess, without the lock: a miss costs one new span */
    }
    uint32_t chain = 0;
    space_lock();
    struct heap *dormant = heap_dormant;
    for (unsigned i = 0; dormant != NULL && chain == 0 && i < ADOPT_TRIES; i++) {
        chain = take_over(heap, dormant);
        dormant = dormant->next_dormant;
    }
    space_unlock();
    absorb_chain(heap, chain);
    return chain != 0;
}

/* After blocks went to a slab of another heap: does what that heap's thread, ended or asleep, does not
 * do. */
static void see_to(struct heap *heap, struct heap *owner, bool whole)
{
    if (atomic_load_explicit(&owner->dormant, memory_order_relaxed)) {
        adopt_from(heap, owner);
    } else if (whole && atomic_fetch_add_explicit(&owner->whole, 1, memory_order_relaxed) + 1 >=
                            atomic_load_explicit(&owner->whole_limit, memory_order_relaxed)) {
        claim_whole(heap, owner);
    }
}

static void batch_flush(struct heap *heap, struct batch *batch)
{
    struct span *span = batch->span;
    uint64_t word = atomic_load_explicit(&span->remote, memory_order_relaxed);
    uint64_t with = 0;
    do {
        batch->last->next = remote_first(span, word);
        with = (word & ~REMOTE_HEAD_MASK) | place_of(span, batch->first) | REMOTE_QUEUED;
        with += (uint64_t)batch->count << REMOTE_COUNT_SHIFT;
        /* Release: the links of the batch. Acquire: if the slab has been in a stack before, who
         * took it out has done with pending_next. */
    } while (!atomic_compare_exchange_weak_explicit(
        &span->remote, &word, with, memory_order_acq_rel, memory_order_relaxed));
    batch->count = 0;
    batch->span = NULL;

    /* From here the slab may be anybody's, unless the bit set obliges us to push it. A heap is a heap
     * for ever, so that a stale owner does no harm. */
    bool whole = is_whole(span, with);
    struct heap *owner = atomic_load_explicit(&span->owner, memory_order_acquire);
    bool pushing = (word & REMOTE_QUEUED) == 0;
    if (pushing && owner == heap) {
        slab_absorb(heap, span); /* adopted since the batch was begun */
        return;
    }
    if (pushing) {
        remote_push(span);
    }
    if (owner != NULL) {
        see_to(heap, owner, whole);
    }
}

void remote_free(struct heap *heap, struct span *span, struct object *object)
{
    uint32_t index = span_index(span);
    struct batch *batch = &heap->batches[(index ^ (index >> 3)) % HEAP_BATCHES];
    if (batch->span != span) {
        if (batch->count != 0) {
            batch_flush(heap, batch);
        }
        batch->span = span;
        batch->first = NULL;
        batch->last = object;
    }
    object->next = batch->first;
    object->key = space.key;
    batch->first = object;
    batch->count++;
    if (batch->count >= BATCH_COUNT_MOST ||
        batch->count * size_classes[span->size_class].bytes >= BATCH_BYTES_MOST) {
        batch_flush(heap, batch);
    }
}

void remote_flush(struct heap *heap)
{
    for (unsigned i = 0; i < HEAP_BATCHES; i++) {
        if (heap->batches[i].count != 0) {
            batch_flush(heap, &heap->batches[i]);
        }
    }
}

static bool batch_holds(const struct batch *batch, const struct object *object)
{
    const struct object *held = batch->first;
    for (uint32_t left = batch->count; left > 0; left--) {
        if (held == object) {
            return true;
        }
        held = held->next;
    }
    return false;
}

/* The next block in a list that may be taken and used while it is read: NULL for what cannot be one. */
static const struct object *next_inside(const struct span *span, const struct object *object)
{
    const struct object *next = __atomic_load_n(&object->next, __ATOMIC_ACQUIRE);
    bool inside = ((uintptr_t)next ^ span_address(span)) >> SLICE_LOG2 == 0;
    return inside && (uintptr_t)next % HEAP_ALIGNMENT == 0 ? next : NULL;
}

bool remote_holds(struct heap *heap, struct span *span, const struct object *object)
{
    for (unsigned i = 0; i < HEAP_BATCHES; i++) {
        if (heap->batches[i].span == span && batch_holds(&heap->batches[i], object)) {
            return true;
        }
    }
    /* The owner may take the list while it is walked: an answer counts only if the version is still the
     * same afterwards. */
    uint64_t word = atomic_load_explicit(&span->remote, memory_order_acquire);
    const struct object *held = remote_first(span, word);
    uint32_t left = remote_count(word);
    while (held != NULL && held != object && left > 0) {
        held = next_inside(span, held);
        left--;
    }
    uint64_t again = atomic_load_explicit(&span->remote, memory_order_acquire);
    return held == object && again >> REMOTE_VERSION_SHIFT == word >> REMOTE_VERSION_SHIFT;
}

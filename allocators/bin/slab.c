/* Slabs as their owner sees them: lists by how full they are, what comes home from other threads, and
 * what becomes of them when the thread ends. */
#include "allocators/bin/slab.h"

#include "allocators/bin/remote.h"
#include "allocators/bin/span_store.h"

/* ---- the lists ---- */

static void list_push(struct heap *heap, struct span *span, unsigned list)
{
    uint32_t *first = &heap->classes[span->size_class].lists[list];
    span->state = (uint8_t)list;
    span->previous = 0;
    span->next = *first;
    if (span->next != 0) {
        span_at(span->next)->previous = span_index(span);
    }
    *first = span_index(span);
    heap->sparse_slabs += list == SLAB_BIN_0;
}

/* Takes a slab out of its list, if it is in one. */
void slab_list_remove(struct heap *heap, struct span *span)
{
    if (span->state >= SLAB_LISTS) {
        return;
    }
    if (span->previous != 0) {
        span_at(span->previous)->next = span->next;
    } else {
        heap->classes[span->size_class].lists[span->state] = span->next;
    }
    if (span->next != 0) {
        span_at(span->next)->previous = span->previous;
    }
    heap->sparse_slabs -= span->state == SLAB_BIN_0;
    span->state = SLAB_FULL;
}

struct span *slab_fullest(const struct class_slabs *slabs)
{
    for (unsigned list = SLAB_LISTS; list-- > 0;) {
        if (slabs->lists[list] != 0) {
            return span_at(slabs->lists[list]);
        }
    }
    return NULL;
}

void slab_set_full(struct span *span, uint32_t live, uint32_t frees)
{
    uint32_t countdown = frees < live ? frees : live;
    span->state = SLAB_FULL;
    span->countdown = (int16_t)countdown;
    span->live_floor = (uint16_t)(live - countdown);
}

static bool is_queued(const struct span *span)
{
    return (atomic_load_explicit(&span->remote, memory_order_relaxed) & REMOTE_QUEUED) != 0;
}

void slab_place(struct heap *heap, struct span *span, uint32_t live)
{
    slab_list_remove(heap, span);
    if (live == 0) {
        if (is_queued(span)) {
            slab_set_full(span, 0, 0); /* absorbed soon, and released then */
            return;
        }
        struct class_slabs *slabs = &heap->classes[span->size_class];
        if (slabs->growing == span_index(span)) {
            slabs->growing = 0;
        }
        slab_release(heap, span);
        return;
    }
    uint32_t capacity = size_classes[span->size_class].capacity;
    uint32_t quarter = (live * 4 - 1) / capacity;
    /* The emptiest come here again whenever half of the blocks have gone: see slab_holes.c. */
    uint32_t floor = quarter == 0 ? live / 2 : quarter * capacity / 4;
    span->live_floor = (uint16_t)floor;
    span->countdown = (int16_t)(live - floor);
    list_push(heap, span, SLAB_BIN_0 + quarter);
}

void slab_thin(struct heap *heap, struct span *span)
{
    slab_list_remove(heap, span);
    list_push(heap, span, SLAB_THIN);
}

void slab_release(struct heap *heap, struct span *span)
{
    uint32_t bytes = slab_carved(span) * size_classes[span->size_class].bytes;
    uint32_t units = (bytes + CARVE_BYTES - 1) / CARVE_BYTES;
    if (units > span->touched) {
        span->touched = units;
    }
    span->magic = 0;
    span_set_kind(span, SPAN_NONE);
    atomic_store_explicit(&span->owner, NULL, memory_order_relaxed);
    cache_give(heap, span);
}

SLOW void slab_woken(struct span *span)
{
    if (span->state == SLAB_CURRENT) {
        span->countdown = INT16_MAX;
        return;
    }
    struct heap *heap = atomic_load_explicit(&span->owner, memory_order_relaxed);
    uint32_t live = slab_live_blocks(span);
    slab_place(heap, span, live);
    if (live == 0) {
        remote_drain(heap); /* a thread that only frees never comes to slab_refill */
        slab_tick(heap);
    }
}

/* ---- taking in remote frees ---- */

/* Puts the list before what is in *head. */
static void splice(struct object *first, struct object **head)
{
    if (*head != NULL) {
        struct object *last = first;
        while (last->next != NULL) {
            last = last->next;
        }
        last->next = *head;
    }
    *head = first;
}

void slab_absorb(struct heap *heap, struct span *span)
{
    uint64_t word = remote_take(span);
    uint32_t count = remote_count(word);
    if (count != 0) {
        splice(remote_first(span, word), span->head);
    }
    if (span->state == SLAB_CURRENT) {
        return;
    }
    uint32_t live = slab_live_blocks(span) - count;
    uint32_t wake_blocks = size_classes[span->size_class].wake_blocks;
    uint32_t free_blocks = slab_carved(span) - live;
    if (span->state == SLAB_FULL && live != 0 && free_blocks < wake_blocks) {
        slab_set_full(span, live, wake_blocks - free_blocks);
        if (free_blocks == 0) {
            remote_set_claimable(span, slab_is_wholly_carved(span));
        }
    } else {
        slab_place(heap, span, live);
    }
}

/* ---- the thread's end ---- */

/* A slab that its owner leaves: where the next owner finds it, if it has anything to offer. */
static void abandon(struct heap *heap, struct span *span, uint32_t live)
{
    if (live == 0 && !is_queued(span)) {
        slab_release(heap, span);
        return;
    }
    slab_set_full(span, live, live);
    uint32_t free_blocks = slab_carved(span) - live;
    if (free_blocks == 0) {
        remote_set_claimable(span, slab_is_wholly_carved(span));
        return;
    }
    /* Relaxed: the push that follows releases. */
    if ((atomic_fetch_or_explicit(&span->remote, REMOTE_QUEUED, memory_order_relaxed) &
         REMOTE_QUEUED) == 0) {
        remote_push(span);
    }
}

static void abandon_current(struct heap *heap, struct span *span)
{
    uint32_t free_blocks = slab_hole_blocks(span);
    for (const struct object *object = *span->head; object != NULL; object = object->next) {
        free_blocks++;
    }
    span->free = *span->head;
    *span->head = NULL;
    span->head = &span->free;
    span->state = SLAB_FULL;
    abandon(heap, span, slab_carved(span) - free_blocks);
}

void slab_abandon_all(struct heap *heap)
{
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
        struct class_slabs *slabs = &heap->classes[size_class];
        struct span *span = span_at(slabs->current);
        slabs->current = 0;
        slabs->growing = 0;
        if (span != NULL) {
            abandon_current(heap, span);
        }
        while ((span = slab_fullest(slabs)) != NULL) {
            slab_list_remove(heap, span);
            abandon(heap, span, slab_live_blocks(span));
        }
    }
}

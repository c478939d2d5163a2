/* Slabs as their owner sees them: lists by how full they are, carving, refilling the thread's lists.
 *
 * What decides how much memory a program holds is which slab serves the next block: always the
 * fullest that has a useful number of free blocks, so that the emptier ones may run dry and go back.
 *
 * A slab's live count is known without counting at every malloc: while current, it is not known at
 * all; when its list has run out, every carved block is live, and from then on the countdown that
 * free decrements anyway tells it. */
#include "allocators/bin/remote.h"
#include "allocators/bin/span_store.h"
#include "allocators/parts/os_memory.h"

#define REFILLS_PER_TICK          32
#define SPARSE_SLABS_MOST         32
#define POPULATE_BYTES            ((size_t)16384)
#define POPULATE_BLOCK_BYTES_MOST 1024 /* larger ones may be touched in part only */

static uint16_t carved(const struct span *span)
{
    return atomic_load_explicit(&span->carved, memory_order_relaxed);
}

static bool is_wholly_carved(const struct span *span)
{
    return carved(span) == size_classes[span->size_class].capacity;
}

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
static void list_remove(struct heap *heap, struct span *span)
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

/* A full slab with nothing free to speak of: woken after `frees` frees, or when the last block goes. */
static void set_full(struct span *span, uint32_t live, uint32_t frees)
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
    list_remove(heap, span);
    if (live == 0) {
        if (is_queued(span)) {
            set_full(span, 0, 0); /* absorbed soon, and released then */
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
    list_remove(heap, span);
    list_push(heap, span, SLAB_THIN);
}

void slab_release(struct heap *heap, struct span *span)
{
    uint32_t bytes = carved(span) * size_classes[span->size_class].bytes;
    uint32_t units = (bytes + CARVE_BYTES - 1) / CARVE_BYTES;
    if (units > span->touched) {
        span->touched = units;
    }
    span->magic = 0;
    span_set_kind(span, SPAN_NONE);
    atomic_store_explicit(&span->owner, NULL, memory_order_relaxed);
    store_give(heap, span);
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
    uint32_t free_blocks = carved(span) - live;
    if (span->state == SLAB_FULL && live != 0 && free_blocks < wake_blocks) {
        set_full(span, live, wake_blocks - free_blocks);
        if (free_blocks == 0) {
            remote_set_claimable(span, is_wholly_carved(span));
        }
    } else {
        slab_place(heap, span, live);
    }
}

/* ---- refilling ---- */

/* Has the memory for blocks that end at `end` provided some pages at a time, where the class is in such
 * demand that they will be used: half the price of a page fault each. */
static void populate(struct heap *heap, struct span *span, size_t end)
{
    size_t touched = (size_t)span->touched * CARVE_BYTES;
    if ((heap->populous_classes >> span->size_class & 1) == 0 || end <= touched) {
        return;
    }
    size_t count = SLICE_BYTES - touched < POPULATE_BYTES ? SLICE_BYTES - touched : POPULATE_BYTES;
    os_populate((void *)(span_address(span) + touched), count);
    span->touched += (uint32_t)(count / CARVE_BYTES);
}

/* Sets up the next blocks of the current slab, in the order of addresses. */
static struct object *carve(struct heap *heap, struct span *span)
{
    const struct size_class *class = &size_classes[span->size_class];
    uint32_t from = carved(span);
    uint32_t count = class->capacity - from;
    count = count < class->carve_blocks ? count : class->carve_blocks;
    char *block = (char *)span_address(span) + (size_t)from * class->bytes;
    populate(heap, span, (size_t)(from + count) * class->bytes);
    struct object *first = (struct object *)(void *)block;
    for (uint32_t i = 1; i < count; i++) {
        struct object *object = (struct object *)(void *)block;
        block += class->bytes;
        object->next = (struct object *)(void *)block;
    }
    ((struct object *)(void *)block)->next = NULL;
    atomic_store_explicit(&span->carved, (uint16_t)(from + count), memory_order_relaxed);
    return first;
}

/* The list of the current slab has run out and it has no holes: every carved block is live. */
static void retire_current(struct class_slabs *slabs)
{
    struct span *span = span_at(slabs->current);
    if (span == NULL) {
        return;
    }
    slabs->current = 0;
    span->free = NULL;
    span->head = &span->free;
    set_full(span, carved(span), size_classes[span->size_class].wake_blocks);
    if (is_wholly_carved(span)) {
        remote_set_claimable(span, true);
    } else if (slabs->growing == 0) {
        slabs->growing = span_index(span);
    }
}

/* Makes a slab current; its free blocks become the thread's list. */
static void make_current(struct heap *heap, struct span *span)
{
    struct class_slabs *slabs = &heap->classes[span->size_class];
    list_remove(heap, span);
    if (slabs->growing == span_index(span)) {
        slabs->growing = 0;
    }
    remote_set_claimable(span, false);
    span->state = SLAB_CURRENT;
    span->countdown = INT16_MAX;
    span->head = &thread.free[span->size_class];
    *span->head = span->free;
    slabs->current = span_index(span);
}

static struct span *fullest(const struct class_slabs *slabs)
{
    for (unsigned list = SLAB_LISTS; list-- > 0;) {
        if (slabs->lists[list] != 0) {
            return span_at(slabs->lists[list]);
        }
    }
    return NULL;
}

static struct span *new_slab(struct heap *heap, unsigned size_class)
{
    if (heap->sparse_slabs >= SPARSE_SLABS_MOST) {
        slab_thin_out(heap, SPARSE_SLABS_MOST / 4); /* as much is given back as is taken, or more */
    }
    struct span *span = store_take(heap, 0, SLICE_BYTES);
    if (span == NULL) {
        return NULL;
    }
    if (heap->classes[size_class].current != 0 &&
        size_classes[size_class].bytes <= POPULATE_BLOCK_BYTES_MOST) {
        heap->populous_classes |= UINT64_C(1) << size_class; /* its second slab, or a later one */
    }
    span_set_kind(span, SPAN_SLAB);
    span->state = SLAB_FULL;
    span->size_class = (uint8_t)size_class;
    span->free = NULL;
    span->holes = 0;
    span->magic = size_classes[size_class].magic;
    atomic_store_explicit(&span->carved, 0, memory_order_relaxed);
    atomic_store_explicit(&span->owner, heap, memory_order_relaxed);
    return span;
}

/* A slab with blocks free or still to be carved, made current; NULL when memory is exhausted. */
static struct span *next_current(struct heap *heap, unsigned size_class)
{
    struct class_slabs *slabs = &heap->classes[size_class];
    struct span *current = span_at(slabs->current);
    if (current != NULL && current->holes != 0) {
        return current;
    }
    struct span *span = fullest(slabs);
    if (span == NULL && current != NULL && !is_wholly_carved(current)) {
        return current;
    }
    if (span == NULL) {
        span = span_at(slabs->growing);
    }
    if (span == NULL && remote_adopt(heap)) {
        if (thread.free[size_class] != NULL) {
            return current; /* what came home was its own */
        }
        span = fullest(slabs);
    }
    if (span == NULL) {
        span = new_slab(heap, size_class);
    }
    if (span != NULL) {
        retire_current(slabs);
        make_current(heap, span);
    }
    return span;
}

struct object *slab_refill(struct heap *heap, unsigned size_class)
{
    struct object **list = &thread.free[size_class];
    if (++heap->refills % REFILLS_PER_TICK == 0) {
        slab_tick(heap);
    }
    remote_drain(heap); /* may fill the list */
    if (*list == NULL) {
        struct span *span = next_current(heap, size_class);
        if (span == NULL) {
            return NULL;
        }
        while (*list == NULL) {
            *list = span->holes != 0 ? slab_fill_hole(span) : carve(heap, span);
        }
    }
    struct object *object = *list;
    *list = object->next;
    object->key = 0;
    return object;
}

/* ---- the thread's end ---- */

/* A slab that its owner leaves: where the next owner finds it, if it has anything to offer. */
static void abandon(struct heap *heap, struct span *span, uint32_t live)
{
    if (live == 0 && !is_queued(span)) {
        slab_release(heap, span);
        return;
    }
    set_full(span, live, live);
    uint32_t free_blocks = carved(span) - live;
    if (free_blocks == 0) {
        remote_set_claimable(span, is_wholly_carved(span));
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
    abandon(heap, span, carved(span) - free_blocks);
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
        while ((span = fullest(slabs)) != NULL) {
            list_remove(heap, span);
            abandon(heap, span, slab_live_blocks(span));
        }
    }
}

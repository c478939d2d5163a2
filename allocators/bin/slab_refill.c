/* A block when the thread's list has run out.
 *
 * What decides how much memory a program holds is which slab serves the next block: always the
 * fullest that has a useful number of free blocks, so that the emptier ones may run dry and go back.
 *
 * A slab's live count is known without counting at every malloc: while current, it is not known at
 * all; when its list has run out, every carved block is live, and from then on the countdown that
 * free decrements anyway tells it. */
#include "allocators/bin/remote.h"
#include "allocators/bin/slab.h"
#include "allocators/bin/span_store.h"
#include "allocators/parts/os_memory.h"

#define REFILLS_PER_TICK          32
#define SPARSE_SLABS_MOST         32
#define POPULATE_BYTES            ((size_t)16384)
#define POPULATE_BLOCK_BYTES_MOST 1024 /* larger ones may be touched in part only */

/* Has the memory for blocks that end at `end` provided some pages at a time, where the class is in such
 * demand that they will be used: half the price of a page fault each. */
static void populate(struct heap *heap, struct span *span, size_t end)
{
    size_t touched = (size_t)span->touched * CARVE_BYTES;
    if ((heap->populous_classes >> span->size_class & 1) == 0 || end <= touched) {
        return;
    }
    size_t count = SLICE_BYTES - touched < POPULATE_BYTES ? SLICE_BYTES - touched : POPULATE_BYTES;
    os_populate((span_start(span) + touched), count);
    span->touched += (uint32_t)(count / CARVE_BYTES);
}

/* Sets up the next blocks of the current slab, in the order of addresses. */
static struct object *carve(struct heap *heap, struct span *span)
{
    const struct size_class *class = &size_classes[span->size_class];
    uint32_t from = slab_carved(span);
    uint32_t count = class->capacity - from;
    count = count < class->carve_blocks ? count : class->carve_blocks;
    char *block = span_start(span) + (size_t)from * class->bytes;
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
    slab_set_full(span, slab_carved(span), size_classes[span->size_class].wake_blocks);
    if (slab_is_wholly_carved(span)) {
        remote_set_claimable(span, true);
    } else if (slabs->growing == 0) {
        slabs->growing = span_index(span);
    }
}

/* Makes a slab current; its free blocks become the thread's list. */
static void make_current(struct heap *heap, struct span *span)
{
    struct class_slabs *slabs = &heap->classes[span->size_class];
    slab_list_remove(heap, span);
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

static struct span *new_slab(struct heap *heap, unsigned size_class)
{
    if (heap->sparse_slabs >= SPARSE_SLABS_MOST) {
        slab_thin_out(heap, SPARSE_SLABS_MOST / 4); /* as much is given back as is taken, or more */
    }
    struct span *span = cache_take(heap, 0);
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
    struct span *span = slab_fullest(slabs);
    if (span == NULL && current != NULL && !slab_is_wholly_carved(current)) {
        return current;
    }
    if (span == NULL) {
        span = span_at(slabs->growing);
    }
    if (span == NULL && remote_adopt(heap)) {
        if (thread.free[size_class] != NULL) {
            return current; /* what came home was its own */
        }
        span = slab_fullest(slabs);
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

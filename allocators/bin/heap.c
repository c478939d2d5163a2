/* `bin`: heaplab's general-purpose allocator. The fast paths of malloc and free, and what sorts out
 * the rest. README.md describes the design. */
#include "allocators/heap.h"

#include "allocators/bin/large.h"
#include "allocators/bin/remote.h"

#include <string.h>

/* ---- allocating ---- */

static inline struct object *pop(unsigned size_class)
{
    struct object *object = thread.free[size_class];
    if (LIKELY(object != NULL)) {
        thread.free[size_class] = object->next;
        object->key = 0; /* no longer a freed block */
    }
    return object;
}

/* The thread has no free block of the class at hand, or no heap yet. */
static SLOW void *allocate_small_slow(unsigned size_class)
{
    struct heap *heap = heap_attach();
    if (heap == NULL) {
        return NULL;
    }
    void *block = slab_refill(heap, size_class);
    heap_detach_if_exited();
    return block;
}

static SLOW void *allocate_medium(size_t bytes)
{
    unsigned size_class = size_class_of(bytes);
    void *block = pop(size_class);
    return LIKELY(block != NULL) ? block : allocate_small_slow(size_class);
}

static SLOW void *allocate_large(size_t alignment, size_t bytes, bool zeroed)
{
    struct heap *heap = heap_attach();
    if (heap == NULL) {
        return NULL;
    }
    void *block =
        zeroed ? large_allocate_zeroed(heap, bytes) : large_allocate(heap, alignment, bytes);
    heap_detach_if_exited();
    return block;
}

void *heap_allocate(size_t bytes)
{
    if (LIKELY(bytes <= SIZE_CLASS_FINE_MAX)) {
        unsigned size_class = size_class_fine[(bytes + 15) >> 4];
        void *block = pop(size_class);
        return LIKELY(block != NULL) ? block : allocate_small_slow(size_class);
    }
    return bytes <= SIZE_CLASS_BYTES_MAX ? allocate_medium(bytes)
                                         : allocate_large(HEAP_ALIGNMENT, bytes, false);
}

void *heap_allocate_zeroed(size_t bytes)
{
    if (UNLIKELY(bytes > SIZE_CLASS_BYTES_MAX)) {
        return allocate_large(HEAP_ALIGNMENT, bytes, true);
    }
    void *block = heap_allocate(bytes);
    return LIKELY(block != NULL) ? memset(block, 0, bytes) : NULL;
}

void *heap_allocate_aligned(size_t alignment, size_t bytes)
{
    if (alignment > SIZE_CLASS_BYTES_MAX || bytes > SIZE_CLASS_BYTES_MAX) {
        return allocate_large(alignment, bytes, false);
    }
    /* Blocks lie at multiples of their size from a start aligned to 64 KiB. The last class is a multiple
     * of every alignment that comes here. */
    unsigned size_class = size_class_of(bytes);
    while ((size_classes[size_class].bytes & (alignment - 1)) != 0) {
        size_class++;
    }
    return heap_allocate(size_classes[size_class].bytes);
}

/* ---- freeing ---- */

static inline bool is_inside(uintptr_t offset)
{
    return offset < space.bytes;
}

static struct span *span_of(uintptr_t offset)
{
    return &space.spans[offset >> SLICE_LOG2];
}

static bool starts_block(const struct span *span, uintptr_t offset)
{
    return size_class_starts_block((uint32_t)(offset % SLICE_BYTES), span->magic);
}

static RARE void fault(const char *call, const void *block, const struct span *span)
{
    if (span != NULL && span_kind(span) == SPAN_SLAB) {
        heap_misuse(call, block, "not the start of a block");
    }
    heap_misuse(call, block, "not a block of this heap, or freed before");
}

/* The block's second word says freed; the program's data may say so by chance, and then it is in no
 * list. What its owner holds, if that is another thread, cannot be looked at. */
static RARE bool is_freed(struct heap *heap, struct span *span, const struct object *block)
{
    bool own = atomic_load_explicit(&span->owner, memory_order_relaxed) == heap;
    const struct object *object = own ? *span->head : NULL;
    while (object != NULL && object != block) {
        object = object->next;
    }
    return object != NULL || remote_holds(heap, span, block);
}

static inline void push(struct span *span, struct object *block)
{
    block->next = *span->head;
    block->key = space.key;
    *span->head = block;
    if (UNLIKELY(--span->countdown == 0)) {
        slab_woken(span);
    }
}

static void free_inside(struct heap *heap, struct span *span, struct object *block)
{
    if (span_kind(span) == SPAN_LARGE && span_address(span) == (uintptr_t)block) {
        large_free(heap, span);
        return;
    }
    if (span_kind(span) != SPAN_SLAB || !starts_block(span, space_offset(block))) {
        fault("free", block, span);
    }
    if (UNLIKELY(block->key == space.key) && is_freed(heap, span, block)) {
        heap_misuse("free", block, "freed before");
    }
    if (atomic_load_explicit(&span->owner, memory_order_relaxed) == heap) {
        push(span, block);
    } else {
        remote_free(heap, span, block);
    }
}

/* Anything but a plain free of a block of this thread's own slabs. */
static SLOW void free_slow(void *block)
{
    uintptr_t offset = space_offset(block);
    if (!is_inside(offset)) {
        if (!mapped_free(block)) {
            fault("free", block, NULL);
        }
        return;
    }
    struct heap *heap = heap_attach();
    if (heap == NULL) {
        return; /* no memory for a heap to free with: the block is lost */
    }
    free_inside(heap, span_of(offset), block);
    heap_detach_if_exited();
}

void heap_free(void *block)
{
    uintptr_t offset = space_offset(block);
    if (UNLIKELY(!is_inside(offset))) {
        free_slow(block);
        return;
    }
    struct span *span = span_of(offset);
    /* Relaxed: only this thread makes itself the owner, or ceases to be. */
    bool own = atomic_load_explicit(&span->owner, memory_order_relaxed) == thread.heap;
    if (UNLIKELY(!own) || UNLIKELY(!starts_block(span, offset)) ||
        UNLIKELY(((struct object *)block)->key == space.key)) {
        free_slow(block);
        return;
    }
    push(span, block);
}

/* ---- resizing ---- */

/* The descriptor of a block; NULL for a mapping of its own. */
static struct span *span_of_block(const char *call, const void *block)
{
    uintptr_t offset = space_offset(block);
    if (!is_inside(offset)) {
        if (mapped_bytes(block) == 0) {
            fault(call, block, NULL);
        }
        return NULL;
    }
    struct span *span = span_of(offset);
    bool is_block = span_kind(span) == SPAN_SLAB    ? starts_block(span, offset)
                    : span_kind(span) == SPAN_LARGE ? offset % SLICE_BYTES == 0
                                                    : false;
    if (!is_block) {
        fault(call, block, span);
    }
    return span;
}

static size_t usable_bytes(const struct span *span, const void *block)
{
    if (span == NULL) {
        return mapped_bytes(block);
    }
    return span_kind(span) == SPAN_LARGE ? span->bytes : size_classes[span->size_class].bytes;
}

size_t heap_usable_bytes(const void *block)
{
    return usable_bytes(span_of_block("malloc_usable_size", block), block);
}

void *heap_reallocate(void *block, size_t bytes)
{
    struct span *span = span_of_block("realloc", block);
    size_t old_bytes = usable_bytes(span, block);
    if (span != NULL && span_kind(span) == SPAN_LARGE && bytes > SIZE_CLASS_BYTES_MAX) {
        struct heap *heap = heap_attach();
        void *resized = heap == NULL ? NULL : large_reallocate(heap, span, bytes);
        heap_detach_if_exited();
        return resized;
    }
    /* In place while the block is not more than twice too large. */
    if (bytes <= old_bytes && bytes >= old_bytes / 2) {
        return block;
    }
    void *resized = heap_allocate(bytes);
    if (resized == NULL) {
        return NULL;
    }
    memcpy(resized, block, old_bytes < bytes ? old_bytes : bytes);
    heap_free(block);
    return resized;
}

/* What the message of a wrong free says of the block that the address lies in (buddy.h). */
#include "allocators/buddy/buddy.h"

/* The live block's pointer at or below the address that is nearest to it; 0 without one. */
static uintptr_t pointer_below(uintptr_t address)
{
    const struct buddy_heap *heap = &buddy_heap;
    uintptr_t offset = address - heap->base;
    if (offset >= heap->high_water_bytes) {
        return 0;
    }
    for (size_t granule = (offset >> GRANULE_LOG2) + 1; granule-- > 0;) {
        if (heap->class_of[granule] != 0 && heap->class_of[granule] != ENTRY_DYING) {
            return heap->base + (granule << GRANULE_LOG2);
        }
    }
    return 0;
}

void buddy_describe(struct message *message, const void *address)
{
    uintptr_t pointer = pointer_below((uintptr_t)address);
    if (pointer == 0) {
        return;
    }
    unsigned entry = buddy_heap.class_of[(pointer - buddy_heap.base) >> GRANULE_LOG2];
    unsigned block_class = entry % ENTRY_PADDED - 1;
    uintptr_t start = entry >= ENTRY_PADDED ? buddy_system.start(pointer, block_class) : pointer;
    uintptr_t end = start + buddy_system.bytes_of(block_class);
    if ((uintptr_t)address < end) {
        message_add(message, "; the ");
        message_add_number(message, end - pointer);
        message_add(message, " bytes at ");
        message_add_address(message, buddy_pointer(&buddy_heap, pointer));
        message_add(message, " are live");
    }
}

/* Which free memory the buddy keeps for reuse, and which it gives back to the kernel.
 *
 * Purging whatever coalesces would cost a system call and page faults at every other free, as one
 * free often merges up to the whole range. So up to KEPT_UNITS_MAX units stay; beyond that the
 * highest go, down to half of it, since the lowest are taken next (lowest address first). What an
 * idle program retains is therefore bounded by 1 MiB, whatever it had before. */
#include "allocators/buddy/buddy.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define UNIT_BYTES       ((size_t)1 << UNIT_LOG2)
#define KEPT_UNITS_MAX   16
#define ENTRIES_PER_UNIT ((size_t)1 << UNIT_ORDER)

static size_t unit_of(const struct buddy_heap *heap, uintptr_t address)
{
    return (address - heap->core.base) >> UNIT_LOG2;
}

static char *address_of(const struct buddy_heap *heap, size_t unit)
{
    return heap->start + (unit << UNIT_LOG2);
}

static void forget(struct buddy_heap *heap, size_t unit)
{
    bit_tree_clear(&heap->kept, unit);
    heap->kept_units--;
}

void kept_take(struct buddy_heap *heap, uintptr_t address, size_t bytes, size_t zero_bytes)
{
    size_t last = unit_of(heap, address + bytes - 1);
    size_t unit = unit_of(heap, address);
    if (unit == last && !bit_tree_test(&heap->kept, unit)) {
        return; /* the usual case, without a search */
    }
    unit = bit_tree_next(&heap->kept, unit);
    while (unit <= last) { /* BIT_TREE_NONE is larger, too */
        size_t offset = (uintptr_t)address_of(heap, unit) - address;
        if (offset < zero_bytes) {
            size_t rest = zero_bytes - offset;
            memset(address_of(heap, unit), 0, rest < UNIT_BYTES ? rest : UNIT_BYTES);
        }
        forget(heap, unit);
        unit = bit_tree_next(&heap->kept, unit);
    }
}

/* The highest run of kept units goes back to the kernel. */
static void purge_highest_run(struct buddy_heap *heap)
{
    size_t first = bit_tree_last(&heap->kept);
    size_t units = 1;
    forget(heap, first);
    while (heap->kept_units > KEPT_UNITS_MAX / 2 && first > 0 &&
           bit_tree_test(&heap->kept, first - 1)) {
        first--;
        units++;
        forget(heap, first);
    }
    os_purge(address_of(heap, first), units << UNIT_LOG2);
    /* No block starts there: the units' entries of order_of are zero, and purging keeps them so. */
    if (ENTRIES_PER_UNIT % os_page_bytes() == 0) {
        os_purge(&heap->order_of[first * ENTRIES_PER_UNIT], units * ENTRIES_PER_UNIT);
    }
}

void kept_give(struct buddy_heap *heap, uintptr_t address, unsigned order, unsigned merged)
{
    if (merged < UNIT_ORDER) {
        return; /* the unit is partly in use still */
    }
    size_t first = unit_of(heap, address);
    size_t units = order > UNIT_ORDER ? (size_t)1 << (order - UNIT_ORDER) : 1;
    for (size_t unit = first; unit < first + units; unit++) {
        bit_tree_set(&heap->kept, unit);
    }
    heap->kept_units += units;
    if (heap->kept_units > KEPT_UNITS_MAX) {
        while (heap->kept_units > KEPT_UNITS_MAX / 2) {
            purge_highest_run(heap);
        }
    }
}

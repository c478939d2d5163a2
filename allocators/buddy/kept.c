/* Which free memory the buddies keep for reuse, and which they give back to the kernel.
 *
 * Purging whatever coalesces would cost a system call and page faults at every other free, as one
 * free often merges up to the whole range. So up to KEPT_UNITS_MAX units stay; beyond that the
 * highest go, down to half of it, since the lowest are taken next (lowest address first). What an
 * idle program retains is therefore bounded by 1 MiB, whatever it had before. */
#include "allocators/buddy/buddy.h"
#include "allocators/parts/os_memory.h"

#include <string.h>

#define KEPT_UNITS_MAX   16
#define ENTRIES_PER_UNIT (UNIT_BYTES >> GRANULE_LOG2)

static size_t unit_of(const struct buddy_heap *heap, uintptr_t address)
{
    return (address - heap->base) >> UNIT_LOG2;
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
        size_t offset = (uintptr_t)address_of(heap, unit) - address; /* huge where it is before */
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
    /* No block starts there: the units' entries of class_of are zero, and purging keeps them so. */
    if (ENTRIES_PER_UNIT % os_page_bytes() == 0) {
        os_purge(&heap->class_of[first * ENTRIES_PER_UNIT], units * ENTRIES_PER_UNIT);
    }
}

void kept_merged(uintptr_t from, uintptr_t to, uintptr_t start, uintptr_t end)
{
    struct buddy_heap *heap = &buddy_heap;
    /* Units wholly in the free block: where blocks are no multiples of a unit, some reach out. */
    size_t first_whole = unit_of(heap, start + UNIT_BYTES - 1);
    size_t end_whole = unit_of(heap, end);
    size_t first = unit_of(heap, from);
    size_t last = unit_of(heap, to - 1);
    first = first > first_whole ? first : first_whole;
    for (size_t unit = first; unit <= last && unit < end_whole; unit++) {
        if (!bit_tree_test(&heap->kept, unit)) {
            bit_tree_set(&heap->kept, unit);
            heap->kept_units++;
        }
    }
}

void kept_trim(struct buddy_heap *heap)
{
    if (heap->kept_units > KEPT_UNITS_MAX) {
        while (heap->kept_units > KEPT_UNITS_MAX / 2) {
            purge_highest_run(heap);
        }
    }
}

/* How a buddy's heap begins: its settings, the reservation, what is free in it. */
#include "allocators/buddy/settings.h"

#include "allocators/buddy/buddy.h"
#include "allocators/parts/os_memory.h"

#define RANGE_LOG2_MAX 40
#define RANGE_LOG2_MIN 24

struct buddy_heap buddy_heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

const char *buddy_refuse(void)
{
    return buddy_tunable[BUDDY_INITIAL].value > buddy_tunable[BUDDY_LIMIT].value
               ? "initial must not be larger than limit"
               : NULL;
}

/* Takes the top and gives back only what ends within the limit: what was never given back never
 * merges, so that no block reaches beyond. The limit is rounded down to a unit. */
static void cut_to_limit(unsigned top, size_t limit_bytes)
{
    uintptr_t address = buddy_system.take(top);
    uintptr_t end = address + (limit_bytes & ~(UNIT_BYTES - 1));
    for (unsigned block_class = top; address < end;) {
        if (address + buddy_system.bytes_of(block_class) <= end) {
            buddy_system.give(address, block_class, true);
            return;
        }
        if (block_class == 0) {
            return;
        }
        uintptr_t upper = address + buddy_system.bytes_of(block_class - 1);
        if (upper <= end) {
            buddy_system.give(address, block_class - 1, true);
            address = upper;
            block_class = buddy_system.upper(block_class);
        } else {
            block_class--;
        }
    }
}

/* Sets the heap up over a range of this size; false when the kernel refuses. */
static bool set_up_range(unsigned range_log2)
{
    struct buddy_heap *heap = &buddy_heap;
    size_t range_bytes = (size_t)1 << range_log2;
    size_t system_bytes = buddy_system.table_bytes(range_bytes);
    size_t units = range_bytes >> UNIT_LOG2;
    size_t entry_bytes = range_bytes >> GRANULE_LOG2;
    size_t table_bytes = entry_bytes + system_bytes + bit_tree_table_bytes(units);
    size_t page_bytes = os_page_bytes();
    table_bytes = (table_bytes + page_bytes - 1) & ~(page_bytes - 1);
    /* That is room enough for aligning a range to its own size, too, which takes twice as much for a
     * moment. */
    if (!os_has_twice(range_bytes + table_bytes)) {
        return false;
    }
    char *tables = os_reserve(table_bytes, page_bytes);
    if (tables == NULL) {
        return false;
    }
    void *range =
        os_reserve(range_bytes, buddy_system.is_naturally_aligned ? range_bytes : UNIT_BYTES);
    if (range == NULL) {
        os_release(tables, table_bytes);
        return false;
    }
    os_wish_huge_pages(range, range_bytes, false);
    os_wish_huge_pages(tables, table_bytes, false);
    /* The classes first: so a unit's share of them is a page of its own. */
    heap->class_of = (uint8_t *)tables;
    heap->start = range;
    heap->base = (uintptr_t)range;
    bit_tree_init(&heap->kept, units, tables + entry_bytes + system_bytes);
    unsigned top = buddy_system.set_up(heap->base, range_bytes, tables + entry_bytes);
    heap->range_bytes = buddy_system.bytes_of(top);
    return true;
}

bool buddy_set_up(void)
{
    struct buddy_heap *heap = &buddy_heap;
    tunables_read();
    size_t limit_bytes = buddy_tunable[BUDDY_LIMIT].value;
    size_t initial_bytes = buddy_tunable[BUDDY_INITIAL].value;
    unsigned range_log2 = RANGE_LOG2_MAX;
    while (heap->range_bytes == 0 && range_log2 >= RANGE_LOG2_MIN) {
        set_up_range(range_log2--);
    }
    if (heap->range_bytes == 0) {
        return false;
    }
    if (limit_bytes < heap->range_bytes) {
        cut_to_limit(buddy_system.class_of(heap->range_bytes), limit_bytes);
    }
    initial_bytes = initial_bytes < heap->range_bytes ? initial_bytes : heap->range_bytes;
    initial_bytes = (initial_bytes + os_page_bytes() - 1) & ~(os_page_bytes() - 1);
    if (initial_bytes > 0) {
        os_populate(heap->start, initial_bytes);
    }
    return true;
}

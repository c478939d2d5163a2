/* The heap walk of the buddies (allocators/heap_walk.h): a heap is what lies below the highest
 * address that any block ever reached; the untouched rest of the reservation is no heap. */
#include "allocators/buddy/buddy.h"
#include "allocators/heap_walk.h"

__attribute__((visibility("default"))) heaplab_heap_walk_function heaplab_heap_walk;

struct walk {
    heap_region_visit *visit;
    void *context;
};

static void
report(const struct walk *walk, uintptr_t address, size_t bytes, enum heap_region_kind kind)
{
    if (bytes > 0) {
        walk->visit(walk->context,
                    &(struct heap_region){.address = address, .bytes = bytes, .kind = kind});
    }
}

/* The live block that begins at `address`, whose pointer may lie behind padding. Returns its bytes. */
static size_t walk_live(const struct walk *walk, uintptr_t address)
{
    const struct buddy_heap *heap = &buddy_heap;
    size_t granule = (address - heap->base) >> GRANULE_LOG2;
    size_t padding_bytes = 0;
    while (heap->class_of[granule] == 0) {
        granule++;
        padding_bytes += (size_t)1 << GRANULE_LOG2;
    }
    size_t bytes = buddy_system.bytes_of(heap->class_of[granule] % ENTRY_PADDED - 1U);
    report(walk, address, padding_bytes, HEAP_REGION_METADATA);
    report(walk, address + padding_bytes, bytes - padding_bytes, HEAP_REGION_USED);
    return bytes;
}

/* Whether a block begins here that its own entry tells of; of free ones and of padded ones the system
 * has to be asked, which takes a walk down its tree. */
static bool is_plainly_live(uintptr_t address)
{
    unsigned entry = buddy_heap.class_of[(address - buddy_heap.base) >> GRANULE_LOG2];
    return entry != 0 && entry < ENTRY_PADDED;
}

static void walk_blocks(const struct walk *walk)
{
    const struct buddy_heap *heap = &buddy_heap;
    uintptr_t address = heap->base;
    uintptr_t end = heap->base + heap->high_water_bytes;
    while (address < end) {
        unsigned free_class =
            is_plainly_live(address) ? BUDDY_NO_CLASS : buddy_system.free_class(address);
        if (free_class == BUDDY_NO_CLASS) {
            address += walk_live(walk, address);
        } else {
            size_t bytes = buddy_system.bytes_of(free_class);
            bytes = bytes < end - address ? bytes : end - address;
            report(walk, address, bytes, HEAP_REGION_FREE);
            address += bytes;
        }
    }
}

static void report_table(void *context, const void *table, size_t bytes)
{
    report(context, (uintptr_t)table, bytes, HEAP_REGION_METADATA);
}

void heaplab_heap_walk(heap_region_visit *visit, void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    if (buddy_heap.high_water_bytes > 0) {
        walk_blocks(&walk);
        report_table(&walk, buddy_heap.class_of, buddy_heap.high_water_bytes >> GRANULE_LOG2);
        buddy_system.walk_tables(buddy_heap.high_water_bytes, report_table, &walk);
    }
}

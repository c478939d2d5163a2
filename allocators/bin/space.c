/* The reservation of space.h: [heap area | descriptors | regions | buddy of regions | metadata]. */
#include "allocators/bin/space.h"

#include "allocators/parts/buddy_core.h"
#include "allocators/parts/os_memory.h"

#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#ifndef SPACE_LOG2_MAX
#    define SPACE_LOG2_MAX 40
#endif
#define SPACE_LOG2_MIN   SPACE_REGION_LOG2
#define LINE_BYTES       64
#define METADATA_DIVISOR 1024 /* as much for metadata as for descriptors */

struct space space;

/* Addresses in the buddies are offsets from the heap area's start, so that any base will do. */
struct regions {
    struct buddy_core all; /* of whole regions */
    char *cores;           /* one per region, region_stride apart: struct buddy_core and tables */
    size_t core_stride;
    uint8_t *room; /* per region: 1 + the largest free order, 0 when full or not in use */
    size_t high;   /* regions at or above this have never been in use */
    char *metadata_next;
    char *metadata_end;
};

static struct regions regions;
static pthread_mutex_t lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;

void space_lock(void)
{
    pthread_mutex_lock(&lock);
}

void space_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void space_lock_reset(void)
{
    pthread_mutex_t unlocked = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
    lock = unlocked;
}

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static struct buddy_core *region_core(size_t region)
{
    return (struct buddy_core *)(void *)(regions.cores + region * regions.core_stride);
}

static char *region_tables(size_t region)
{
    return regions.cores + region * regions.core_stride + sizeof(struct buddy_core);
}

static size_t core_stride_bytes(void)
{
    size_t tables = buddy_core_table_bytes(SPACE_REGION_LOG2, SLICE_LOG2);
    return round_up(sizeof(struct buddy_core) + tables, LINE_BYTES);
}

/* Bytes behind a heap area of 2^log2 bytes. */
static size_t behind_bytes(unsigned log2)
{
    size_t bytes = (size_t)1 << log2;
    size_t region_count = bytes >> SPACE_REGION_LOG2;
    size_t tables = buddy_core_table_bytes(log2, SPACE_REGION_LOG2);
    size_t behind = (bytes >> SLICE_LOG2) * sizeof(struct span) +
                    region_count * core_stride_bytes() +
                    round_up(tables + region_count, LINE_BYTES) + bytes / METADATA_DIVISOR;
    return round_up(behind, SPACE_ALIGNMENT_BYTES / 8);
}

/* Under a limit of address space, the program's own mappings need room too: half of it at most. */
static unsigned log2_most(void)
{
    struct rlimit limit;
    unsigned log2 = SPACE_LOG2_MAX;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        while (log2 > SPACE_LOG2_MIN && ((rlim_t)1 << log2) > limit.rlim_cur / 2) {
            log2--;
        }
    }
    return log2;
}

static void lay_out(char *base, unsigned log2)
{
    size_t bytes = (size_t)1 << log2;
    size_t region_count = bytes >> SPACE_REGION_LOG2;
    char *next = base + bytes;
    space.spans = (struct span *)(void *)next;
    next += (bytes >> SLICE_LOG2) * sizeof(struct span);
    regions.cores = next;
    regions.core_stride = core_stride_bytes();
    next += region_count * regions.core_stride;
    buddy_core_init(&regions.all, 0, log2, SPACE_REGION_LOG2, next);
    next += buddy_core_table_bytes(log2, SPACE_REGION_LOG2);
    regions.room = (uint8_t *)next;
    next += round_up(region_count, LINE_BYTES);
    regions.metadata_next = next + (-(uintptr_t)next & (LINE_BYTES - 1));
    regions.metadata_end = base + bytes + behind_bytes(log2);
}

static uint64_t random_key(void)
{
    uint64_t key = 0;
    /* 16 random bytes from the kernel. NOLINTNEXTLINE(performance-no-int-to-ptr): it says so in a word */
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random != NULL) {
        memcpy(&key, random, sizeof key);
    }
    return (key ^ (uintptr_t)&space) | 1;
}

bool space_setup(void)
{
    if (space.bytes != 0) {
        return true;
    }
    static const unsigned sizes_log2[] = {
        SPACE_LOG2_MAX, 36, 32, 31, 30, 29, 28, 27, 26, SPACE_LOG2_MIN};
    unsigned most = log2_most();
    for (size_t i = 0; i < sizeof sizes_log2 / sizeof *sizes_log2; i++) {
        unsigned log2 = sizes_log2[i];
        if (log2 > most) {
            continue;
        }
        size_t whole = ((size_t)1 << log2) + behind_bytes(log2);
        char *base = os_reserve(whole, SPACE_ALIGNMENT_BYTES);
        if (base == NULL) {
            continue;
        }
        os_wish_huge_pages(base, whole, false); /* resident memory nobody asked for */
        lay_out(base, log2);
        space.key = random_key();
        space.base = base;
        space.bytes = (size_t)1 << log2;
        (void)space_take(0); /* index 0 means none in the lists */
        return true;
    }
    return false;
}

static void note_room(size_t region)
{
    uint64_t free_orders = region_core(region)->orders_free;
    regions.room[region] =
        (uint8_t)(free_orders == 0 ? 0 : 64 - (unsigned)__builtin_clzll(free_orders));
}

/* The region's own buddy, which is all free while the region is not in use. */
static struct buddy_core *open_region(size_t region)
{
    struct buddy_core *core = region_core(region);
    if (core->orders == 0) {
        buddy_core_init(core,
                        region << SPACE_REGION_LOG2,
                        SPACE_REGION_LOG2,
                        SLICE_LOG2,
                        region_tables(region));
    }
    return core;
}

/* Lowest region in use with a free block of the order; else a new one. */
static size_t region_with_room(unsigned order)
{
    for (size_t region = 0; region < regions.high; region++) {
        if (regions.room[region] > order) {
            return region;
        }
    }
    uintptr_t offset = buddy_core_take(&regions.all, 0);
    return offset == BUDDY_NONE ? BIT_TREE_NONE : offset >> SPACE_REGION_LOG2;
}

static void note_high(size_t region_end)
{
    if (region_end > regions.high) {
        regions.high = region_end;
    }
}

struct span *space_take(unsigned order)
{
    uintptr_t offset = BUDDY_NONE;
    if (order >= SPACE_REGION_ORDER) {
        offset = buddy_core_take(&regions.all, order - SPACE_REGION_ORDER);
    } else {
        size_t region = region_with_room(order);
        if (region != BIT_TREE_NONE) {
            offset = buddy_core_take(open_region(region), order);
            note_room(region);
        }
    }
    if (offset == BUDDY_NONE) {
        return NULL;
    }
    note_high((offset + (SLICE_BYTES << order) + SPACE_ALIGNMENT_BYTES - 1) >> SPACE_REGION_LOG2);
    struct span *span = &space.spans[offset >> SLICE_LOG2];
    span->order = (uint8_t)order;
    span->touched = 0;
    return span;
}

void space_give(struct span *span)
{
    unsigned order = span->order;
    uintptr_t offset = space_offset(span_start(span));
    span_set_kind(span, SPAN_NONE);
    if (order >= SPACE_REGION_ORDER) {
        buddy_core_give(&regions.all, offset, order - SPACE_REGION_ORDER);
        return;
    }
    size_t region = offset >> SPACE_REGION_LOG2;
    buddy_core_give(region_core(region), offset, order);
    note_room(region);
    if (regions.room[region] == SPACE_REGION_ORDER + 1) {
        regions.room[region] = 0; /* all free: large blocks may have it; its core stays all-free */
        buddy_core_give(&regions.all, offset & ~(SPACE_ALIGNMENT_BYTES - 1), 0);
    }
}

struct span *space_split(struct span *span)
{
    if (span->order == SPACE_REGION_ORDER) {
        /* From now on the region's own buddy has it: as one block, taken. */
        buddy_core_take(open_region((space_offset(span_start(span))) >> SPACE_REGION_LOG2),
                        SPACE_REGION_ORDER);
    }
    span->order--;
    struct span *upper = span + ((size_t)1 << span->order);
    upper->order = span->order;
    return upper;
}

struct span *space_merge(struct span *span)
{
    span->order++;
    if (span->order == SPACE_REGION_ORDER) {
        uintptr_t offset = space_offset(span_start(span));
        buddy_core_give(region_core(offset >> SPACE_REGION_LOG2), offset, SPACE_REGION_ORDER);
    }
    return span;
}

bool space_grow(struct span *span, unsigned to)
{
    uintptr_t offset = space_offset(span_start(span));
    bool grown = false;
    if (span->order >= SPACE_REGION_ORDER) {
        grown = buddy_core_grow(
            &regions.all, offset, span->order - SPACE_REGION_ORDER, to - SPACE_REGION_ORDER);
        note_high(grown ? (offset + (SLICE_BYTES << to)) >> SPACE_REGION_LOG2 : 0);
    } else if (to < SPACE_REGION_ORDER) {
        grown = buddy_core_grow(region_core(offset >> SPACE_REGION_LOG2), offset, span->order, to);
        note_room(offset >> SPACE_REGION_LOG2);
    }
    if (grown) {
        span->order = (uint8_t)to;
    }
    return grown;
}

void *space_metadata(size_t bytes)
{
    bytes = round_up(bytes, LINE_BYTES);
    if (bytes > (size_t)(regions.metadata_end - regions.metadata_next)) {
        return NULL;
    }
    void *memory = regions.metadata_next;
    regions.metadata_next += bytes;
    return memory;
}

size_t space_slices_used(void)
{
    return regions.high << (SPACE_REGION_LOG2 - SLICE_LOG2);
}

void space_visit_metadata(void (*visit)(void *context, uintptr_t address, size_t bytes),
                          void *context)
{
    const char *tables_end = regions.cores + regions.high * regions.core_stride;
    visit(context, (uintptr_t)space.spans, space_slices_used() * sizeof(struct span));
    visit(context, (uintptr_t)regions.cores, (size_t)(tables_end - regions.cores));
    visit(context, (uintptr_t)regions.room, (size_t)(regions.metadata_next - (char *)regions.room));
}

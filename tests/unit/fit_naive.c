/* The naive fit policies of fit_naive.h. */
#include "tests/unit/fit_naive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NONE  SIZE_MAX
#define CHUNK 64

void naive_init(struct naive_heap *heap,
                enum naive_policy policy,
                enum fit_coalesce coalesce,
                uint32_t initial_units,
                uint32_t end_most)
{
    *heap = (struct naive_heap){.policy = policy,
                                .coalesce = coalesce,
                                .end = FIT_UNIT_FIRST + initial_units,
                                .end_least = FIT_UNIT_FIRST + initial_units,
                                .end_most = end_most,
                                .room = 1024};
    heap->address = calloc(heap->room, sizeof *heap->address);
    heap->units = calloc(heap->room, sizeof *heap->units);
    heap->freed = calloc(heap->room, sizeof *heap->freed);
    if (initial_units > 0) {
        heap->address[0] = FIT_UNIT_FIRST;
        heap->units[0] = initial_units;
        heap->count = 1;
    }
}

void naive_forget(struct naive_heap *heap)
{
    free(heap->address);
    free(heap->units);
    free(heap->freed);
}

static uint32_t units_for(uint64_t bytes)
{
    uint64_t units = (bytes + 8 + 15) / 16;
    return units < 2 ? 2 : (uint32_t)units;
}

/* Place of the first free block at the address or above; the count where there is none. */
static size_t first_from(const struct naive_heap *heap, uint32_t address)
{
    size_t least = 0;
    size_t most = heap->count;
    while (least < most) {
        size_t middle = (least + most) / 2;
        if (heap->address[middle] < address) {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    return least;
}

static void drop(struct naive_heap *heap, size_t i)
{
    heap->count--;
    memmove(heap->address + i, heap->address + i + 1, (heap->count - i) * sizeof *heap->address);
    memmove(heap->units + i, heap->units + i + 1, (heap->count - i) * sizeof *heap->units);
    memmove(heap->freed + i, heap->freed + i + 1, (heap->count - i) * sizeof *heap->freed);
}

/* Returns the place of the new free block. */
static size_t add(struct naive_heap *heap, uint32_t address, uint32_t units)
{
    if (heap->count == heap->room) {
        assert(heap->room > 0); /* naive_init has been here */
        heap->room *= 2;
        heap->address = realloc(heap->address, heap->room * sizeof *heap->address);
        heap->units = realloc(heap->units, heap->room * sizeof *heap->units);
        heap->freed = realloc(heap->freed, heap->room * sizeof *heap->freed);
    }
    size_t i = first_from(heap, address);
    memmove(heap->address + i + 1, heap->address + i, (heap->count - i) * sizeof *heap->address);
    memmove(heap->units + i + 1, heap->units + i, (heap->count - i) * sizeof *heap->units);
    memmove(heap->freed + i + 1, heap->freed + i, (heap->count - i) * sizeof *heap->freed);
    heap->address[i] = address;
    heap->units[i] = units;
    heap->freed[i] = ++heap->clock;
    heap->count++;
    return i;
}

/* Whether one of the next CHUNK blocks has `units`: what a compiler can do to several at once. */
static bool one_has(const uint32_t *block, uint32_t units)
{
    uint32_t any = 0;
    for (int i = 0; i < CHUNK; i++) {
        any |= block[i] >= units;
    }
    return any != 0;
}

static size_t first_fit(const struct naive_heap *heap, size_t from, uint32_t units)
{
    size_t i = from;
    while (i + CHUNK <= heap->count && !one_has(heap->units + i, units)) {
        i += CHUNK;
    }
    while (i < heap->count && heap->units[i] < units) {
        i++;
    }
    return i < heap->count ? i : NONE;
}

static size_t next_fit(const struct naive_heap *heap, uint32_t units)
{
    size_t found = first_fit(heap, first_from(heap, heap->rover), units);
    return found != NONE ? found : first_fit(heap, 0, units);
}

static size_t best_fit(const struct naive_heap *heap, uint32_t units)
{
    size_t best = NONE;
    /* An exact fit ends the search: none is smaller, and the next one is no lower. */
    for (size_t i = 0; i < heap->count && (best == NONE || heap->units[best] > units); i++) {
        if (heap->units[i] >= units && (best == NONE || heap->units[i] < heap->units[best])) {
            best = i;
        }
    }
    return best;
}

static size_t worst_fit(const struct naive_heap *heap, uint32_t units)
{
    size_t worst = first_fit(heap, 0, units);
    size_t larger = worst;
    while (larger != NONE) {
        worst = larger;
        larger = first_fit(heap, worst + 1, heap->units[worst] + 1);
    }
    return worst;
}

static size_t lifo_fit(const struct naive_heap *heap, uint32_t units)
{
    size_t newest = NONE;
    for (size_t i = 0; i < heap->count; i++) {
        if (heap->units[i] >= units && (newest == NONE || heap->freed[i] > heap->freed[newest])) {
            newest = i;
        }
    }
    return newest;
}

static size_t find(const struct naive_heap *heap, uint32_t units)
{
    switch (heap->policy) {
    case NAIVE_FIRST: return first_fit(heap, 0, units);
    case NAIVE_NEXT: return next_fit(heap, units);
    case NAIVE_BEST: return best_fit(heap, units);
    case NAIVE_WORST: return worst_fit(heap, units);
    case NAIVE_LIFO: return lifo_fit(heap, units);
    }
    return NONE;
}

static struct naive_block take(struct naive_heap *heap, size_t i, uint32_t units)
{
    struct naive_block block = {heap->address[i], units};
    uint32_t rest = heap->units[i] - units;
    if (rest >= 2) {
        heap->address[i] += units;
        heap->units[i] = rest;
        heap->freed[i] = ++heap->clock;
    } else {
        block.units += rest;
        drop(heap, i);
    }
    return block;
}

static bool last_is_free(const struct naive_heap *heap)
{
    size_t last = heap->count - 1;
    return heap->count > 0 && heap->address[last] + heap->units[last] == heap->end;
}

static struct naive_block grow(struct naive_heap *heap, uint32_t units)
{
    bool joins = last_is_free(heap) && heap->coalesce != FIT_COALESCE_NEVER;
    uint32_t start = joins ? heap->address[heap->count - 1] : heap->end;
    if (units > heap->end_most - start) {
        return (struct naive_block){0, 0};
    }
    if (joins) {
        drop(heap, heap->count - 1);
    }
    heap->end = start + units;
    return (struct naive_block){start, units};
}

/* A free block that ends at the heap's end is not kept, but for what the heap began with. */
static void trim(struct naive_heap *heap)
{
    if (!last_is_free(heap) || heap->end <= heap->end_least) {
        return;
    }
    size_t last = heap->count - 1;
    uint32_t start = heap->address[last];
    if (start + 2 <= heap->end_least) {
        heap->units[last] = heap->end_least - start;
        heap->freed[last] = ++heap->clock;
        heap->end = heap->end_least;
    } else {
        drop(heap, last);
        heap->end = start;
    }
}

/* Free block i + 1 becomes part of free block i if they touch. */
static bool merge(struct naive_heap *heap, size_t i)
{
    if (i + 1 >= heap->count || heap->address[i] + heap->units[i] != heap->address[i + 1]) {
        return false;
    }
    heap->units[i] += heap->units[i + 1];
    heap->freed[i] = ++heap->clock;
    drop(heap, i + 1);
    return true;
}

/* Into a block that grew around it the rover does not point: it goes to its beginning. */
static void mind_rover(struct naive_heap *heap, size_t i)
{
    if (heap->rover > heap->address[i] && heap->rover < heap->address[i] + heap->units[i]) {
        heap->rover = heap->address[i];
    }
}

static void sweep(struct naive_heap *heap)
{
    heap->freed_unmerged = 0;
    for (size_t i = 0; i < heap->count; i++) {
        while (merge(heap, i)) {
        }
        mind_rover(heap, i);
    }
    trim(heap);
}

/* Whether there is so much free, in how many pieces ever. */
static bool is_enough_free(const struct naive_heap *heap, uint32_t units)
{
    uint64_t sum = heap->end_most - heap->end;
    for (size_t i = 0; i < heap->count; i++) {
        sum += heap->units[i];
    }
    return sum >= units;
}

static struct naive_block place(struct naive_heap *heap, uint32_t units)
{
    bool deferred = heap->coalesce == FIT_COALESCE_DEFERRED && heap->freed_unmerged > 0;
    size_t i = find(heap, units);
    if (i == NONE && deferred && (heap->used + heap->count) / 16 < heap->freed_unmerged) {
        sweep(heap);
        deferred = false;
        i = find(heap, units);
    }
    struct naive_block block = i != NONE ? take(heap, i, units) : grow(heap, units);
    if (block.address == 0 && deferred && is_enough_free(heap, units)) {
        sweep(heap);
        i = find(heap, units);
        block = i != NONE ? take(heap, i, units) : grow(heap, units);
    }
    if (block.address != 0) {
        heap->used++;
        heap->rover = block.address + block.units;
    }
    return block;
}

struct naive_block naive_allocate(struct naive_heap *heap, uint64_t bytes)
{
    return place(heap, units_for(bytes));
}

void naive_free(struct naive_heap *heap, struct naive_block block)
{
    heap->used--;
    size_t i = add(heap, block.address, block.units);
    if (heap->coalesce != FIT_COALESCE_IMMEDIATE) {
        heap->freed_unmerged++;
        return;
    }
    merge(heap, i);
    if (i > 0 && merge(heap, i - 1)) {
        i--;
    }
    mind_rover(heap, i);
    trim(heap);
}

static void shrink(struct naive_heap *heap, struct naive_block *block, uint32_t units)
{
    if (block->units - units >= 2) {
        struct naive_block rest = {block->address + units, block->units - units};
        block->units = units;
        heap->used++;
        naive_free(heap, rest);
    }
}

struct naive_block
naive_allocate_aligned(struct naive_heap *heap, uint64_t alignment, uint64_t bytes)
{
    uint32_t align_units = (uint32_t)(alignment / 16);
    uint32_t units = units_for(bytes);
    struct naive_block block = place(heap, units + align_units + 1);
    if (block.address == 0) {
        return block;
    }
    uint32_t aligned = (block.address + align_units - 1) / align_units * align_units;
    if (aligned - block.address == 1) {
        aligned += align_units;
    }
    uint32_t lead = aligned - block.address;
    if (lead > 0) {
        heap->used++;
        naive_free(heap, (struct naive_block){block.address, lead});
        block = (struct naive_block){aligned, block.units - lead};
    }
    shrink(heap, &block, units);
    return block;
}

bool naive_resize(struct naive_heap *heap, struct naive_block *block, uint64_t bytes)
{
    uint32_t units = units_for(bytes);
    if (units <= block->units) {
        shrink(heap, block, units);
        return true;
    }
    uint32_t next = block->address + block->units;
    size_t i = first_from(heap, next);
    bool next_is_free = i < heap->count && heap->address[i] == next;
    uint32_t total = block->units + (next_is_free ? heap->units[i] : 0);
    if (total < units) {
        if (block->address + total != heap->end || units - total > heap->end_most - heap->end) {
            return false;
        }
        heap->end += units - total;
        total = units;
    }
    if (next_is_free) {
        drop(heap, i);
    }
    block->units = total - units < 2 ? total : units;
    if (heap->rover == next) {
        heap->rover = block->address + block->units;
    }
    if (total > block->units) {
        add(heap, block->address + units, total - units);
    }
    return true;
}

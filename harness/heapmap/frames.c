/* With a heap walk the regions are the allocator's own, and each live slot is found in its region.
 * Without, the live slots are the used regions, and between them lies what is resident of the
 * mappings that hold a live block in any frame: those are the allocator's. */
#include "harness/heapmap/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

const char *map_kind_name(enum map_kind kind)
{
    static const char *const names[MAP_KINDS] = {"used", "free", "metadata", "resident"};
    return names[kind];
}

static bool out_of_memory(struct error *error)
{
    return error_set(error, "cannot read the frames of the heap: out of memory");
}

/* What a slot's block takes where only the block itself is known. */
static uint64_t block_bytes(const struct frame_record *slot)
{
    return slot->bytes > slot->requested ? slot->bytes : slot->requested;
}

static bool add_begin(struct frames *frames, size_t index, size_t *room)
{
    if (frames->count == *room) {
        *room = *room * 2 + 16;
        size_t *begins = reallocarray(frames->begins, *room, sizeof *begins);
        if (begins == NULL) {
            return false;
        }
        frames->begins = begins;
    }
    frames->begins[frames->count++] = index;
    extents_join(&frames->live, 0);
    return true;
}

static bool index_records(struct frames *frames, struct error *error)
{
    size_t room = 0;
    for (size_t i = 0; i < frames->record_count; i++) {
        const struct frame_record *record = &frames->records[i];
        bool ok = true;
        if (record->kind > FRAME_RESIDENT || (i == 0 && record->kind != FRAME_BEGIN)) {
            return error_set(error, "record %zu of the heap's frames makes no sense", i);
        }
        if (record->kind == FRAME_BEGIN) {
            ok = add_begin(frames, i, &room);
        } else if (record->kind == FRAME_SLOT) {
            uint64_t end = record->address + block_bytes(record);
            ok = extents_add(&frames->live, record->address, end);
        }
        if (!ok) {
            return out_of_memory(error);
        }
    }
    extents_join(&frames->live, 0);
    return true;
}

bool frames_open(struct frames *frames, int fd, struct error *error)
{
    struct stat file;
    *frames = (struct frames){0};
    if (fstat(fd, &file) != 0) {
        return error_set(error, "cannot read the frames of the heap: %s", strerror(errno));
    }
    size_t bytes = (size_t)file.st_size;
    if (bytes % sizeof *frames->records != 0) {
        return error_set(error, "the frames of the heap end within a record");
    }
    if (bytes == 0) {
        return true;
    }
    void *records = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (records == MAP_FAILED) {
        return error_set(error, "cannot map the frames of the heap: %s", strerror(errno));
    }
    frames->file = records;
    frames->records = records;
    frames->record_count = bytes / sizeof *frames->records;
    return index_records(frames, error);
}

void frames_close(struct frames *frames)
{
    if (frames->file != NULL) {
        (void)munmap(frames->file, frames->record_count * sizeof *frames->records);
    }
    free(frames->begins);
    extents_free(&frames->live);
    *frames = (struct frames){0};
}

/* ---- One frame ---- */

/* Its records by what they are; pieces are the resident runs of the allocator's mappings. */
struct parts {
    struct map_region *regions, *slots, *pieces;
    size_t regions_count, slots_count, pieces_count;
};

static void
take_record(struct parts *parts, const struct frame *frame, const struct frame_record *record)
{
    static const enum map_kind kinds[] = {
        [FRAME_USED] = MAP_USED, [FRAME_FREE] = MAP_FREE, [FRAME_METADATA] = MAP_METADATA};
    struct map_region region = {.address = record->address, .bytes = record->bytes};
    switch (record->kind) {
    case FRAME_USED:
    case FRAME_FREE:
    case FRAME_METADATA:
        region.kind = kinds[record->kind];
        parts->regions[parts->regions_count++] = region;
        break;
    case FRAME_SLOT:
        region.bytes = block_bytes(record);
        region.has_object = true;
        region.requested_bytes = record->requested;
        region.age_events =
            frame->events_done > record->birth ? frame->events_done - record->birth : 0;
        parts->slots[parts->slots_count++] = region;
        break;
    case FRAME_RESIDENT:
        region.kind = MAP_RESIDENT;
        parts->pieces[parts->pieces_count++] = region;
        break;
    default: break;
    }
}

static int by_address(const void *one, const void *other)
{
    uint64_t a = ((const struct map_region *)one)->address;
    uint64_t b = ((const struct map_region *)other)->address;
    return (a > b) - (a < b);
}

static void sort_regions(struct map_region *regions, size_t count)
{
    if (count > 0) {
        qsort(regions, count, sizeof *regions, by_address);
    }
}

/* Tells the used regions which object of the stream is in them. */
static void match_slots(const struct parts *parts)
{
    size_t slot = 0;
    for (size_t i = 0; i < parts->regions_count; i++) {
        struct map_region *region = &parts->regions[i];
        while (slot < parts->slots_count && parts->slots[slot].address < region->address) {
            slot++;
        }
        if (region->kind == MAP_USED && slot < parts->slots_count &&
            parts->slots[slot].address - region->address < region->bytes) {
            region->has_object = true;
            region->requested_bytes = parts->slots[slot].requested_bytes;
            region->age_events = parts->slots[slot].age_events;
        }
    }
}

static void add_region(struct frame *frame, const struct map_region *region)
{
    if (region->bytes > 0) {
        frame->regions[frame->count++] = *region;
    }
}

/* The slots, and of each resident piece what lies outside of them. Both are sorted. */
static void interleave(struct frame *frame, const struct parts *parts)
{
    size_t slot = 0;
    uint64_t taken = 0; /* end of the blocks so far */
    for (size_t i = 0; i < parts->pieces_count; i++) {
        struct map_region rest = parts->pieces[i];
        uint64_t end = rest.address + rest.bytes;
        rest.address = taken > rest.address ? taken : rest.address;
        for (; slot < parts->slots_count && parts->slots[slot].address < end; slot++) {
            const struct map_region *block = &parts->slots[slot];
            rest.bytes = block->address > rest.address ? block->address - rest.address : 0;
            add_region(frame, &rest);
            add_region(frame, block);
            taken = block->address + block->bytes;
            rest.address = taken > rest.address ? taken : rest.address;
        }
        rest.bytes = end > rest.address ? end - rest.address : 0;
        add_region(frame, &rest);
    }
    for (; slot < parts->slots_count; slot++) {
        add_region(frame, &parts->slots[slot]);
    }
}

static bool take_parts(struct parts *parts, size_t room)
{
    parts->regions = reallocarray(NULL, room, sizeof *parts->regions);
    parts->slots = reallocarray(NULL, room, sizeof *parts->slots);
    parts->pieces = reallocarray(NULL, room, sizeof *parts->pieces);
    return parts->regions != NULL && parts->slots != NULL && parts->pieces != NULL;
}

static void free_parts(struct parts *parts)
{
    free(parts->regions);
    free(parts->slots);
    free(parts->pieces);
}

static void
sort_records(const struct frames *frames, size_t index, struct frame *frame, struct parts *parts)
{
    size_t end = index + 1 < frames->count ? frames->begins[index + 1] : frames->record_count;
    bool is_heap = false;
    for (size_t i = frames->begins[index] + 1; i < end; i++) {
        const struct frame_record *record = &frames->records[i];
        if (record->kind == FRAME_MAPPING) {
            is_heap = extents_meet(&frames->live, record->address, record->address + record->bytes);
        }
        if (record->kind != FRAME_RESIDENT || is_heap) {
            take_record(parts, frame, record);
        }
    }
    sort_regions(parts->regions, parts->regions_count);
    sort_regions(parts->slots, parts->slots_count);
    sort_regions(parts->pieces, parts->pieces_count);
    frame->live_blocks = parts->slots_count;
}

static void fill_frame(struct frame *frame, const struct parts *parts)
{
    if (frame->has_walk) {
        match_slots(parts);
        for (size_t i = 0; i < parts->regions_count; i++) {
            add_region(frame, &parts->regions[i]);
        }
    } else {
        interleave(frame, parts);
    }
    for (size_t i = 0; i < frame->count; i++) {
        frame->kind_bytes[frame->regions[i].kind] += frame->regions[i].bytes;
    }
}

bool frame_load(const struct frames *frames, size_t index, struct frame *frame, struct error *error)
{
    const struct frame_record *begin = &frames->records[frames->begins[index]];
    size_t end = index + 1 < frames->count ? frames->begins[index + 1] : frames->record_count;
    size_t room = end - frames->begins[index];
    struct parts parts = {0};
    *frame = (struct frame){
        .number = index,
        .events_done = begin->bytes,
        .live_bytes = begin->requested,
        .has_walk = begin->birth != 0,
    };
    /* At most one resident piece more behind each slot. */
    frame->regions = reallocarray(NULL, 2 * room, sizeof *frame->regions);
    bool ok = frame->regions != NULL && take_parts(&parts, room);
    if (ok) {
        sort_records(frames, index, frame, &parts);
        fill_frame(frame, &parts);
    }
    free_parts(&parts);
    return ok || out_of_memory(error);
}

void frame_free(struct frame *frame)
{
    free(frame->regions);
    *frame = (struct frame){0};
}

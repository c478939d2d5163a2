/* Wrong pointers and overwritten tags (fit.h): what boundary tags can tell, and the heap's audit. */
#include "allocators/fit/block.h"
#include "allocators/heap.h"
#include "allocators/parts/message.h"

/* What heap_misuse does, without the heap's lock: a handler of SIGABRT may allocate. */
static _Noreturn void
tell(const struct fit_heap *heap, const char *call, const void *payload, const char *fault)
{
    if (fit_let_go != NULL) {
        fit_let_go(heap);
    }
    heap_misuse(call, payload, fault);
}

/* A walk from the heap's beginning towards a unit, as far as headers hold. */
struct place {
    uint32_t before; /* the last block passed, 0: none */
    uint32_t block;  /* the one that the unit is in, if it holds; else the first that does not */
    bool is_sound;
};

static struct place walk_to(const struct fit_heap *heap, uint32_t unit)
{
    struct place place = {.block = FIT_UNIT_FIRST};
    while (place.block < heap->end) {
        uint32_t units = fit_units(heap, place.block);
        place.is_sound = fit_header_holds(heap, place.block) && units >= FIT_UNITS_MIN &&
                         units <= heap->end - place.block;
        if (!place.is_sound || unit - place.block < units) {
            break;
        }
        place.before = place.block;
        place.block += units;
    }
    return place;
}

/* What a sound header says. */
static void add_block(struct message *message, const struct fit_heap *heap, uint32_t block)
{
    message_add(message, "block of ");
    message_add_number(message, (uint64_t)fit_units(heap, block) << FIT_UNIT_LOG2);
    message_add(message, " bytes, header at ");
    message_add_address(message, fit_header(heap, block));
}

/* Says what is wrong with the block, whose size its own header tells, and stops the program. */
static _Noreturn void
misuse_of_block(const struct fit_heap *heap, const char *call, uint32_t block, const char *fault)
{
    struct message message = {.length = 0};
    message_add(&message, fault);
    message_add(&message, " (");
    add_block(&message, heap, block);
    message_add_part(&message, ")", sizeof ")");
    tell(heap, call, fit_payload(heap, block), message.text);
}

/* The same of a header that does not hold: it cannot tell its block, but a walk can tell the one before
 * it, most often the one that was written past its end. */
static _Noreturn void misuse_at_header(const struct fit_heap *heap,
                                       const char *call,
                                       const void *payload,
                                       const char *fault,
                                       struct place place)
{
    struct message message = {.length = 0};
    message_add(&message, fault);
    message_add(&message, " (header at ");
    message_add_address(&message, fit_header(heap, place.block));
    if (place.before != 0) {
        message_add(&message, ", behind the ");
        add_block(&message, heap, place.before);
    }
    message_add_part(&message, ")", sizeof ")");
    tell(heap, call, payload, message.text);
}

/* An address below the heap's end at which no block begins; the block that it lies in ends it all. */
static _Noreturn void
misuse_inside(const struct fit_heap *heap, const char *call, const void *payload)
{
    uintptr_t offset = (uintptr_t)payload - (uintptr_t)heap->base;
    uint32_t unit = (uint32_t)((offset + FIT_HEADER_BYTES) >> FIT_UNIT_LOG2);
    struct place place = walk_to(heap, unit);
    if (!place.is_sound) {
        const char *fault = fit_payload(heap, place.block) == payload
                                ? "the block's header is overwritten"
                                : "no block begins here; a header before is overwritten";
        misuse_at_header(heap, call, payload, fault, place);
    }
    if (place.block >= heap->end) {
        tell(heap, call, payload, "not an address of a block of this heap");
    }
    struct message message = {.length = 0};
    message_add(&message, "no block begins here: an inner address of a ");
    message_add(&message, fit_is_used(heap, place.block) ? "live " : "freed ");
    add_block(&message, heap, place.block);
    message_add_part(&message, "", 1);
    tell(heap, call, payload, message.text);
}

static _Noreturn void misuse(const struct fit_heap *heap, const char *call, const void *payload)
{
    uintptr_t offset = (uintptr_t)payload - (uintptr_t)heap->base;
    uint64_t name = offset >> FIT_UNIT_LOG2;
    if (name < FIT_UNIT_FIRST || name >= heap->end_most) {
        tell(heap, call, payload, "not an address of a block of this heap");
    }
    uint32_t block = (uint32_t)name;
    if (block >= heap->end) {
        tell(heap, call, payload, "no block is there: freed before, or never allocated");
    }
    if (offset % FIT_UNIT_BYTES != 0 || !fit_header_holds(heap, block)) {
        misuse_inside(heap, call, payload);
    }
    misuse_of_block(heap,
                    call,
                    block,
                    fit_is_used(heap, block) ? "the header behind the block is overwritten"
                                             : "freed before");
}

uint32_t fit_live_block(const struct fit_heap *heap, const char *call, const void *payload)
{
    uintptr_t offset = (uintptr_t)payload - (uintptr_t)heap->base;
    uint64_t name = offset >> FIT_UNIT_LOG2;
    if (offset % FIT_UNIT_BYTES != 0 || name < FIT_UNIT_FIRST || name >= heap->end) {
        misuse(heap, call, payload);
    }
    uint32_t block = (uint32_t)name;
    if (!fit_header_is(heap, block, FIT_USED, FIT_AFTER_USED)) {
        misuse(heap, call, payload);
    }
    uint32_t next = block + fit_units(heap, block);
    if (!fit_header_is(heap, next, FIT_AFTER_USED, FIT_USED)) {
        misuse(heap, call, payload);
    }
    return block;
}

_Noreturn void fit_tags_overwritten(const struct fit_heap *heap, const char *call, uint32_t block)
{
    misuse_of_block(heap, call, block, "the tags of the free block before are overwritten");
}

_Noreturn void fit_header_overwritten(const struct fit_heap *heap, const char *call, uint32_t block)
{
    struct place place = walk_to(heap, block);
    place.before = place.block == block ? place.before : 0;
    place.block = block;
    misuse_at_header(
        heap, call, fit_payload(heap, block), "the block's header is overwritten", place);
}

_Noreturn void fit_links_overwritten(const struct fit_heap *heap, uint32_t block)
{
    static const char fault[] =
        "what a free block says of itself is overwritten (written to after free?)";
    if (fit_header_holds(heap, block)) {
        misuse_of_block(heap, "malloc or free", block, fault);
    }
    tell(heap, "malloc or free", fit_payload(heap, block), fault);
}

_Noreturn void fit_link_overwritten(const struct fit_heap *heap, const uint32_t *link)
{
    uintptr_t holder = ((uintptr_t)link - (uintptr_t)heap->base) >> FIT_UNIT_LOG2;
    bool is_of_block = holder < heap->end;
    struct place place = walk_to(heap, *link);
    bool is_header = place.block == *link && *link < heap->end && !place.is_sound;
    if (is_header || !is_of_block) {
        fit_header_overwritten(heap, "malloc or free", *link);
    }
    fit_links_overwritten(heap, (uint32_t)holder);
}

_Noreturn void fit_region_overwritten(const struct fit_heap *heap, uint32_t first, uint64_t starts)
{
    for (; starts != 0; starts &= starts - 1) {
        uint32_t block = first | (uint32_t)__builtin_ctzll(starts);
        if (!fit_is_sound_free(heap, block)) {
            fit_header_overwritten(heap, "malloc", block);
        }
    }
    tell(heap, "malloc", fit_payload(heap, first), "a header behind here was overwritten");
}

void fit_walk(const struct fit_heap *heap, fit_visit *visit, void *context)
{
    for (uint32_t block = FIT_UNIT_FIRST; block < heap->end; block += fit_units(heap, block)) {
        size_t block_bytes = (size_t)fit_units(heap, block) << FIT_UNIT_LOG2;
        visit(context,
              fit_payload(heap, block),
              block_bytes - FIT_HEADER_BYTES,
              fit_is_used(heap, block));
    }
}

/* What is wrong with the block and the one behind; adds the block to the counts. */
static const char *audit_block(const struct fit_heap *heap, uint32_t block, struct fit_heap *counts)
{
    uint32_t units = fit_units(heap, block);
    if (!fit_header_holds(heap, block) || units < FIT_UNITS_MIN || units > heap->end - block) {
        return "a header does not hold";
    }
    uint32_t next = block + units;
    bool is_used = fit_is_used(heap, block);
    if (fit_is_after_used(heap, next) != is_used) {
        return "a block does not know whether the one before is in use";
    }
    if (is_used) {
        counts->used_blocks++;
        return NULL;
    }
    counts->free_blocks++;
    counts->free_units += units;
    if (*fit_footer_before(heap, next) != units) {
        return "a footer is not its header's";
    }
    bool may_be_neighbours = heap->coalesce != FIT_COALESCE_IMMEDIATE;
    if (!may_be_neighbours && next < heap->end && !fit_is_used(heap, next)) {
        return "two free neighbours have not been merged";
    }
    if (!may_be_neighbours && next == heap->end && heap->end > heap->end_least) {
        return "the last block is free and not given to the top";
    }
    return heap->rover > block && heap->rover < next ? "the rover is inside a free block" : NULL;
}

const char *fit_audit(const struct fit_heap *heap)
{
    struct fit_heap counts = {.used_blocks = 0};
    const char *fault = NULL;
    uint32_t block = FIT_UNIT_FIRST;
    while (block < heap->end && fault == NULL) {
        fault = audit_block(heap, block, &counts);
        block += fit_units(heap, block);
    }
    if (fault != NULL) {
        return fault;
    }
    if (block != heap->end || !fit_header_holds(heap, block) || fit_units(heap, block) != 0) {
        return "the blocks do not end at the heap's end";
    }
    bool same = counts.used_blocks == heap->used_blocks &&
                counts.free_blocks == heap->free_blocks && counts.free_units == heap->free_units;
    return same ? NULL : "the counts are not those of the blocks";
}

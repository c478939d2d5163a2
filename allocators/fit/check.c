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

/* Says what is wrong with the block, whose size its own header tells, and stops the program. */
static _Noreturn void misuse_of_block(const struct fit_heap *heap,
                                      const char *call,
                                      const void *payload,
                                      const char *fault)
{
    uint32_t block = (uint32_t)(((const char *)payload - heap->base) >> FIT_UNIT_LOG2);
    struct message message = {.length = 0};
    message_add(&message, fault);
    message_add(&message, " (block of ");
    message_add_number(&message, (uint64_t)fit_units(heap, block) << FIT_UNIT_LOG2);
    message_add(&message, " bytes, header at ");
    message_add_address(&message, fit_header(heap, block));
    message_add_part(&message, ")", sizeof ")");
    tell(heap, call, payload, message.text);
}

static _Noreturn void misuse(const struct fit_heap *heap, const char *call, const void *payload)
{
    uintptr_t offset = (uintptr_t)payload - (uintptr_t)heap->base;
    uint64_t block = offset >> FIT_UNIT_LOG2;
    if (offset % FIT_UNIT_BYTES != 0 || block < FIT_UNIT_FIRST || block >= heap->end_most) {
        tell(heap, call, payload, "not an address of a block of this heap");
    }
    if (block >= heap->end) {
        tell(heap, call, payload, "no block is there: freed before, or never allocated");
    }
    if (!fit_header_holds(heap, (uint32_t)block)) {
        tell(heap,
             call,
             payload,
             "no block begins here: an inner address, or its header is overwritten");
    }
    if (!fit_is_used(heap, (uint32_t)block)) {
        misuse_of_block(heap, call, payload, "freed before");
    }
    misuse_of_block(heap, call, payload, "the header behind the block is overwritten");
}

uint32_t fit_live_block(const struct fit_heap *heap, const char *call, const void *payload)
{
    uintptr_t offset = (uintptr_t)payload - (uintptr_t)heap->base;
    uint64_t name = offset >> FIT_UNIT_LOG2;
    if (offset % FIT_UNIT_BYTES != 0 || name < FIT_UNIT_FIRST || name >= heap->end) {
        misuse(heap, call, payload);
    }
    uint32_t block = (uint32_t)name;
    if (!fit_header_holds(heap, block) || !fit_is_used(heap, block)) {
        misuse(heap, call, payload);
    }
    uint32_t next = block + fit_units(heap, block);
    if (!fit_header_holds(heap, next) || !fit_is_after_used(heap, next)) {
        misuse(heap, call, payload);
    }
    return block;
}

_Noreturn void fit_tags_overwritten(const struct fit_heap *heap, uint32_t block)
{
    misuse_of_block(heap,
                    "free",
                    fit_payload(heap, block),
                    "the tags of the free block before are overwritten");
}

_Noreturn void fit_links_overwritten(const struct fit_heap *heap, uint32_t block)
{
    tell(heap,
         "malloc or free",
         fit_payload(heap, block),
         "what a free block says of itself is overwritten (written to after free?)");
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

/* The events that most producers emit, as functions over the builder's own. */
#include "workloads/stream.h"

uint32_t stream_malloc(struct stream_builder *builder, uint32_t thread, uint64_t size)
{
    uint32_t slot = stream_builder_take_slot(builder, thread);
    stream_builder_emit(
        builder,
        &(struct event){.kind = EVENT_MALLOC, .thread = thread, .slot = slot, .size = size});
    return slot;
}

void stream_free(struct stream_builder *builder, uint32_t thread, uint32_t slot)
{
    stream_builder_emit(builder,
                        &(struct event){.kind = EVENT_FREE, .thread = thread, .slot = slot});
    stream_builder_give_slot(builder, thread, slot);
}

void stream_touch(struct stream_builder *builder, uint32_t thread, uint32_t slot, uint64_t size)
{
    stream_builder_emit(
        builder,
        &(struct event){.kind = EVENT_TOUCH, .thread = thread, .slot = slot, .size = size});
}

void stream_wait(struct stream_builder *builder,
                 uint32_t thread,
                 uint32_t signaller,
                 uint32_t ordinal)
{
    stream_builder_emit(
        builder,
        &(struct event){.kind = EVENT_WAIT, .thread = thread, .slot = signaller, .size = ordinal});
}

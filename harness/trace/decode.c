/* The decode loop: see decode.h for what it proves and README.md for the bytes it reads.
 *
 * Everything an event needs lies in a few places: the decoded block, the end of the thread's run,
 * the table from object numbers to slots, and the slots, which are few because threads use theirs
 * again. The loop keeps its state in a local struct that is never passed by address to a function
 * that is not inlined, so that it stays in registers. */
#include "harness/trace/decode.h"

#include "harness/trace/decoder.h"

#include <string.h>

#define HOT       static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

/* The state of the loop. */
struct hot {
    const uint8_t *cursor;
    uint64_t *out;
    uint64_t *out_end;
    uint64_t events; /* of the current thread, not yet added to its run */
    uint64_t operations;
    const uint32_t *clock;
    uint32_t slot_given;
    uint32_t thread;
    uint32_t epoch;
    bool overlong; /* a varint of more than 64 bits was met */
};

/* ---- Reading bytes ---- */

struct varint {
    uint64_t value;
    uint32_t bytes;
    bool overlong;
};

/* The varint at `cursor` when it is longer than eight bytes; ten are the most. */
static __attribute__((noinline)) struct varint long_varint(const uint8_t *cursor)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < 10; i++) {
        value |= (uint64_t)(cursor[i] & 0x7F) << (7 * i);
        if (cursor[i] < 0x80) {
            return (struct varint){value, i + 1, i == 9 && cursor[i] > 1};
        }
    }
    return (struct varint){value, 10, true};
}

/* Lengths differ from event to event and are hard to predict, so that up to eight bytes are taken
 * together without a branch: sevens of bits are joined in pairs, then the pairs, then those. */
HOT uint64_t read_varint(struct hot *hot)
{
    uint64_t value = *hot->cursor;
    if (LIKELY(value < 0x80)) {
        hot->cursor++;
        return value;
    }
    memcpy(&value, hot->cursor, sizeof value);
    uint64_t ends = ~value & UINT64_C(0x8080808080808080);
    if (!LIKELY(ends != 0)) {
        struct varint varint = long_varint(hot->cursor);
        hot->cursor += varint.bytes;
        hot->overlong |= varint.overlong;
        return varint.value;
    }
    value &= ends ^ (ends - 1);
    hot->cursor += __builtin_ctzll(ends) / 8 + 1;
    value = (value & UINT64_C(0x007F007F007F007F)) | (value & UINT64_C(0x7F007F007F007F00)) >> 1;
    value = (value & UINT64_C(0x00003FFF00003FFF)) | (value & UINT64_C(0x3FFF00003FFF0000)) >> 2;
    return (value & UINT64_C(0x0FFFFFFF)) | (value & UINT64_C(0x0FFFFFFF00000000)) >> 4;
}

HOT uint64_t read_number(struct hot *hot, unsigned small)
{
    return LIKELY(small <= TRACE_SMALL_MAX) ? small : read_varint(hot) + TRACE_SMALL_MAX + 1;
}

HOT uint64_t read_size(struct hot *hot, unsigned small)
{
    return LIKELY(small <= TRACE_SMALL_MAX) ? (small + UINT64_C(1)) * TRACE_SMALL_STEP_BYTES
                                            : read_varint(hot);
}

/* ---- Writing words ---- */

HOT bool emit(struct decoder *decoder, struct hot *hot, uint64_t word)
{
    if (hot->out == hot->out_end) {
        return decoder_fail(decoder,
                            "belongs to a thread that has more events than the index says");
    }
    *hot->out++ = word;
    return true;
}

HOT bool emit_sized(
    struct decoder *decoder, struct hot *hot, enum event_kind kind, uint64_t size, uint32_t slot)
{
    if (LIKELY(size < EVENT_SIZE_WIDE)) {
        return emit(decoder, hot, event_word(kind, (uint32_t)size, slot));
    }
    return emit(decoder, hot, event_word(kind, EVENT_SIZE_WIDE, slot)) && emit(decoder, hot, size);
}

/* ---- Objects ---- */

HOT bool
decode_birth(struct decoder *decoder, struct hot *hot, enum event_kind kind, unsigned small)
{
    uint64_t alignment_log2 = 0;
    uint64_t size = 0;
    if (kind == EVENT_ALIGNED_ALLOC) {
        alignment_log2 = read_number(hot, small);
        size = read_varint(hot);
    } else {
        size = read_size(hot, small);
    }
    if (size > TRACE_SIZE_MAX || alignment_log2 > TRACE_ALIGNMENT_LOG2_MAX) {
        return decoder_fail(decoder, "has a size or alignment out of range");
    }
    struct objects *objects = &decoder->objects;
    uint32_t slot = hot->slot_given;
    if (LIKELY(slot != OBJECTS_NO_SLOT)) {
        hot->slot_given = objects->place[slot].epoch;
    } else if (!objects_new_slot(objects, &slot)) {
        return decoder_fail(decoder, decoder_no_memory);
    }
    objects->place[slot] =
        (struct place){.bytes = size, .thread = hot->thread, .epoch = hot->epoch};
    if (!objects_add(objects, slot)) {
        return decoder_fail(decoder,
                            "is one allocation more than the index says, or memory is out");
    }
    if (kind == EVENT_ALIGNED_ALLOC) {
        return emit(decoder, hot, event_word(kind, (uint32_t)alignment_log2, slot)) &&
               emit(decoder, hot, size);
    }
    return emit_sized(decoder, hot, kind, size, slot);
}

/* Notes that the thread of now uses the object, which must be ordered behind its last use. */
HOT bool
order_use(struct decoder *decoder, struct hot *hot, struct place *place, const bool threaded)
{
    if (!threaded) {
        return true;
    }
    if (place->thread != hot->thread && hot->clock[place->thread] <= place->epoch) {
        return decoder_fail(decoder,
                            "uses an object of another thread without an edge between them");
    }
    place->thread = hot->thread;
    place->epoch = hot->epoch;
    return true;
}

/* free, realloc, touch */
HOT bool decode_use(struct decoder *decoder,
                    struct hot *hot,
                    enum event_kind kind,
                    unsigned small,
                    const bool threaded)
{
    struct objects *objects = &decoder->objects;
    uint64_t distance = read_number(hot, small);
    struct chunk *chunk = NULL;
    uint32_t index = 0;
    if (!objects_find(objects, distance, &chunk, &index)) {
        return decoder_fail(decoder, "uses an object that is not alive");
    }
    uint32_t slot = chunk->slot[index] - 1;
    struct place *place = &objects->place[slot];
    if (!order_use(decoder, hot, place, threaded)) {
        return false;
    }
    if (kind == EVENT_FREE) {
        objects_remove(objects, distance, chunk, index);
        place->epoch = hot->slot_given;
        hot->slot_given = slot;
        return emit(decoder, hot, event_word(EVENT_FREE, 0, slot));
    }
    uint64_t size = read_varint(hot);
    if (kind == EVENT_TOUCH) {
        if (size > place->bytes) {
            return decoder_fail(decoder, "touches more bytes than its object has");
        }
        return emit_sized(decoder, hot, kind, size, slot);
    }
    if (size == 0 || size > TRACE_SIZE_MAX) {
        return decoder_fail(decoder, "reallocates to a size out of range");
    }
    place->bytes = size;
    return emit_sized(decoder, hot, kind, size, slot);
}

/* ---- Threads ---- */

HOT bool leave_thread(struct decoder *decoder, struct hot *hot)
{
    struct run *run = &decoder->run[hot->thread];
    run->next = hot->out;
    run->slot_given = hot->slot_given;
    run->events += hot->events;
    run->operations += hot->operations;
    decoder->events += hot->events;
    decoder->thread = hot->thread;
    uint64_t events = hot->events;
    hot->events = 0;
    hot->operations = 0;
    return decoder_note_run(decoder, hot->thread, events);
}

HOT void enter_thread(struct decoder *decoder, struct hot *hot, uint32_t thread)
{
    const struct run *run = &decoder->run[thread];
    hot->thread = thread;
    hot->out = run->next;
    hot->out_end = run->end;
    hot->slot_given = run->slot_given;
    if (decoder->order != NULL) {
        hot->clock = order_clock(decoder->order, thread);
        hot->epoch = order_epoch(decoder->order, thread);
    }
}

HOT bool decode_switch(struct decoder *decoder, struct hot *hot, unsigned small)
{
    uint64_t thread = read_number(hot, small);
    if (thread >= decoder->threads || !decoder->run[thread].running) {
        return decoder_fail(decoder, "belongs to a thread that does not run");
    }
    if (!leave_thread(decoder, hot)) {
        return false;
    }
    enter_thread(decoder, hot, (uint32_t)thread);
    return true;
}

/* ---- The loop ---- */

HOT bool decode_wait(struct decoder *decoder, struct hot *hot, unsigned small)
{
    uint64_t signaller = read_number(hot, small);
    uint32_t ordinal = decoder_wait(decoder, hot->thread, signaller, read_varint(hot));
    return ordinal != 0 && emit_sized(decoder, hot, EVENT_WAIT, ordinal, (uint32_t)signaller);
}

HOT bool decode_edge(struct decoder *decoder, struct hot *hot, unsigned op, unsigned small)
{
    if (op == EVENT_WAIT) {
        return decode_wait(decoder, hot, small);
    }
    uint64_t started = 0;
    if (op == EVENT_SIGNAL) {
        if (!decoder_signal(decoder, hot->thread)) {
            return false;
        }
    } else {
        started = read_number(hot, small);
        if (!decoder_start(decoder, hot->thread, started)) {
            return false;
        }
    }
    if (decoder->order != NULL) {
        hot->epoch = order_epoch(decoder->order, hot->thread);
    }
    return emit(decoder, hot, event_word((enum event_kind)op, 0, (uint32_t)started));
}

HOT bool decode_mark(struct decoder *decoder, struct hot *hot, unsigned op, unsigned small)
{
    uint64_t number = read_number(hot, small);
    if (op == EVENT_IDLE) {
        return emit_sized(decoder, hot, EVENT_IDLE, number, 0);
    }
    if (number > UINT32_MAX) {
        return decoder_fail(decoder, "has a phase out of range");
    }
    return emit(decoder, hot, event_word(EVENT_PHASE, 0, (uint32_t)number));
}

HOT bool decode_event(struct decoder *decoder, struct hot *hot, const bool threaded)
{
    unsigned byte = *hot->cursor++;
    unsigned op = byte & ((1U << TRACE_OP_BITS) - 1);
    unsigned small = byte >> TRACE_OP_BITS;
    if (op == TRACE_OP_THREAD) {
        return decode_switch(decoder, hot, small);
    }
    hot->events++;
    hot->operations += op <= EVENT_FREE;
    switch (op) {
    case EVENT_MALLOC: return decode_birth(decoder, hot, EVENT_MALLOC, small);
    case EVENT_CALLOC: return decode_birth(decoder, hot, EVENT_CALLOC, small);
    case EVENT_ALIGNED_ALLOC: return decode_birth(decoder, hot, EVENT_ALIGNED_ALLOC, small);
    case EVENT_REALLOC: return decode_use(decoder, hot, EVENT_REALLOC, small, threaded);
    case EVENT_FREE: return decode_use(decoder, hot, EVENT_FREE, small, threaded);
    case EVENT_TOUCH: return decode_use(decoder, hot, EVENT_TOUCH, small, threaded);
    case EVENT_THREAD_START:
    case EVENT_SIGNAL:
    case EVENT_WAIT: return decode_edge(decoder, hot, op, small);
    case EVENT_PHASE:
    case EVENT_IDLE: return decode_mark(decoder, hot, op, small);
    default: return decoder_fail(decoder, "has an op that this format does not know");
    }
}

HOT const char *
decode_block(struct decoder *decoder, const uint8_t *block, uint32_t bytes, const bool threaded)
{
    struct hot hot = {.cursor = block};
    const uint8_t *end = block + bytes;
    enter_thread(decoder, &hot, decoder->thread);
    bool sound = true;
    while (sound && hot.cursor < end) {
        sound = decode_event(decoder, &hot, threaded);
    }
    bool noted = leave_thread(decoder, &hot);
    if (!sound || !noted) {
        return decoder->problem;
    }
    if (hot.cursor != end || hot.overlong) {
        return "does not fit its block";
    }
    return NULL;
}

static __attribute__((noinline)) const char *
block_of_one_thread(struct decoder *decoder, const uint8_t *block, uint32_t bytes)
{
    return decode_block(decoder, block, bytes, false);
}

static __attribute__((noinline)) const char *
block_of_threads(struct decoder *decoder, const uint8_t *block, uint32_t bytes)
{
    return decode_block(decoder, block, bytes, true);
}

const char *decoder_decode(struct decoder *decoder, const uint8_t *block, uint32_t bytes)
{
    return decoder->order == NULL ? block_of_one_thread(decoder, block, bytes)
                                  : block_of_threads(decoder, block, bytes);
}

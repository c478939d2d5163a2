/* The bytes of a block of events while it is filled. What they mean: README.md.
 *
 * Inside harness/trace only. */
#ifndef HARNESS_TRACE_ENCODE_H
#define HARNESS_TRACE_ENCODE_H

#include "harness/trace/format.h"

/* Room for a full block, and the event and thread switch that made it full. */
struct encoder {
    uint32_t bytes;
    uint8_t byte[TRACE_BLOCK_BYTES + 2 * TRACE_EVENT_BYTES_MAX];
};

static inline void encode_byte(struct encoder *encoder, unsigned byte)
{
    encoder->byte[encoder->bytes++] = (uint8_t)byte;
}

static inline void encode_varint(struct encoder *encoder, uint64_t value)
{
    while (value >= 0x80) {
        encode_byte(encoder, (unsigned)(value & 0x7F) | 0x80);
        value >>= 7;
    }
    encode_byte(encoder, (unsigned)value);
}

static inline void encode_op(struct encoder *encoder, unsigned op, unsigned small)
{
    encode_byte(encoder, op | small << TRACE_OP_BITS);
}

/* An op and its first argument: in the op byte where it is small enough. */
static inline void encode_op_number(struct encoder *encoder, unsigned op, uint64_t number)
{
    if (number <= TRACE_SMALL_MAX) {
        encode_op(encoder, op, (unsigned)number);
    } else {
        encode_op(encoder, op, TRACE_SMALL_VARINT);
        encode_varint(encoder, number - TRACE_SMALL_MAX - 1);
    }
}

static inline void encode_op_size(struct encoder *encoder, unsigned op, uint64_t size)
{
    uint64_t step = size / TRACE_SMALL_STEP_BYTES;
    if (size % TRACE_SMALL_STEP_BYTES == 0 && step >= 1 && step <= TRACE_SMALL_MAX + 1) {
        encode_op(encoder, op, (unsigned)step - 1);
    } else {
        encode_op(encoder, op, TRACE_SMALL_VARINT);
        encode_varint(encoder, size);
    }
}

#endif

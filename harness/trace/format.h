/* The bytes of a trace file, as README.md here describes them. Inside harness/trace only.
 *
 * All numbers are little-endian, as on every machine that heaplab runs on; the structs below are
 * the file's own layout. */
#ifndef HARNESS_TRACE_FORMAT_H
#define HARNESS_TRACE_FORMAT_H

#include "harness/trace/trace.h"

#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "trace files are little-endian");

/* ---- Container ---- */

#define TRACE_MAGIC          "heaplab trace\r\n" /* 16 bytes with its NUL */
#define TRACE_VERSION        1
#define TRACE_TEXT_BYTES_MAX 65536

/* The file begins with this; `text_bytes` of description follow. */
struct trace_preamble {
    char magic[16];
    uint32_t version;
    uint32_t text_bytes;
    uint32_t crc; /* trace_crc of version, text_bytes and the text */
};

/* Readers skip blocks of a type they do not know: such blocks only add to the events. */
enum trace_block_type {
    TRACE_BLOCK_EVENTS = 1,
    TRACE_BLOCK_INDEX = 2
};

#define TRACE_BLOCK_BYTES     (UINT32_C(4) << 20)  /* decoded, what the writer fills */
#define TRACE_BLOCK_BYTES_MAX (UINT32_C(16) << 20) /* decoded, what a reader accepts */

/* Before each block; `stored_bytes` of one zstd frame with a checksum follow. */
struct trace_block_header {
    uint32_t type;
    uint32_t stored_bytes;
    uint32_t decoded_bytes;
    uint32_t events;
};

/* The index block, decoded: this, then `threads` and `blocks` entries. */
struct trace_index_head {
    uint32_t threads;
    uint32_t blocks;
    uint64_t objects; /* mallocs, callocs and aligned_allocs */
};

struct trace_index_thread {
    uint64_t words; /* of the thread's run in a stream */
    uint64_t events;
    uint64_t operations;
    uint32_t initial; /* 1: runs from the start line on; 0: begins at a thread-start event */
    uint32_t reserved;
};

struct trace_index_block {
    uint64_t offset; /* of the block's header in the file */
    struct trace_block_header header;
};

#define TRACE_END_MAGIC "hltrend\n" /* 8 bytes, without its NUL */

/* The last bytes of the file, right behind the index block. */
struct trace_trailer {
    uint64_t index_offset;
    uint64_t file_bytes;
    char magic[8];
};

/* ---- Events ---- */

/* An event begins with an op byte: bits 0..3 the op, bits 4..7 a small first argument. Ops below
 * EVENT_KINDS are event kinds; one more changes the thread that the following events belong to. */
#define TRACE_OP_BITS   4
#define TRACE_OP_THREAD 15

#define TRACE_SMALL_MAX    14 /* the largest distance or thread kept in the op byte ... */
#define TRACE_SMALL_VARINT 15 /* ... else this, and a varint follows */

/* Sizes of malloc and calloc: a small argument of v stands for (v + 1) * 8 bytes. */
#define TRACE_SMALL_STEP_BYTES 8

/* No event is longer: the op byte and two varints of 64 bits. */
#define TRACE_EVENT_BYTES_MAX 21

/* Zero bytes that a reader wants behind a decoded block, to look at one event, whatever it holds,
 * without a check for the end at every byte. */
#define TRACE_SLACK_BYTES (TRACE_EVENT_BYTES_MAX + sizeof(uint64_t))

#define TRACE_SIZE_MAX           INT64_MAX /* bytes of an object: what malloc(3) may return */
#define TRACE_ALIGNMENT_LOG2_MAX 63

_Static_assert(sizeof(struct trace_preamble) == 28, "layout");
_Static_assert(sizeof(struct trace_block_header) == 16, "layout");
_Static_assert(sizeof(struct trace_index_head) == 16, "layout");
_Static_assert(sizeof(struct trace_index_thread) == 32, "layout");
_Static_assert(sizeof(struct trace_index_block) == 24, "layout");
_Static_assert(sizeof(struct trace_trailer) == 24, "layout");
_Static_assert(EVENT_KINDS <= TRACE_OP_THREAD, "an op for every kind");

/* CRC-32 (IEEE 802.3, reflected) of `bytes` at `data`, continuing `crc`; begin with 0. */
uint32_t trace_crc(uint32_t crc, const void *data, size_t bytes);

/* ---- Description ---- */

/* Writes the description as key=value lines into `text` and returns its bytes, at most
 * TRACE_TEXT_BYTES_MAX. */
size_t trace_description_format(const struct trace_description *description,
                                char text[TRACE_TEXT_BYTES_MAX]);

/* Reads such lines. Unknown keys and lines that are none are passed over; what is missing stays
 * empty or 0. */
void trace_description_parse(struct trace_description *description,
                             const char *text,
                             size_t text_bytes);

#endif

/* What the recorder leaves behind: the bond between the preloaded library and the finaliser.
 *
 * A recording is a folder. Every process image (a fork begins a new one, and so does an exec) that
 * calls the malloc family has one process file and, per thread, one event file:
 *
 *     <pid>-<start>.process        struct raw_process
 *     <pid>-<start>-<thread>.events  64-bit words
 *
 * `start` is CLOCK_MONOTONIC in nanoseconds when the image began to record, so that an exec and a
 * reused pid get names of their own. Numbers are decimal.
 *
 * An event is a header word, the only kind of word whose top bit is set, and the words that belong
 * to it:
 *
 *     header  bit 63 = 1, bits 60..62 kind, bit 59 stamped, bits 45..58 size,
 *             bits 0..44 address / 8
 *
 *     malloc, calloc   header [stamp] [size]        stamped after the call
 *     free             header [stamp]               stamped before the call
 *     aligned_alloc    header [stamp] size          stamped after; size field = log2 alignment
 *     realloc          header [stamp] new address [stamp after] [size]
 *                                                   the address in the header is the old one
 *
 * A size from RAW_SIZE_WIDE on stands in the last word. Events are stamped from the moment that the
 * process has a second thread; those before come first. A header is written after its words, so an
 * event that a crash cut off has none; a reader skips words until the next header. Zeros fill what
 * was never written. The stamps make the order between threads: memory that one thread freed and
 * another got back was freed before it was given, whatever the allocator does in between.
 *
 * This is a format of one machine and one run (native byte order), not one to keep. */
#ifndef HARNESS_RECORDER_RAW_H
#define HARNESS_RECORDER_RAW_H

#include <stdint.h>

#define RAW_DIRECTORY_VARIABLE "HEAPLAB_RECORD_DIRECTORY"
#define RAW_PROCESS_SUFFIX     ".process"
#define RAW_EVENTS_SUFFIX      ".events"

enum raw_kind {
    RAW_MALLOC,
    RAW_CALLOC,
    RAW_ALIGNED_ALLOC,
    RAW_REALLOC,
    RAW_FREE,
    RAW_KINDS
};

#define RAW_HEADER        (UINT64_C(1) << 63)
#define RAW_KIND_SHIFT    60
#define RAW_STAMPED       (UINT64_C(1) << 59)
#define RAW_SIZE_SHIFT    45
#define RAW_SIZE_WIDE     ((UINT64_C(1) << 14) - 1)
#define RAW_ADDRESS_SHIFT 3
#define RAW_ADDRESS_MASK  ((UINT64_C(1) << RAW_SIZE_SHIFT) - 1)
#define RAW_WORD_MASK     (RAW_HEADER - 1) /* of every word but headers */
#define RAW_EVENT_WORDS   5                /* of the longest event */
#define RAW_NOT_TRUNCATED UINT64_MAX

#define RAW_MAGIC "heaplab raw 1"

/* One process image. Shared with the finaliser through the file while the process lives. */
struct raw_process {
    char magic[16];
    uint64_t pid;
    uint64_t parent_pid;
    uint64_t start_ns;
    uint64_t truncated_stamp; /* events from here on are missing; RAW_NOT_TRUNCATED: none is */
    uint32_t forked;          /* 1: began as a copy of another process's heap */
    uint32_t command_bytes;
    char command[1024]; /* the arguments, each ended by a NUL; cut where they are longer */
};

/* An address as a header holds it. Blocks of the malloc family are aligned to 8 at least. */
static inline uint64_t raw_address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer >> RAW_ADDRESS_SHIFT & RAW_ADDRESS_MASK;
}

/* A header without a stamp. `size` < RAW_SIZE_WIDE or equal to it. */
static inline uint64_t raw_header(enum raw_kind kind, const void *pointer, uint64_t size)
{
    return RAW_HEADER | (uint64_t)kind << RAW_KIND_SHIFT | size << RAW_SIZE_SHIFT |
           raw_address(pointer);
}

#endif

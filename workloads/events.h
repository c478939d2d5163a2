/* The event stream: a program's heap behaviour written down, the central type of heaplab.
 *
 * Generators, the trace reader and importers produce streams; replay, the trace writer and every
 * analysis consume them. A stream is one image in memory that can be shared between processes: a
 * header, and per thread a run of 64-bit words. It holds no pointers.
 *
 * An event is one word, or two where the kind or the size needs it:
 *
 *     bits  0..4   kind
 *     bits  5..31  size   (EVENT_SIZE_WIDE: the size is in the next word)
 *     bits 32..63  slot
 *
 * A slot is a place that holds one object at a time. The rule that makes a stream meaningful under
 * any scheduling: all events on a slot are ordered, by program order within a thread and by edges
 * (signal to wait, thread start) between threads. stream_check() proves it for a given stream. */
#ifndef WORKLOADS_EVENTS_H
#define WORKLOADS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_MALLOC,        /* slot, size: the slot was empty */
    EVENT_CALLOC,        /* slot, size: likewise */
    EVENT_ALIGNED_ALLOC, /* slot; size field = log2 of the alignment; the next word is the size */
    EVENT_REALLOC,       /* slot, size: the slot is full; size > 0 */
    EVENT_FREE,          /* slot: the slot was full, is empty now */
    EVENT_TOUCH,         /* slot, size: the program writes and reads the first `size` bytes */
    EVENT_THREAD_START,  /* slot = number of the thread that starts here; a happens-before edge */
    EVENT_SIGNAL,        /* one more signal of this thread: publishes all it has done so far */
    EVENT_WAIT,          /* slot = a thread, size = n: goes on when that thread gave n signals */
    EVENT_PHASE,         /* slot = number of the phase that begins here */
    EVENT_IDLE,          /* size = milliseconds without any event of this thread */
    EVENT_KINDS
};

#define EVENT_KIND_BITS    5
#define EVENT_SIZE_BITS    27
#define EVENT_SIZE_WIDE    ((UINT32_C(1) << EVENT_SIZE_BITS) - 1)
#define EVENT_SLOTS_MAX    UINT32_MAX
#define STREAM_THREADS_MAX 1024

/* An event unpacked. `alignment` is 0 unless the kind is EVENT_ALIGNED_ALLOC. */
struct event {
    enum event_kind kind;
    uint32_t thread;
    uint32_t slot;
    uint64_t size;
    uint64_t alignment;
};

/* Whether an event counts as an operation (a call of the malloc family). */
static inline bool event_is_operation(enum event_kind kind)
{
    return kind <= EVENT_FREE;
}

static inline enum event_kind event_word_kind(uint64_t word)
{
    return (enum event_kind)(word & ((1U << EVENT_KIND_BITS) - 1));
}

static inline uint32_t event_word_size(uint64_t word)
{
    return (uint32_t)(word >> EVENT_KIND_BITS) & EVENT_SIZE_WIDE;
}

static inline uint32_t event_word_slot(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static inline uint64_t event_word(enum event_kind kind, uint32_t size, uint32_t slot)
{
    return (uint64_t)kind | (uint64_t)size << EVENT_KIND_BITS | (uint64_t)slot << 32;
}

/* Words that the event beginning with `word` takes. */
static inline unsigned event_words(uint64_t word)
{
    return event_word_kind(word) == EVENT_ALIGNED_ALLOC || event_word_size(word) == EVENT_SIZE_WIDE
               ? 2
               : 1;
}

#define STREAM_MAGIC "heaplab stream 1"

/* One thread's run of events inside the image. */
struct stream_thread {
    uint64_t first_word; /* index into the image's words */
    uint64_t words;
    uint64_t events;
    uint64_t operations;
    uint32_t initial; /* 1: runs from the start line on; 0: begins at its EVENT_THREAD_START */
    uint32_t reserved;
};

/* The image begins with this; the words follow at words_offset bytes. Thread 0 is initial. */
struct stream_header {
    char magic[16];
    uint64_t image_bytes;
    uint64_t words_offset;
    uint64_t words;
    uint64_t events;
    uint64_t operations;
    uint32_t threads;
    uint32_t slots;
    struct stream_thread thread[];
};

/* A stream in memory, read-only. `fd` is a sealed memfd that holds the image. */
struct stream {
    const struct stream_header *header;
    const uint64_t *words;
    int fd;
};

#endif

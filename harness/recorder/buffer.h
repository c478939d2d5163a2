/* The recorder's buffers: one per thread, a file mapped in chunks, so that what has been recorded
 * is in the kernel's hands and outlives _exit, signals and crashes. No lock and nothing shared
 * between threads unless a chunk is full.
 *
 * Only the thread itself writes to its buffer. Nothing here calls the malloc family. */
#ifndef HARNESS_RECORDER_BUFFER_H
#define HARNESS_RECORDER_BUFFER_H

#include "harness/recorder/raw.h"
#include "harness/recorder/stamp.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/single_threaded.h>

/* What a thread knows of its buffer. cursor == end == NULL: nothing is mapped. */
struct buffer {
    uint64_t *cursor;
    uint64_t *end;
    uint32_t inside; /* a call is being forwarded: calls made within it are not the program's */
    uint32_t number; /* of this thread within its process image */
    uint64_t *chunk;
    uint64_t chunk_bytes;
    uint64_t file_bytes;
    uint32_t exit_rounds; /* rounds of thread-exit destructors seen */
    uint32_t named;       /* `number` is given and the file exists */
};

extern __thread struct buffer buffer_own
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Prepares for fork and thread exit; once, before the second thread of the process begins. */
void buffer_start(void);

/* Set once a second thread of this image has recorded something. */
extern _Atomic bool buffer_several_threads __attribute__((visibility("hidden")));

/* Whether events must carry stamps: not before the process has its second thread. The C library
 * says so before that thread runs, and may take it back when threads have ended, hence our own. */
static inline bool buffer_needs_stamps(void)
{
    return !__libc_single_threaded ||
           atomic_load_explicit(&buffer_several_threads, memory_order_relaxed);
}

/* Writes an event where the chunk has no room for it: maps the next one first. Where recording is
 * off (no folder named, disk full) the event is dropped. Keeps errno. */
void buffer_append_slowly(const uint64_t *words, size_t count);

/* Appends an event of `count` words, the header being words[0]. The header is stored last, so that
 * a crash between the stores leaves no half event. */
static inline void buffer_append(const uint64_t *words, size_t count)
{
    uint64_t *at = buffer_own.cursor;
    if (__builtin_expect((size_t)(buffer_own.end - at) < count, 0)) {
        buffer_append_slowly(words, count);
        return;
    }
    buffer_own.cursor = at + count;
    for (size_t i = 1; i < count; i++) {
        at[i] = words[i];
    }
    atomic_signal_fence(memory_order_release);
    at[0] = words[0];
}

#endif

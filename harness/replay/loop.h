/* The measured loop: one function, specialised by the constants that its callers pass.
 *
 * Timed code: no I/O, no allocation of its own, no shared counters. malloc and friends are called
 * through the dynamic symbol; this file's users are compiled with -fno-builtin-malloc and so on,
 * and a test counts that no call was lost. */
#ifndef HARNESS_REPLAY_LOOP_H
#define HARNESS_REPLAY_LOOP_H

#include "harness/replay/replay.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum loop_observe {
    LOOP_PLAIN = 0,
    LOOP_SIZES = 1,  /* keep slot_bytes and the thread's live sums */
    LOOP_STAMP = 2,  /* fill blocks and verify them */
    LOOP_BUDGET = 4, /* return after `budget` events */
    LOOP_BIRTHS = 8, /* keep slot_births */
};

/* What a specialisation of the loop does: always a constant where it is inlined. */
struct loop_mode {
    unsigned observe; /* of enum loop_observe */
    enum touch_policy touch;
};

#define LOOP_INLINE   static inline __attribute__((always_inline))
#define LOOP_PAGE     4096
#define LOOP_LINE     64
#define LOOP_PREFETCH 8 /* words ahead */

#define LOOP_UNLIKELY(condition) __builtin_expect((condition), 0)

/* What touching leaves behind; volatile, so that no compiler may drop the accesses. */
LOOP_INLINE void loop_touch_new(void *block, uint64_t size, enum touch_policy touch)
{
    if (touch == TOUCH_NONE || size == 0) {
        return;
    }
    if (touch == TOUCH_ALL) {
        memset(block, 1, size);
        __asm__ volatile("" : : "r"(block) : "memory");
        return;
    }
    volatile char *bytes = block;
    bytes[0] = 1;
    uint64_t step = touch == TOUCH_LINE ? LOOP_LINE : LOOP_PAGE;
    if (size > step) {
        for (uint64_t at = step; at < size; at += step) {
            bytes[at] = 1;
        }
        bytes[size - 1] = 1;
    }
}

/* EVENT_TOUCH: the program writes and then reads the first bytes of its block. */
LOOP_INLINE void loop_touch_event(void *block, uint64_t size)
{
    if (size <= 16) {
        volatile unsigned char *bytes = block;
        for (uint64_t at = 0; at < size; at++) {
            bytes[at] = 1;
        }
        for (uint64_t at = 0; at < size; at++) {
            (void)bytes[at];
        }
        return;
    }
    memset(block, 1, size);
    __asm__ volatile("" : : "r"(block) : "memory");
    for (uint64_t at = 0; at + 8 <= size; at += 8) {
        (void)*(volatile uint64_t *)(void *)((char *)block + at);
    }
}

LOOP_INLINE unsigned char loop_stamp(uint32_t slot)
{
    return (unsigned char)(slot * 31 + 7);
}

LOOP_INLINE void loop_verify(const void *block, uint64_t size, unsigned char stamp, uint32_t slot)
{
    const unsigned char *bytes = block;
    for (uint64_t at = 0; at < size; at++) {
        if (bytes[at] != stamp) {
            worker_stop(WORKER_FAILED,
                        "byte %llu of the %llu-byte block in slot %u was changed: the allocator "
                        "lost or shared it",
                        (unsigned long long)at,
                        (unsigned long long)size,
                        slot);
        }
    }
}

/* After a block was got: fail, touch, stamp, account. */
LOOP_INLINE void loop_got(struct replay_thread *thread,
                          uint32_t slot,
                          void *block,
                          uint64_t size,
                          const struct loop_mode mode)
{
    struct replay *replay = thread->replay;
    if (LOOP_UNLIKELY(block == NULL) && size > 0) {
        worker_stop(WORKER_OUT_OF_MEMORY,
                    "the allocator returned NULL for %llu bytes",
                    (unsigned long long)size);
    }
    replay->slots[slot] = block;
    if (mode.observe & LOOP_STAMP) {
        memset(block, loop_stamp(slot), size);
    } else {
        loop_touch_new(block, size, mode.touch);
    }
    if (mode.observe & LOOP_SIZES) {
        uint64_t usable = replay->usable_size != NULL ? replay->usable_size(block) : 0;
        replay->slot_bytes[slot] = (struct slot_bytes){size, usable};
        thread->live_bytes += size;
        thread->usable_bytes += usable;
    }
    if (mode.observe & LOOP_BIRTHS) {
        replay->slot_births[slot] = thread->events;
    }
}

/* Before a block is given up: verify, account. */
LOOP_INLINE void
loop_giving(struct replay_thread *thread, uint32_t slot, const struct loop_mode mode)
{
    struct replay *replay = thread->replay;
    if (mode.observe & LOOP_STAMP) {
        loop_verify(
            replay->slots[slot], replay->slot_bytes[slot].requested, loop_stamp(slot), slot);
    }
    if (mode.observe & LOOP_SIZES) {
        thread->live_bytes -= replay->slot_bytes[slot].requested;
        thread->usable_bytes -= replay->slot_bytes[slot].usable;
    }
}

LOOP_INLINE void *loop_aligned(const struct replay *replay, unsigned alignment_log2, uint64_t size)
{
    if (!replay->has_aligned) {
        worker_stop(WORKER_FAILED, "the library has no posix_memalign of its own");
    }
    size_t alignment = (size_t)1 << alignment_log2;
    void *block = NULL;
    if (posix_memalign(&block, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) !=
        0) {
        return NULL;
    }
    return block;
}

LOOP_INLINE void loop_realloc(struct replay_thread *thread,
                              uint32_t slot,
                              uint64_t size,
                              const struct loop_mode mode)
{
    struct replay *replay = thread->replay;
    loop_giving(thread, slot, mode);
    void *block = realloc(replay->slots[slot], size);
    if ((mode.observe & LOOP_STAMP) && block != NULL) {
        uint64_t old = replay->slot_bytes[slot].requested;
        loop_verify(block, old < size ? old : size, loop_stamp(slot), slot);
    }
    loop_got(thread, slot, block, size, mode);
}

/* The rare kinds: none calls the allocator for a block. */
static __attribute__((noinline)) void
loop_order(struct replay_thread *thread, uint64_t word, uint64_t size, bool in_world)
{
    struct replay *replay = thread->replay;
    struct timespec pause = {(time_t)(size / 1000), (long)(size % 1000) * 1000000};
    switch (event_word_kind(word)) {
    case EVENT_THREAD_START: replay_start_thread(replay, event_word_slot(word)); break;
    case EVENT_SIGNAL: edge_signal(&thread->signals); break;
    case EVENT_WAIT:
    case EVENT_IDLE:
        if (in_world) {
            (void)pthread_rwlock_unlock(&replay->world);
        }
        if (event_word_kind(word) == EVENT_WAIT) {
            edge_wait(&replay->threads[event_word_slot(word)].signals, (uint32_t)size);
        } else {
            (void)nanosleep(&pause, NULL);
        }
        if (in_world) {
            (void)pthread_rwlock_rdlock(&replay->world);
        }
        break;
    default: break;
    }
}

/* Executes events from thread->word on: to the end, or `budget` of them with LOOP_BUDGET. Returns
 * what is left of the budget. One function: this is the code whose every instruction is clocked.
 * NOLINTNEXTLINE(readability-function-size,readability-function-cognitive-complexity) */
LOOP_INLINE uint64_t loop_run(struct replay_thread *thread,
                              uint64_t budget,
                              const struct loop_mode mode)
{
    struct replay *replay = thread->replay;
    void **slots = replay->slots;
    const uint64_t *word = thread->word;
    const uint64_t *end = thread->end;
    while (word < end) {
        if (mode.observe & LOOP_BUDGET) {
            if (budget == 0) {
                break;
            }
            budget--;
        }
        if (mode.observe & LOOP_BIRTHS) {
            thread->events++;
        }
        uint64_t event = *word++;
        __builtin_prefetch(&slots[event_word_slot(word[LOOP_PREFETCH])], 1);
        uint32_t slot = event_word_slot(event);
        uint64_t size = event_word_size(event);
        if (LOOP_UNLIKELY(size == EVENT_SIZE_WIDE)) {
            size = *word++;
        }
        switch (event_word_kind(event)) {
        case EVENT_MALLOC: loop_got(thread, slot, malloc(size), size, mode); break;
        case EVENT_FREE:
            loop_giving(thread, slot, mode);
            free(slots[slot]);
            if (mode.observe != LOOP_PLAIN) {
                slots[slot] = NULL;
            }
            break;
        case EVENT_CALLOC: loop_got(thread, slot, calloc(1, size), size, mode); break;
        case EVENT_REALLOC: loop_realloc(thread, slot, size, mode); break;
        case EVENT_ALIGNED_ALLOC: {
            uint64_t bytes = *word++;
            void *block = loop_aligned(replay, (unsigned)size, bytes);
            loop_got(thread, slot, block, bytes, mode);
            break;
        }
        case EVENT_TOUCH:
            if (!(mode.observe & LOOP_STAMP) && mode.touch != TOUCH_NONE) {
                loop_touch_event(slots[slot], size);
            }
            break;
        default: loop_order(thread, event, size, (mode.observe & LOOP_BUDGET) != 0); break;
        }
    }
    thread->word = word;
    return budget;
}

#endif

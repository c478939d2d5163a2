/* The measured loop: one function, specialised by the constants that its callers pass.
 *
 * Timed code: no I/O, no allocation of its own, no shared counters. malloc and friends are called
 * through the dynamic symbol; this file's users are compiled with -fno-builtin-malloc and so on,
 * and a test counts that no call was lost.
 *
 * What it costs is branches: the calls, the returns, and guessing the kind of the next event. So
 * the calls go through the table of addresses without a step in between (-fno-plt), and the loop is
 * threaded code (Bell, Threaded Code, CACM 16(6), 1973): each kind has its handler, which ends by
 * going to the next event's. As Ertl and Gregg found (The Structure and Performance of Efficient
 * Interpreters, JILP 5, 2003), branches of one's own are guessed better than one switch for all;
 * here conditional ones, the likeliest kind first, better still than computed ones. */
#ifndef HARNESS_REPLAY_LOOP_H
#define HARNESS_REPLAY_LOOP_H

#include "harness/replay/contents.h"
#include "harness/replay/latency.h"
#include "harness/replay/replay.h"

#include <malloc.h>
#include <stdlib.h>

enum loop_observe {
    LOOP_PLAIN = 0,
    LOOP_SIZES = 1,  /* keep slot_bytes and the thread's live sums */
    LOOP_STAMP = 2,  /* fill blocks and verify them */
    LOOP_BUDGET = 4, /* return after `budget` events */
    LOOP_BIRTHS = 8, /* keep slot_births */
    LOOP_TIMED = 16, /* time stamps around calls */
};

/* What a specialisation of the loop does: always a constant where it is inlined. */
struct loop_mode {
    unsigned observe; /* of enum loop_observe */
    enum touch_policy touch;
};

#define LOOP_PREFETCH 8 /* words ahead */

#define LOOP_LIKELY(condition)   __builtin_expect((condition), 1)
#define LOOP_UNLIKELY(condition) __builtin_expect((condition), 0)

/* Where the loop is: in registers once all is inlined. */
struct loop {
    struct replay_thread *thread;
    void **slots;
    const uint64_t *word; /* behind the event in hand */
    const uint64_t *end;
    uint64_t event; /* in hand: its first word */
    uint32_t slot;
    uint64_t budget;
};

/* ---- The event in hand ---- */

/* Takes the next event in hand; false at the end of the run or of the budget.
 *
 * The slot is taken out of the word here and not where it is used: null is slower by 0.2 ns so, but
 * otherwise bin, of all allocators, took half as long again for every malloc (under gcc and clang,
 * wherever the code lay). Whoever changes this loop should compare all allocators before and after,
 * and not the floor alone. */
LOOP_INLINE bool loop_next(struct loop *loop, const struct loop_mode mode)
{
    if (loop->word >= loop->end) {
        return false;
    }
    if (mode.observe & LOOP_BUDGET) {
        if (loop->budget == 0) {
            return false;
        }
        loop->budget--;
    }
    if (mode.observe & LOOP_BIRTHS) {
        loop->thread->events++;
    }
    loop->event = *loop->word++;
    loop->slot = event_word_slot(loop->event);
    __builtin_prefetch(&loop->slots[event_word_slot(loop->word[LOOP_PREFETCH])], 1);
    return true;
}

LOOP_INLINE bool loop_is(const struct loop *loop, enum event_kind kind)
{
    return event_word_kind(loop->event) == kind;
}

LOOP_INLINE void **loop_place(const struct loop *loop)
{
    return &loop->slots[loop->slot];
}

/* To be called once: a wide size is a word of its own. */
LOOP_INLINE uint64_t loop_size(struct loop *loop)
{
    uint64_t size = event_word_size(loop->event);
    return LOOP_LIKELY(size != EVENT_SIZE_WIDE) ? size : *loop->word++;
}

/* ---- What happens to blocks ---- */

/* After a block was got: fail, touch, stamp, account. */
LOOP_INLINE void
loop_got(struct loop *loop, void *block, uint64_t size, const struct loop_mode mode)
{
    struct replay_thread *thread = loop->thread;
    struct replay *replay = thread->replay;
    uint32_t slot = loop->slot;
    if (LOOP_UNLIKELY(block == NULL) && size > 0) {
        worker_stop(WORKER_OUT_OF_MEMORY,
                    "the allocator returned NULL for %llu bytes",
                    (unsigned long long)size);
    }
    *loop_place(loop) = block;
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
LOOP_INLINE void loop_giving(const struct loop *loop, const struct loop_mode mode)
{
    struct replay_thread *thread = loop->thread;
    struct replay *replay = thread->replay;
    uint32_t slot = loop->slot;
    if (mode.observe & LOOP_STAMP) {
        uint64_t size = replay->slot_bytes[slot].requested;
        loop_verify(*loop_place(loop), size, loop_stamp(slot), slot);
    }
    if (mode.observe & LOOP_SIZES) {
        thread->live_bytes -= replay->slot_bytes[slot].requested;
        thread->usable_bytes -= replay->slot_bytes[slot].usable;
    }
}

/* Right before and right after a call. */
LOOP_INLINE uint64_t loop_before(const struct loop *loop, const struct loop_mode mode)
{
    return mode.observe & LOOP_TIMED ? latency_before(loop->thread->latency) : 0;
}

LOOP_INLINE void loop_after(const struct loop *loop,
                            enum latency_call call,
                            uint64_t before,
                            const struct loop_mode mode)
{
    if (mode.observe & LOOP_TIMED) {
        latency_after(loop->thread->latency, call, before);
    }
}

LOOP_INLINE void loop_free(struct loop *loop, const struct loop_mode mode)
{
    loop_giving(loop, mode);
    uint64_t before = loop_before(loop, mode);
    free(*loop_place(loop));
    loop_after(loop, LATENCY_FREE, before, mode);
    if (mode.observe != LOOP_PLAIN) {
        *loop_place(loop) = NULL;
    }
}

LOOP_INLINE void *loop_realloc(struct loop *loop, uint64_t size, const struct loop_mode mode)
{
    loop_giving(loop, mode);
    void *block = realloc(*loop_place(loop), size);
    if ((mode.observe & LOOP_STAMP) && block != NULL) {
        uint32_t slot = loop->slot;
        uint64_t old = loop->thread->replay->slot_bytes[slot].requested;
        loop_verify(block, old < size ? old : size, loop_stamp(slot), slot);
    }
    return block;
}

/* malloc, calloc, realloc: `kind` is a constant. */
LOOP_INLINE void
loop_get(struct loop *loop, const enum event_kind kind, uint64_t size, const struct loop_mode mode)
{
    uint64_t before = loop_before(loop, mode);
    void *block = kind == EVENT_MALLOC   ? malloc(size)
                  : kind == EVENT_CALLOC ? calloc(1, size)
                                         : loop_realloc(loop, size, mode);
    loop_after(loop,
               kind == EVENT_MALLOC   ? LATENCY_MALLOC
               : kind == EVENT_CALLOC ? LATENCY_CALLOC
                                      : LATENCY_REALLOC,
               before,
               mode);
    loop_got(loop, block, size, mode);
}

/* The most bytes for which touching is no loop. */
LOOP_INLINE uint64_t loop_short_bytes(const struct loop_mode mode)
{
    return mode.touch == TOUCH_PAGE   ? LOOP_PAGE
           : mode.touch == TOUCH_LINE ? LOOP_LINE
                                      : EVENT_SIZE_WIDE - 1;
}

/* One comparison sees the common sizes off: neither 0 nor wide nor long. In its branch the compiler
 * drops the questions that loop_got would ask. */
LOOP_INLINE void
loop_allocate(struct loop *loop, const enum event_kind kind, const struct loop_mode mode)
{
    uint64_t size = event_word_size(loop->event);
    if (mode.observe == LOOP_PLAIN && LOOP_LIKELY(size - 1 < loop_short_bytes(mode))) {
        loop_get(loop, kind, size, mode);
    } else {
        loop_get(loop, kind, loop_size(loop), mode);
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

/* ---- The loop ---- */

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

LOOP_INLINE void loop_other(struct loop *loop, const struct loop_mode mode)
{
    uint64_t size = loop_size(loop);
    if (loop_is(loop, EVENT_ALIGNED_ALLOC)) {
        uint64_t bytes = *loop->word++;
        uint64_t before = loop_before(loop, mode);
        void *block = loop_aligned(loop->thread->replay, (unsigned)size, bytes);
        loop_after(loop, LATENCY_MALLOC, before, mode);
        loop_got(loop, block, bytes, mode);
    } else if (!loop_is(loop, EVENT_TOUCH)) {
        loop_order(loop->thread, loop->event, size, (mode.observe & LOOP_BUDGET) != 0);
    } else if (!(mode.observe & LOOP_STAMP) && mode.touch != TOUCH_NONE) {
        loop_touch_event(*loop_place(loop), size);
    }
}

/* The end of a handler: to that of the next event. What mostly follows is asked for first. */
#define LOOP_GO_ON(first, second)             \
    do {                                      \
        if (!loop_next(&loop, mode)) {        \
            goto done;                        \
        }                                     \
        if (loop_is(&loop, EVENT_##first)) {  \
            goto on_##first;                  \
        }                                     \
        if (loop_is(&loop, EVENT_##second)) { \
            goto on_##second;                 \
        }                                     \
        if (loop_is(&loop, EVENT_CALLOC)) {   \
            goto on_CALLOC;                   \
        }                                     \
        if (loop_is(&loop, EVENT_REALLOC)) {  \
            goto on_REALLOC;                  \
        }                                     \
        goto on_other;                        \
    } while (0)

/* Executes events from thread->word on: to the end, or `budget` of them with LOOP_BUDGET. Returns
 * what is left of the budget. One function: this is the code whose every instruction is clocked.
 * NOLINTNEXTLINE(readability-function-size,readability-function-cognitive-complexity) */
LOOP_INLINE uint64_t loop_run(struct replay_thread *thread,
                              uint64_t budget,
                              const struct loop_mode mode)
{
    struct loop loop = {
        .thread = thread,
        .slots = thread->replay->slots,
        .word = thread->word,
        .end = thread->end,
        .budget = budget,
    };
    LOOP_GO_ON(MALLOC, FREE);
on_MALLOC:
    loop_allocate(&loop, EVENT_MALLOC, mode);
    LOOP_GO_ON(MALLOC, FREE);
on_FREE:
    loop_free(&loop, mode);
    LOOP_GO_ON(FREE, MALLOC);
on_CALLOC:
    loop_allocate(&loop, EVENT_CALLOC, mode);
    LOOP_GO_ON(FREE, MALLOC);
on_REALLOC:
    loop_allocate(&loop, EVENT_REALLOC, mode);
    LOOP_GO_ON(MALLOC, FREE);
on_other:
    loop_other(&loop, mode);
    LOOP_GO_ON(MALLOC, FREE);
done:
    thread->word = loop.word;
    return loop.budget;
}

#endif

/* Spans: what the heap area consists of, and their descriptors.
 *
 * A slice is 64 KiB of the heap area. A span is a naturally aligned block of 2^order slices; the
 * descriptor of its first slice describes it. It is a slab of blocks of one size class (order 0), one
 * large block, or empty and kept for reuse. Descriptors lie outside the spans, in a table in the
 * order of addresses, so that pointer to descriptor is arithmetic (space.h).
 *
 * Who may touch what: everything in a slab's descriptor belongs to the thread of the owning heap,
 * except `owner` (read by all), `carved` (read by all) and `remote` and `pending_next` (remote.h). A
 * large block belongs to whoever holds it; an empty span to the list that holds it. */
#ifndef ALLOCATORS_BIN_SPAN_H
#define ALLOCATORS_BIN_SPAN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SLICE_LOG2  16
#define SLICE_BYTES ((size_t)1 << SLICE_LOG2)
#define CARVE_BYTES 4096 /* unit of `touched`; smaller than or equal to any page */

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define SLOW        __attribute__((noinline)) /* off the fast path, yet not rare */
#define RARE        __attribute__((noinline, cold))

struct heap;

/* A free block: its first two words. `key` is space.key while the block is free after having been
 * freed once; malloc clears it. */
struct object {
    struct object *next;
    uint64_t key;
};

enum span_kind {
    SPAN_NONE,   /* free, or not the first slice of a span */
    SPAN_SLAB,   /* blocks of one size class, owned by a heap */
    SPAN_LARGE,  /* one block */
    SPAN_CACHED, /* empty, in a thread's cache */
    SPAN_STORED  /* empty, in the store: set and cleared under the lock only */
};

/* Where a slab is in its owner. In the first five states it is in that list of its class. */
enum slab_state {
    SLAB_THIN,  /* at most a quarter of the capacity is live, and its free pages are given back */
    SLAB_BIN_0, /* at most a quarter */
    SLAB_BIN_1,
    SLAB_BIN_2,
    SLAB_BIN_3,   /* more than three quarters */
    SLAB_FULL,    /* in no list: wakes after some frees */
    SLAB_CURRENT, /* its free blocks are the thread's list of the class */
    SLAB_LISTS = SLAB_FULL
};

struct span {
    _Atomic(struct heap *) owner; /* NULL unless a slab */
    struct object **head; /* where its owner pushes freed blocks: `free`, or the thread's list */
    uint32_t magic;       /* of the size class; 0 unless a slab */
    int16_t countdown;    /* frees until slab_woken is called */
    uint16_t
        holes; /* slab: bit i: page i, of CARVE_BYTES, is given back; free blocks that lie on it,
                       even in part, are in no list */

    union {
        struct object *free; /* slab: free blocks, unless current */
        size_t bytes;        /* large: bytes that the program may use */
    };

    _Atomic uint64_t remote; /* slab: blocks freed by other threads: remote.h */
    uint32_t next;           /* neighbours in a list, as indices into the table, 0 for none */
    uint32_t previous;
    uint32_t pending_next; /* next in the owner's pending stack */
    uint32_t touched; /* units of CARVE_BYTES from the start that may have memory, or be dirty */
    _Atomic uint16_t carved; /* slab: blocks set up so far, from the start */
    uint16_t live_floor;     /* slab, unless current: live blocks = live_floor + countdown */
    _Atomic uint8_t kind;    /* enum span_kind; read by span_kind */
    uint8_t state;
    uint8_t size_class;
    uint8_t order; /* 2^order slices */
};

/* Relaxed: a thread looks at the kind of its own spans, or under the lock for SPAN_STORED. */
static inline enum span_kind span_kind(const struct span *span)
{
    return (enum span_kind)atomic_load_explicit(&span->kind, memory_order_relaxed);
}

static inline void span_set_kind(struct span *span, enum span_kind kind)
{
    atomic_store_explicit(&span->kind, (uint8_t)kind, memory_order_relaxed);
}

_Static_assert(sizeof(struct span) == 64, "the table's stride is one cache line");

#endif

/* A k-way merge with a binary heap of threads, the one with the earliest next step on top. */
#include "harness/recording/merge.h"

#include <stdlib.h>

struct source {
    struct raw_cursor cursor;
    struct raw_event event; /* the next one */
    bool arrives;           /* its first step has been given */
    uint64_t key;           /* when the next step is due; never falls */
};

struct merge {
    struct source *source;
    uint32_t *heap; /* indices of sources that have a next step */
    uint32_t count;
    uint64_t until;
};

static bool merge_before(const struct merge *merge, uint32_t a, uint32_t b)
{
    uint64_t key_a = merge->source[a].key;
    uint64_t key_b = merge->source[b].key;
    return key_a != key_b ? key_a < key_b : a < b;
}

static void merge_sift_down(struct merge *merge, uint32_t at)
{
    uint32_t moved = merge->heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= merge->count) {
            break;
        }
        if (child + 1 < merge->count &&
            merge_before(merge, merge->heap[child + 1], merge->heap[child])) {
            child++;
        }
        if (!merge_before(merge, merge->heap[child], moved)) {
            break;
        }
        merge->heap[at] = merge->heap[child];
        at = child;
    }
    merge->heap[at] = moved;
}

/* Moves a source to its next step. False: it has none before the recording's end. An event without
 * a stamp is due with the one before it. */
static bool source_advance(struct source *source, uint64_t until)
{
    uint64_t stamp = 0;
    if (source->event.kind == RAW_REALLOC && !source->arrives) {
        source->arrives = true;
        stamp = source->event.stamp_after;
    } else {
        source->arrives = false;
        if (!raw_cursor_next(&source->cursor, &source->event)) {
            return false;
        }
        stamp = source->event.stamp;
    }
    if (stamp > source->key) {
        source->key = stamp;
    }
    return source->arrives || source->key < until;
}

struct merge *merge_new(const struct raw_cursor *threads, uint32_t count, uint64_t until)
{
    struct merge *merge = calloc(1, sizeof *merge);
    if (!merge) {
        return NULL;
    }
    merge->until = until;
    merge->source = calloc(count ? count : 1, sizeof *merge->source);
    merge->heap = calloc(count ? count : 1, sizeof *merge->heap);
    if (!merge->source || !merge->heap) {
        merge_free(merge);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        merge->source[i].cursor = threads[i];
        merge->source[i].event.kind = RAW_KINDS;
        if (source_advance(&merge->source[i], until)) {
            merge->heap[merge->count++] = i;
        }
    }
    for (uint32_t i = merge->count / 2; i-- > 0;) {
        merge_sift_down(merge, i);
    }
    return merge;
}

void merge_free(struct merge *merge)
{
    if (merge) {
        free(merge->source);
        free(merge->heap);
        free(merge);
    }
}

bool merge_next(struct merge *merge, struct merge_step *step)
{
    if (merge->count == 0) {
        return false;
    }
    uint32_t thread = merge->heap[0];
    struct source *source = &merge->source[thread];
    step->thread = thread;
    step->arrives = source->arrives;
    step->event = source->event;
    step->ends = !source_advance(source, merge->until);
    if (step->ends) {
        merge->heap[0] = merge->heap[--merge->count];
    }
    if (merge->count > 0) {
        merge_sift_down(merge, 0);
    }
    return true;
}

/* From raw steps in order to events on slots. */
#include "harness/recording/history.h"

#include "harness/recording/address_map.h"
#include "harness/recording/merge.h"

#include <stdlib.h>

#define THREAD_NONE  UINT16_MAX
#define EVENTS_FIRST 65536

/* What is known of a recorded thread while the history is built. */
struct author {
    uint16_t thread;  /* its number in the history; THREAD_NONE: it has done nothing yet */
    uint32_t pending; /* the slot that its realloc under way takes along */
};

struct historian {
    struct history *history;
    struct address_map live;
    struct author *author;
    uint32_t *empty; /* slots to use again, a stack */
    uint32_t empty_count;
    uint32_t empty_capacity;
    uint16_t ended[STREAM_THREADS_MAX]; /* numbers to use again, a stack */
    uint32_t ended_count;
    const char *failure;
};

static bool fail(struct historian *historian, const char *why)
{
    historian->failure = why;
    return false;
}

static bool out_of_memory(struct historian *historian)
{
    return fail(historian, "memory is out");
}

/* Gives a thread its number: a new one, else that of a thread that has ended. */
static bool number_thread(struct historian *historian, struct author *author)
{
    if (author->thread != THREAD_NONE) {
        return true;
    }
    struct history *history = historian->history;
    if (history->threads < STREAM_THREADS_MAX) {
        author->thread = (uint16_t)history->threads++;
        return true;
    }
    if (historian->ended_count == 0) {
        return fail(historian, "it has more threads at once than a trace holds");
    }
    author->thread = historian->ended[--historian->ended_count];
    history->threads_folded++;
    return true;
}

/* Appends an event of the author, who gets a number with the first. */
static bool append(struct historian *historian, struct author *author, struct history_event event)
{
    struct history *history = historian->history;
    if (!number_thread(historian, author)) {
        return false;
    }
    event.thread = author->thread;
    if (history->count == history->capacity) {
        if (history->capacity > UINT32_MAX / 2) {
            return fail(historian, "it has more events than a trace holds");
        }
        uint32_t capacity = history->capacity ? 2 * history->capacity : EVENTS_FIRST;
        struct history_event *grown = realloc(history->event, capacity * sizeof *grown);
        if (!grown) {
            return out_of_memory(historian);
        }
        history->event = grown;
        history->capacity = capacity;
    }
    history->event[history->count++] = event;
    return true;
}

static uint32_t take_slot(struct historian *historian)
{
    return historian->empty_count ? historian->empty[--historian->empty_count]
                                  : historian->history->slots++;
}

static bool append_free(struct historian *historian, struct author *author, uint32_t slot)
{
    if (historian->empty_count == historian->empty_capacity) {
        uint32_t capacity = historian->empty_capacity ? 2 * historian->empty_capacity : 1024;
        uint32_t *grown = realloc(historian->empty, capacity * sizeof *grown);
        if (!grown) {
            return out_of_memory(historian);
        }
        historian->empty = grown;
        historian->empty_capacity = capacity;
    }
    historian->empty[historian->empty_count++] = slot;
    return append(historian, author, (struct history_event){.kind = EVENT_FREE, .slot = slot});
}

/* A block appears at an address. Whatever was there must have gone unseen. */
static bool
arrive(struct historian *historian, struct author *author, uint64_t address, uint32_t slot)
{
    uint32_t before = address_map_take(&historian->live, address);
    if (before != ADDRESS_MAP_NONE) {
        historian->history->implicit_frees++;
        if (!append_free(historian, author, before)) {
            return false;
        }
    }
    return address_map_put(&historian->live, address, slot) || out_of_memory(historian);
}

static bool
allocate(struct historian *historian, struct author *author, const struct raw_event *event)
{
    static const uint8_t kinds[RAW_KINDS] = {
        [RAW_MALLOC] = EVENT_MALLOC,
        [RAW_CALLOC] = EVENT_CALLOC,
        [RAW_ALIGNED_ALLOC] = EVENT_ALIGNED_ALLOC,
        [RAW_REALLOC] = EVENT_MALLOC,
    };
    uint32_t slot = take_slot(historian);
    uint64_t address = event->kind == RAW_REALLOC ? event->new_address : event->address;
    return arrive(historian, author, address, slot) &&
           append(historian,
                  author,
                  (struct history_event){.kind = kinds[event->kind],
                                         .slot = slot,
                                         .size = event->size,
                                         .log2_alignment = (uint8_t)event->log2_alignment});
}

static bool release(struct historian *historian, struct author *author, uint64_t address)
{
    uint32_t slot = address_map_take(&historian->live, address);
    if (slot == ADDRESS_MAP_NONE) {
        historian->history->unknown_frees++;
        return true;
    }
    return append_free(historian, author, slot);
}

/* The first step: the block leaves its old address. With size 0 it is freed, and what a realloc of
 * size 0 returns, where it returns something, is another block. */
static bool
realloc_leaves(struct historian *historian, struct author *author, const struct raw_event *event)
{
    author->pending = ADDRESS_MAP_NONE;
    if (event->size == 0) {
        return release(historian, author, event->address);
    }
    author->pending = address_map_take(&historian->live, event->address);
    if (author->pending == ADDRESS_MAP_NONE) {
        historian->history->unknown_reallocs++;
        return true;
    }
    return append(historian,
                  author,
                  (struct history_event){
                      .kind = EVENT_REALLOC, .slot = author->pending, .size = event->size});
}

static bool
realloc_arrives(struct historian *historian, struct author *author, const struct raw_event *event)
{
    uint32_t slot = author->pending;
    author->pending = ADDRESS_MAP_NONE;
    if (event->new_address == 0) {
        return true;
    }
    if (slot == ADDRESS_MAP_NONE) {
        return allocate(historian, author, event);
    }
    return arrive(historian, author, event->new_address, slot);
}

static bool take_step(struct historian *historian, const struct merge_step *step)
{
    struct author *author = &historian->author[step->thread];
    const struct raw_event *event = &step->event;
    bool done = false;
    if (event->kind == RAW_FREE) {
        done = release(historian, author, event->address);
    } else if (event->kind != RAW_REALLOC) {
        done = allocate(historian, author, event);
    } else if (step->arrives) {
        done = realloc_arrives(historian, author, event);
    } else {
        done = realloc_leaves(historian, author, event);
    }
    if (step->ends && author->thread != THREAD_NONE) {
        historian->ended[historian->ended_count++] = author->thread;
    }
    return done;
}

static bool build(struct historian *historian, struct merge *merge, uint32_t count)
{
    historian->author = calloc(count ? count : 1, sizeof *historian->author);
    if (!merge || !historian->author) {
        return out_of_memory(historian);
    }
    for (uint32_t i = 0; i < count; i++) {
        historian->author[i] = (struct author){THREAD_NONE, ADDRESS_MAP_NONE};
    }
    struct merge_step step;
    while (merge_next(merge, &step)) {
        if (!take_step(historian, &step)) {
            return false;
        }
    }
    return true;
}

bool history_build(const struct raw_cursor *threads,
                   uint32_t count,
                   uint64_t until,
                   struct history *history,
                   struct error *error)
{
    *history = (struct history){0};
    struct historian historian = {.history = history};
    struct merge *merge = merge_new(threads, count, until);
    bool built = build(&historian, merge, count);
    merge_free(merge);
    address_map_free(&historian.live);
    free(historian.author);
    free(historian.empty);
    if (!built) {
        history_free(history);
        return error_set(error, "cannot order what was recorded: %s", historian.failure);
    }
    return true;
}

void history_free(struct history *history)
{
    free(history->event);
    *history = (struct history){0};
}

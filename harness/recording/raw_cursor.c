/* Decoding of recorded words. Whatever they hold, nothing is read past their end. */
#include "harness/recording/raw_cursor.h"

/* How many words follow a header. */
static size_t raw_words_after(enum raw_kind kind, bool stamped, bool wide)
{
    switch (kind) {
    case RAW_MALLOC:
    case RAW_CALLOC: return (size_t)stamped + wide;
    case RAW_ALIGNED_ALLOC: return (size_t)stamped + 1;
    case RAW_REALLOC: return (size_t)1 + (stamped ? 2 : 0) + wide;
    case RAW_FREE:
    case RAW_KINDS: break;
    }
    return stamped;
}

/* The event at the cursor, whose words are all there. */
static void raw_decode(const uint64_t *word, struct raw_event *event)
{
    uint64_t header = *word++;
    uint64_t size = header >> RAW_SIZE_SHIFT & RAW_SIZE_WIDE;
    event->address = header & RAW_ADDRESS_MASK;
    if (event->stamped) {
        event->stamp = *word++;
    }
    if (event->kind == RAW_REALLOC) {
        event->new_address = *word++;
        event->stamp_after = event->stamped ? *word++ : 0;
    }
    if (event->kind == RAW_ALIGNED_ALLOC) {
        event->log2_alignment = (unsigned)size;
        event->size = *word;
    } else {
        event->size = size == RAW_SIZE_WIDE ? *word : size;
    }
}

bool raw_cursor_next(struct raw_cursor *cursor, struct raw_event *event)
{
    while (cursor->at < cursor->count) {
        uint64_t header = cursor->words[cursor->at++];
        enum raw_kind kind = (enum raw_kind)(header >> RAW_KIND_SHIFT & 7);
        if (!(header & RAW_HEADER) || kind >= RAW_KINDS) {
            continue;
        }
        bool stamped = (header & RAW_STAMPED) != 0;
        bool wide = (header >> RAW_SIZE_SHIFT & RAW_SIZE_WIDE) == RAW_SIZE_WIDE;
        size_t follow = raw_words_after(kind, stamped, wide);
        size_t whole = 0;
        while (whole < follow && cursor->at + whole < cursor->count &&
               !(cursor->words[cursor->at + whole] & RAW_HEADER)) {
            whole++;
        }
        if (whole == follow) {
            *event = (struct raw_event){.kind = kind, .stamped = stamped};
            raw_decode(cursor->words + cursor->at - 1, event);
            cursor->at += follow;
            return true;
        }
    }
    return false;
}

/* Recordings by hand: what the tests of the finaliser share. */
#ifndef TESTS_UNIT_TAPES_H
#define TESTS_UNIT_TAPES_H

#include "harness/recording/edges.h"
#include "harness/recording/history.h"
#include "harness/recording/history_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define NEVER RAW_NOT_TRUNCATED

struct tape {
    uint64_t word[4096];
    size_t count;
};

static inline void put(struct tape *tape, uint64_t word)
{
    assert_true(tape->count < sizeof tape->word / sizeof *tape->word);
    tape->word[tape->count++] = word;
}

/* A header for an address that is divided by 8 already. */
static inline uint64_t tape_header(enum raw_kind kind, uint64_t address, uint64_t size)
{
    return raw_header(kind, NULL, size) | address;
}

static inline void
tape_call(struct tape *tape, enum raw_kind kind, uint64_t stamp, uint64_t address, uint64_t size)
{
    put(tape, tape_header(kind, address, size) | (stamp ? RAW_STAMPED : 0));
    if (stamp) {
        put(tape, stamp);
    }
}

static inline void tape_malloc(struct tape *tape, uint64_t stamp, uint64_t address)
{
    tape_call(tape, RAW_MALLOC, stamp, address, 10 * address);
}

static inline void tape_free(struct tape *tape, uint64_t stamp, uint64_t address)
{
    tape_call(tape, RAW_FREE, stamp, address, 0);
}

/* Stamped at `stamp` and one later. */
static inline void
tape_realloc(struct tape *tape, uint64_t stamp, uint64_t from, uint64_t to, uint64_t size)
{
    tape_call(tape, RAW_REALLOC, stamp, from, size);
    put(tape, to);
    if (stamp) {
        put(tape, stamp + 1);
    }
}

static inline struct history history_of(const struct tape *tapes, uint32_t count, uint64_t until)
{
    struct raw_cursor cursor[8] = {0};
    assert_true(count <= 8);
    for (uint32_t i = 0; i < count; i++) {
        cursor[i] = (struct raw_cursor){.words = tapes[i].word, .count = tapes[i].count};
    }
    struct history history;
    struct error error;
    assert_true(history_build(cursor, count, until, &history, &error));
    return history;
}

/* Asserts an event; threads and slots as the history numbers them. */
static inline void expect(const struct history *history,
                          uint32_t index,
                          enum event_kind kind,
                          uint16_t thread,
                          uint32_t slot)
{
    assert_true(index < history->count);
    assert_int_equal(history->event[index].kind, kind);
    assert_int_equal(history->event[index].thread, thread);
    assert_int_equal(history->event[index].slot, slot);
}

/* Writes the history as a trace, which checks that it is sound, and takes it away again. */
static inline void assert_writes_sound(const struct history *history, const struct edges *edges)
{
    char path[] = "/tmp/heaplab-test-recorder-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct trace_description description = {.threads = history->threads};
    struct error error = {""};
    bool written = history_write(history, edges, path, &description, &error);
    unlink(path);
    assert_string_equal(error.text, "");
    assert_true(written);
    assert_int_equal(description.operations, history->count);
}

#endif

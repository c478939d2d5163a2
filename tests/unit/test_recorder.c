/* The finaliser of recordings, on raw words by hand: decoding, the order of threads, repairs. */
#include "tests/unit/tapes.h"

#include <string.h>

/* ---- Decoding ---- */

static void every_kind_is_read_back(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_call(&tape, RAW_MALLOC, 0, 1, 24);
    tape_call(&tape, RAW_CALLOC, 7, 2, RAW_SIZE_WIDE);
    put(&tape, UINT64_C(1) << 40);
    tape_call(&tape, RAW_ALIGNED_ALLOC, 8, 3, 12);
    put(&tape, 5000);
    tape_realloc(&tape, 9, 2, 4, RAW_SIZE_WIDE);
    put(&tape, 123456);
    tape_free(&tape, 11, 4);

    struct raw_cursor cursor = {.words = tape.word, .count = tape.count};
    struct raw_event event;
    assert_true(raw_cursor_next(&cursor, &event));
    assert_int_equal(event.kind, RAW_MALLOC);
    assert_int_equal(event.size, 24);
    assert_false(event.stamped);
    assert_true(raw_cursor_next(&cursor, &event));
    assert_int_equal(event.kind, RAW_CALLOC);
    assert_true(event.size == UINT64_C(1) << 40 && event.stamp == 7);
    assert_true(raw_cursor_next(&cursor, &event));
    assert_int_equal(event.log2_alignment, 12);
    assert_int_equal(event.size, 5000);
    assert_true(raw_cursor_next(&cursor, &event));
    assert_true(event.address == 2 && event.new_address == 4 && event.size == 123456);
    assert_true(event.stamp == 9 && event.stamp_after == 10);
    assert_true(raw_cursor_next(&cursor, &event));
    assert_true(event.kind == RAW_FREE && event.address == 4 && event.stamp == 11);
    assert_false(raw_cursor_next(&cursor, &event));
}

/* What a crash or an unwritten chunk leaves is skipped, and reading goes on behind it. */
static void broken_events_are_skipped(void **state)
{
    (void)state;
    struct tape tape = {0};
    put(&tape, 0);
    put(&tape, 99);                                    /* words whose header was never written */
    tape_call(&tape, RAW_MALLOC, 5, 1, RAW_SIZE_WIDE); /* its size is missing */
    tape_malloc(&tape, 6, 2);
    put(&tape, RAW_HEADER | UINT64_C(7) << RAW_KIND_SHIFT); /* no kind */
    put(&tape, 0);
    put(&tape, tape_header(RAW_FREE, 2, 0) | RAW_STAMPED); /* ends before its stamp */

    struct raw_cursor cursor = {.words = tape.word, .count = tape.count};
    struct raw_event event;
    assert_true(raw_cursor_next(&cursor, &event));
    assert_int_equal(event.address, 2);
    assert_false(raw_cursor_next(&cursor, &event));
}

/* ---- Order ---- */

static void threads_merge_by_stamp(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[0], 0, 1); /* before there was a second thread */
    tape_malloc(&tape[0], 20, 2);
    tape_free(&tape[0], 50, 3);
    tape_malloc(&tape[1], 10, 3);
    tape_free(&tape[1], 30, 2);
    struct history history = history_of(tape, 2, NEVER);
    assert_int_equal(history.count, 5);
    assert_int_equal(history.threads, 2);
    expect(&history, 0, EVENT_MALLOC, 0, 0);
    expect(&history, 1, EVENT_MALLOC, 1, 1);
    expect(&history, 2, EVENT_MALLOC, 0, 2);
    expect(&history, 3, EVENT_FREE, 1, 2);
    expect(&history, 4, EVENT_FREE, 0, 1);
    history_free(&history);
}

static void a_truncated_recording_ends_at_its_stamp(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[0], 10, 1);
    tape_malloc(&tape[1], 20, 2);
    tape_free(&tape[1], 30, 1);
    struct history history = history_of(tape, 2, 30);
    assert_int_equal(history.count, 2);
    history_free(&history);
}

/* A block leaves at the first stamp of a realloc and comes at the second; in between another thread
 * may be given the old address. */
static void an_address_is_free_during_its_realloc(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[0], 10, 1);
    tape_call(&tape[0], RAW_REALLOC, 20, 1, 77);
    put(&tape[0], 2);
    put(&tape[0], 40);
    tape_free(&tape[0], 50, 2);
    tape_malloc(&tape[1], 30, 1);
    tape_free(&tape[1], 60, 1);
    struct history history = history_of(tape, 2, NEVER);
    assert_int_equal(history.implicit_frees + history.unknown_frees, 0);
    assert_int_equal(history.count, 5);
    expect(&history, 1, EVENT_REALLOC, 0, 0);
    expect(&history, 2, EVENT_MALLOC, 1, 1);
    expect(&history, 3, EVENT_FREE, 0, 0);
    expect(&history, 4, EVENT_FREE, 1, 1);
    history_free(&history);
}

/* ---- Repairs ---- */

static void unknown_blocks_are_dropped_and_counted(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_free(&tape[0], 10, 9);
    tape_realloc(&tape[0], 20, 8, 7, 70); /* is all there is of the block: a malloc */
    tape_free(&tape[0], 30, 7);
    tape_free(&tape[1], 5, 6); /* a thread that has no other event is no thread */
    struct history history = history_of(tape, 2, NEVER);
    assert_int_equal(history.unknown_frees, 2);
    assert_int_equal(history.unknown_reallocs, 1);
    assert_int_equal(history.threads, 1);
    assert_int_equal(history.count, 2);
    expect(&history, 0, EVENT_MALLOC, 0, 0);
    assert_int_equal(history.event[0].size, 70);
    expect(&history, 1, EVENT_FREE, 0, 0);
    history_free(&history);
}

static void an_address_given_twice_was_freed_unseen(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_malloc(&tape, 0, 1);
    tape_malloc(&tape, 0, 1);
    tape_malloc(&tape, 0, 2);
    tape_realloc(&tape, 0, 1, 2, 50);
    struct history history = history_of(&tape, 1, NEVER);
    assert_int_equal(history.implicit_frees, 2);
    assert_int_equal(history.count, 6);
    expect(&history, 1, EVENT_FREE, 0, 0);
    expect(&history, 2, EVENT_MALLOC, 0, 1);
    expect(&history, 5, EVENT_FREE, 0, history.event[3].slot);
    struct edges none = {0};
    assert_writes_sound(&history, &none);
    history_free(&history);
}

static void a_realloc_to_nothing_is_a_free(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_malloc(&tape, 0, 1);
    tape_realloc(&tape, 0, 1, 0, 0);
    tape_malloc(&tape, 0, 2);
    tape_realloc(&tape, 0, 2, 3, 0); /* some allocators give a new block of size 0 */
    struct history history = history_of(&tape, 1, NEVER);
    assert_int_equal(history.count, 5);
    expect(&history, 1, EVENT_FREE, 0, 0);
    expect(&history, 3, EVENT_FREE, 0, 0);
    expect(&history, 4, EVENT_MALLOC, 0, 0);
    assert_int_equal(history.event[4].size, 0);
    history_free(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_back),
        cmocka_unit_test(broken_events_are_skipped),
        cmocka_unit_test(threads_merge_by_stamp),
        cmocka_unit_test(a_truncated_recording_ends_at_its_stamp),
        cmocka_unit_test(an_address_is_free_during_its_realloc),
        cmocka_unit_test(unknown_blocks_are_dropped_and_counted),
        cmocka_unit_test(an_address_given_twice_was_freed_unseen),
        cmocka_unit_test(a_realloc_to_nothing_is_a_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

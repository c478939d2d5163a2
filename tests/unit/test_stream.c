/* Streams by hand: what a producer emits is what a walk gives back, in an order that the edges
 * allow, and what a producer does wrong never becomes a stream. */
#include "tests/unit/stream_helpers.h"

static void assert_same(const struct event *one, const struct event *other)
{
    assert_int_equal(one->kind, other->kind);
    assert_int_equal(one->thread, other->thread);
    assert_int_equal(one->slot, other->slot);
    assert_true(one->size == other->size);
    assert_true(one->alignment == other->alignment);
}

static void every_kind_comes_back_as_emitted(void **state)
{
    (void)state;
    static const struct event sent[] = {
        {EVENT_MALLOC, 0, 0, 24, 0},
        {EVENT_CALLOC, 0, 1, 0, 0},
        {EVENT_ALIGNED_ALLOC, 0, 2, 100, 4096},
        {EVENT_ALIGNED_ALLOC, 0, 3, UINT64_C(1) << 40, UINT64_C(1) << 63},
        {EVENT_REALLOC, 0, 0, EVENT_SIZE_WIDE - 1, 0},
        {EVENT_REALLOC, 0, 0, EVENT_SIZE_WIDE, 0},
        {EVENT_REALLOC, 0, 0, UINT64_C(1) << 50, 0},
        {EVENT_TOUCH, 0, 0, 2, 0},
        {EVENT_FREE, 0, 1, 0, 0},
        {EVENT_SIGNAL, 0, 0, 0, 0},
        {EVENT_WAIT, 0, 0, 1, 0},
        {EVENT_PHASE, 0, 7, 0, 0},
        {EVENT_IDLE, 0, 0, 250, 0},
        {EVENT_THREAD_START, 0, 1, 0, 0},
    };
    size_t count = sizeof sent / sizeof sent[0];
    struct stream_builder *builder = builder_of(1);
    assert_int_equal(stream_builder_add_thread(builder), 1);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(stream_builder_take_slot(builder, 0), i);
    }
    for (size_t i = 0; i < count; i++) {
        stream_builder_emit(builder, &sent[i]);
    }
    struct stream stream = finished(builder);
    assert_int_equal(stream.header->events, count);
    assert_int_equal(stream.header->operations, 8);
    assert_int_equal(stream.header->words, count + 4);
    assert_int_equal(stream.header->threads, 2);
    struct stream_cursor *cursor = stream_cursor_new(&stream);
    struct event got;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(stream_cursor_next(cursor, &got), CURSOR_EVENT);
        assert_same(&got, &sent[i]);
    }
    assert_int_equal(stream_cursor_next(cursor, &got), CURSOR_END);
    assert_int_equal(stream_cursor_next(cursor, &got), CURSOR_END);
    stream_cursor_free(cursor);
    stream_close(&stream);
}

static void fields_that_say_nothing_are_not_kept(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    uint32_t slot = stream_malloc(builder, 0, 8);
    emit(builder, EVENT_FREE, 0, slot, 999);
    emit(builder, EVENT_SIGNAL, 0, 77, 999);
    emit(builder, EVENT_PHASE, 0, 5, UINT64_MAX);
    emit(builder, EVENT_IDLE, 0, 9, 1);
    struct stream stream = finished(builder);
    assert_int_equal(stream.header->words, 5);
    assert_true(stream.words[1] == event_word(EVENT_FREE, 0, slot));
    assert_true(stream.words[2] == event_word(EVENT_SIGNAL, 0, 0));
    assert_true(stream.words[3] == event_word(EVENT_PHASE, 0, 5));
    assert_true(stream.words[4] == event_word(EVENT_IDLE, 1, 0));
    stream_close(&stream);
}

static void slots_are_reused_by_the_thread_that_emptied_them(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    uint32_t a = stream_malloc(builder, 0, 1);
    uint32_t b = stream_malloc(builder, 0, 1);
    stream_free(builder, 0, a);
    stream_free(builder, 0, b);
    assert_int_equal(stream_malloc(builder, 1, 1), 2);
    assert_int_equal(stream_malloc(builder, 0, 1), b);
    assert_int_equal(stream_malloc(builder, 0, 1), a);
    assert_int_equal(stream_malloc(builder, 0, 1), 3);
    assert_sound(builder, 4);
}

/* What a producer does wrong is remembered, and the stream never comes to be. */
static void bad_events_make_finish_fail(void **state)
{
    (void)state;
    static const struct event bad[] = {
        {EVENT_MALLOC, 0, 1, 8, 0},
        {EVENT_FREE, 0, 1, 0, 0},
        {EVENT_TOUCH, 9, 0, 8, 0},
        {EVENT_KINDS, 0, 0, 8, 0},
        {EVENT_REALLOC, 0, 0, 0, 0},
        {EVENT_ALIGNED_ALLOC, 0, 0, 8, 48},
        {EVENT_ALIGNED_ALLOC, 0, 0, 8, 0},
        {EVENT_THREAD_START, 0, 0, 0, 0},
        {EVENT_THREAD_START, 0, 2, 0, 0},
        {EVENT_WAIT, 0, 2, 1, 0},
        {EVENT_WAIT, 0, 1, 0, 0},
        {EVENT_SIGNAL, 2, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct stream_builder *builder = builder_of(1);
        stream_builder_add_thread(builder);
        stream_builder_take_slot(builder, 0);
        stream_builder_emit(builder, &bad[i]);
        struct stream stream;
        assert_non_null(stream_builder_finish(builder, &stream));
        assert_null(stream.header);
        assert_int_equal(stream.fd, -1);
    }
}

static void limits_make_finish_fail(void **state)
{
    (void)state;
    struct stream stream;
    assert_null(stream_builder_new(0));
    assert_null(stream_builder_new(STREAM_THREADS_MAX + 1));
    struct stream_builder *builder = builder_of(STREAM_THREADS_MAX);
    stream_builder_add_thread(builder);
    assert_non_null(stream_builder_finish(builder, &stream));
    builder = builder_of(1);
    stream_builder_give_slot(builder, 0, 0);
    assert_non_null(stream_builder_finish(builder, &stream));
    builder = builder_of(1);
    stream_builder_fail(builder, "the first");
    stream_builder_fail(builder, "the second");
    assert_string_equal(stream_builder_finish(builder, &stream), "the first");
}

static void the_walk_keeps_edges_and_is_always_the_same(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    uint32_t slot[1000];
    for (int i = 0; i < 1000; i++) { /* thread 0 frees what thread 1 makes */
        slot[i] = stream_malloc(builder, 1, 16);
        stream_wait(builder, 0, 1, stream_signal(builder, 1));
        stream_free(builder, 0, slot[i]);
    }
    struct stream stream = finished(builder);
    struct stream_cursor *one = stream_cursor_new(&stream);
    struct stream_cursor *other = stream_cursor_new(&stream);
    bool full[1000] = {false};
    struct event event;
    struct event same;
    size_t events = 0;
    while (stream_cursor_next(one, &event) == CURSOR_EVENT) {
        assert_int_equal(stream_cursor_next(other, &same), CURSOR_EVENT);
        assert_same(&event, &same);
        if (event_is_operation(event.kind)) {
            assert_int_equal(full[event.slot], event.kind == EVENT_FREE);
            full[event.slot] = event.kind == EVENT_MALLOC;
        }
        events++;
    }
    assert_int_equal(events, 4000);
    stream_cursor_free(one);
    stream_cursor_free(other);
    stream_close(&stream);
}

/* Threads that need not wait for one another are mixed all the same. */
static void the_walk_takes_turns(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    for (int i = 0; i < 10000; i++) {
        emit(builder, EVENT_PHASE, 0, 0, 0);
        emit(builder, EVENT_PHASE, 1, 0, 0);
    }
    struct stream stream = finished(builder);
    struct stream_cursor *cursor = stream_cursor_new(&stream);
    struct event event;
    int lead = 0;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        lead += event.thread == 0 ? 1 : -1;
        assert_in_range(lead + 1000, 0, 2000);
    }
    assert_int_equal(lead, 0);
    stream_cursor_free(cursor);
    stream_close(&stream);
}

static void a_thread_starts_only_once(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    uint32_t child = stream_builder_add_thread(builder);
    emit(builder, EVENT_THREAD_START, 0, child, 0);
    emit(builder, EVENT_THREAD_START, 0, child, 0);
    struct stream stream;
    assert_non_null(stream_builder_finish(builder, &stream));
    assert_int_equal(stream.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_emitted),
        cmocka_unit_test(fields_that_say_nothing_are_not_kept),
        cmocka_unit_test(slots_are_reused_by_the_thread_that_emptied_them),
        cmocka_unit_test(bad_events_make_finish_fail),
        cmocka_unit_test(limits_make_finish_fail),
        cmocka_unit_test(the_walk_keeps_edges_and_is_always_the_same),
        cmocka_unit_test(the_walk_takes_turns),
        cmocka_unit_test(a_thread_starts_only_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

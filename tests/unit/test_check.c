/* The proof of soundness against streams made by hand, the unsound ones above all. */
#include "tests/unit/stream_helpers.h"

static void an_edge_orders_and_its_absence_is_caught(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    uint32_t slot = stream_malloc(builder, 0, 8);
    uint32_t ordinal = stream_signal(builder, 0);
    stream_wait(builder, 1, 0, ordinal);
    stream_free(builder, 1, slot);
    assert_sound(builder, 0);

    builder = builder_of(2);
    slot = stream_malloc(builder, 0, 8);
    stream_free(builder, 1, slot);
    assert_unsound(builder,
                   "thread 1, event 0 on slot 0: not ordered after the event of another "
                   "thread before it");

    /* The signal comes before the event that it should publish. */
    builder = builder_of(2);
    ordinal = stream_signal(builder, 0);
    slot = stream_malloc(builder, 0, 8);
    stream_wait(builder, 1, 0, ordinal);
    stream_free(builder, 1, slot);
    assert_unsound(builder,
                   "thread 1, event 1 on slot 0: not ordered after the event of another "
                   "thread before it");
}

/* A wait for an early signal knows nothing of what came after, even if that has long happened. */
static void a_wait_learns_no_more_than_its_signal_published(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    uint32_t early = stream_signal(builder, 0);
    uint32_t slot = stream_malloc(builder, 0, 8);
    stream_signal(builder, 0);
    stream_wait(builder, 1, 0, early);
    stream_touch(builder, 1, slot, 8);
    assert_unsound(builder,
                   "thread 1, event 1 on slot 0: not ordered after the event of another "
                   "thread before it");
}

static void edges_carry_on_through_other_threads(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(3);
    uint32_t slot = stream_malloc(builder, 0, 8);
    stream_wait(builder, 1, 0, stream_signal(builder, 0));
    stream_wait(builder, 2, 1, stream_signal(builder, 1));
    stream_free(builder, 2, slot);
    assert_sound(builder, 0);

    builder = builder_of(1);
    slot = stream_malloc(builder, 0, 8);
    uint32_t child = stream_builder_add_thread(builder);
    uint32_t grandchild = stream_builder_add_thread(builder);
    emit(builder, EVENT_THREAD_START, 0, child, 0);
    emit(builder, EVENT_THREAD_START, child, grandchild, 0);
    stream_free(builder, grandchild, slot);
    assert_sound(builder, 0);
}

/* A wait adds to what a thread knows, and takes nothing away. */
static void edges_add_up(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(3);
    uint32_t slot = stream_malloc(builder, 0, 8);
    stream_wait(builder, 2, 0, stream_signal(builder, 0));
    stream_wait(builder, 2, 1, stream_signal(builder, 1));
    stream_free(builder, 2, slot);
    assert_sound(builder, 0);
}

static void what_a_parent_does_after_the_start_is_not_ordered(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    uint32_t child = stream_builder_add_thread(builder);
    emit(builder, EVENT_THREAD_START, 0, child, 0);
    uint32_t slot = stream_malloc(builder, 0, 8);
    stream_free(builder, child, slot);
    assert_unsound(builder,
                   "thread 1, event 0 on slot 0: not ordered after the event of another "
                   "thread before it");
}

static void a_slot_reused_elsewhere_needs_an_edge_too(void **state)
{
    (void)state;
    for (int with_edge = 0; with_edge < 2; with_edge++) {
        struct stream_builder *builder = builder_of(2);
        uint32_t slot = stream_malloc(builder, 0, 8);
        stream_free(builder, 0, slot);
        if (with_edge) {
            stream_wait(builder, 1, 0, stream_signal(builder, 0));
        }
        emit(builder, EVENT_MALLOC, 1, slot, 8);
        uint64_t live = 0;
        assert_int_equal(verdict(builder, &live) == NULL, with_edge);
    }
}

static void misuse_of_slots_is_caught(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    uint32_t slot = stream_malloc(builder, 0, 8);
    stream_free(builder, 0, slot);
    emit(builder, EVENT_FREE, 0, slot, 0);
    assert_unsound(builder, "thread 0, event 2 on slot 0: the slot is empty");

    builder = builder_of(1);
    slot = stream_malloc(builder, 0, 0);
    emit(builder, EVENT_CALLOC, 0, slot, 8);
    assert_unsound(builder, "thread 0, event 1 on slot 0: an allocation into a slot that is full");

    builder = builder_of(1);
    slot = stream_builder_take_slot(builder, 0);
    emit(builder, EVENT_REALLOC, 0, slot, 8);
    assert_unsound(builder, "thread 0, event 0 on slot 0: the slot is empty");

    builder = builder_of(1);
    slot = stream_malloc(builder, 0, 64);
    stream_touch(builder, 0, slot, 64);
    emit(builder, EVENT_REALLOC, 0, slot, 32);
    stream_touch(builder, 0, slot, 33);
    assert_unsound(builder, "thread 0, event 3 on slot 0: touched beyond its end");
}

static void an_impossible_size_is_caught(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    stream_malloc(builder, 0, UINT64_MAX);
    assert_unsound(builder, "thread 0, event 0 on slot 0: no object can be this large");
}

static void what_is_never_freed_is_counted(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    stream_malloc(builder, 0, 0);
    stream_free(builder, 0, stream_malloc(builder, 0, 8));
    stream_malloc(builder, 1, 8);
    assert_sound(builder, 2);
}

static void waits_that_never_end_are_deadlocks(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(2);
    stream_signal(builder, 0);
    stream_wait(builder, 1, 0, 2);
    assert_unsound(builder, "thread 1, event 0: a wait whose signal can never be given");

    builder = builder_of(2); /* each waits for what the other would do next */
    stream_wait(builder, 0, 1, 1);
    stream_wait(builder, 1, 0, 1);
    stream_signal(builder, 0);
    stream_signal(builder, 1);
    assert_unsound(builder, "thread 0, event 0: a wait whose signal can never be given");

    builder = builder_of(1);
    stream_builder_add_thread(builder);
    assert_unsound(builder, "thread 1, event 0: the thread is never started");

    builder = builder_of(1); /* two threads that start each other */
    stream_builder_add_thread(builder);
    stream_builder_add_thread(builder);
    emit(builder, EVENT_THREAD_START, 1, 2, 0);
    emit(builder, EVENT_THREAD_START, 2, 1, 0);
    assert_unsound(builder, "thread 1, event 0: the thread is never started");
}

static void an_empty_stream_is_a_stream(void **state)
{
    (void)state;
    assert_sound(builder_of(3), 0);
}

static void a_full_house_of_threads_can_be_checked(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(STREAM_THREADS_MAX);
    uint32_t slot = stream_malloc(builder, 0, 8);
    for (uint32_t i = 1; i < STREAM_THREADS_MAX; i++) {
        stream_wait(builder, i, i - 1, stream_signal(builder, i - 1));
        stream_touch(builder, i, slot, 8);
    }
    stream_free(builder, STREAM_THREADS_MAX - 1, slot);
    assert_sound(builder, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_orders_and_its_absence_is_caught),
        cmocka_unit_test(a_wait_learns_no_more_than_its_signal_published),
        cmocka_unit_test(edges_carry_on_through_other_threads),
        cmocka_unit_test(edges_add_up),
        cmocka_unit_test(what_a_parent_does_after_the_start_is_not_ordered),
        cmocka_unit_test(a_slot_reused_elsewhere_needs_an_edge_too),
        cmocka_unit_test(misuse_of_slots_is_caught),
        cmocka_unit_test(an_impossible_size_is_caught),
        cmocka_unit_test(what_is_never_freed_is_counted),
        cmocka_unit_test(waits_that_never_end_are_deadlocks),
        cmocka_unit_test(an_empty_stream_is_a_stream),
        cmocka_unit_test(a_full_house_of_threads_can_be_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

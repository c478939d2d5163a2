/* The finaliser of recordings, on raw words by hand: decoding, the order of threads, repairs, and
 * the edges: enough for a sound trace, none that the others imply. */
#include "harness/recording/edges.h"
#include "harness/recording/history.h"
#include "harness/recording/history_write.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define THREADS_MAX 1100
#define NEVER       RAW_NOT_TRUNCATED

/* ---- Recordings by hand ---- */

struct tape {
    uint64_t word[4096];
    size_t count;
};

static void put(struct tape *tape, uint64_t word)
{
    assert_true(tape->count < sizeof tape->word / sizeof *tape->word);
    tape->word[tape->count++] = word;
}

static const void *at(uint64_t address)
{
    return (const void *)(uintptr_t)(address * 8);
}

static void
tape_call(struct tape *tape, enum raw_kind kind, uint64_t stamp, uint64_t address, uint64_t size)
{
    put(tape, raw_header(kind, at(address), size) | (stamp ? RAW_STAMPED : 0));
    if (stamp) {
        put(tape, stamp);
    }
}

static void tape_malloc(struct tape *tape, uint64_t stamp, uint64_t address)
{
    tape_call(tape, RAW_MALLOC, stamp, address, 10 * address);
}

static void tape_free(struct tape *tape, uint64_t stamp, uint64_t address)
{
    tape_call(tape, RAW_FREE, stamp, address, 0);
}

/* Stamped at `stamp` and one later. */
static void
tape_realloc(struct tape *tape, uint64_t stamp, uint64_t from, uint64_t to, uint64_t size)
{
    tape_call(tape, RAW_REALLOC, stamp, from, size);
    put(tape, to);
    if (stamp) {
        put(tape, stamp + 1);
    }
}

static struct history history_of(const struct tape *tapes, uint32_t count, uint64_t until)
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
static void expect(const struct history *history,
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
static void assert_writes_sound(const struct history *history, const struct edges *edges)
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
    put(&tape, raw_header(RAW_FREE, at(2), 0) | RAW_STAMPED); /* ends before its stamp */

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

/* ---- Threads ---- */

/* `lives`: how many threads are alive at once. */
static bool build_threads(uint32_t count, uint32_t lives, struct history *history)
{
    static uint64_t words[THREADS_MAX][4];
    static struct raw_cursor cursor[THREADS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        uint64_t born = 10 + 10 * (uint64_t)i;
        words[i][0] = raw_header(RAW_MALLOC, at(i + 1), 8) | RAW_STAMPED;
        words[i][1] = born;
        words[i][2] = raw_header(RAW_FREE, at(i + 1), 0) | RAW_STAMPED;
        words[i][3] = born + 10 * (uint64_t)lives - 5;
        cursor[i] = (struct raw_cursor){.words = words[i], .count = 4};
    }
    struct error error;
    return history_build(cursor, count, NEVER, history, &error);
}

static void more_threads_than_numbers_take_turns(void **state)
{
    (void)state;
    struct history history;
    assert_true(build_threads(THREADS_MAX, STREAM_THREADS_MAX, &history));
    assert_int_equal(history.threads, STREAM_THREADS_MAX);
    assert_int_equal(history.threads_folded, THREADS_MAX - STREAM_THREADS_MAX);
    assert_int_equal(history.count, 2 * THREADS_MAX);
    struct edges edges;
    struct error error;
    assert_true(edges_find(&history, &edges, &error));
    assert_int_equal(edges.count, 0);
    assert_writes_sound(&history, &edges);
    edges_free(&edges);
    history_free(&history);
    assert_false(build_threads(THREADS_MAX, STREAM_THREADS_MAX + 1, &history));
}

/* ---- Edges ---- */

static void a_thread_start_orders_what_came_before(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[0], 10, 1);
    tape_malloc(&tape[1], 20, 2); /* begins after the malloc of 1 */
    tape_free(&tape[1], 30, 1);
    struct history history = history_of(tape, 2, NEVER);
    struct edges edges;
    struct error error;
    assert_true(edges_find(&history, &edges, &error));
    assert_int_equal(edges.crossings, 1);
    assert_int_equal(edges.count, 0);
    assert_writes_sound(&history, &edges);
    edges_free(&edges);
    history_free(&history);
}

static void handed_on_edges_imply_others(void **state)
{
    (void)state;
    static struct tape tape[3];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[0], 10, 1);
    tape_malloc(&tape[1], 11, 2);
    tape_malloc(&tape[2], 12, 3);
    tape_malloc(&tape[0], 20, 4);
    tape_malloc(&tape[0], 21, 5);
    tape_free(&tape[1], 30, 4); /* 0 before 1 */
    tape_malloc(&tape[1], 31, 6);
    tape_free(&tape[2], 40, 6); /* 1 before 2, so 0 before 2 */
    tape_free(&tape[2], 41, 1);
    tape_free(&tape[2], 42, 2);
    tape_malloc(&tape[1], 50, 4); /* an address used again: no edge */
    struct history history = history_of(tape, 3, NEVER);
    struct edges edges;
    struct error error;
    assert_true(edges_find(&history, &edges, &error));
    assert_int_equal(edges.crossings, 4);
    assert_int_equal(edges.count, 2);
    assert_writes_sound(&history, &edges);
    edges_free(&edges);
    history_free(&history);
}

/* One thread's thousand blocks freed by another need an edge for each halving of what is left. */
static void a_handover_needs_few_edges(void **state)
{
    (void)state;
    static struct tape tape[2];
    memset(tape, 0, sizeof tape);
    tape_malloc(&tape[1], 1, 5000);
    for (uint64_t i = 1; i <= 1000; i++) {
        tape_malloc(&tape[0], 10 + i, i);
        tape_free(&tape[1], 2000 + i, i);
    }
    struct history history = history_of(tape, 2, NEVER);
    struct edges edges;
    struct error error;
    assert_true(edges_find(&history, &edges, &error));
    assert_int_equal(edges.crossings, 1000);
    assert_in_range(edges.count, 1, 12);
    assert_writes_sound(&history, &edges);
    edges_free(&edges);
    history_free(&history);
}

/* Whether `from` comes before `to` by program order, thread starts and all edges but one: a forward
 * pass over the history that marks what is reached. */
static bool reaches(const struct history *history,
                    const struct edges *edges,
                    size_t without,
                    uint32_t from,
                    uint32_t to)
{
    bool thread[8] = {false};
    bool *reached = calloc(history->count, sizeof *reached);
    bool begun[8] = {false};
    size_t next = 0;
    for (uint32_t i = 0; i <= to; i++) {
        uint16_t own = history->event[i].thread;
        bool start = !begun[own] && i > 0 && reached[i - 1];
        begun[own] = true;
        reached[i] = i == from || thread[own] || start;
        for (; next < edges->count && edges->edge[next].to == i; next++) {
            reached[i] |= next != without && reached[edges->edge[next].from];
        }
        thread[own] = reached[i];
    }
    bool found = reached[to];
    free(reached);
    return found;
}

/* Threads at random on blocks at random: every crossing is ordered, and no edge without which its
 * own event would still be ordered is kept. */
static void random_edges_suffice_and_are_needed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct tape tape[4];
        memset(tape, 0, sizeof tape);
        struct random random;
        random_seed(&random, seed, 0);
        bool live[40] = {false};
        for (uint64_t stamp = 1; stamp <= 400; stamp++) {
            struct tape *own = &tape[random_below(&random, 4)];
            uint64_t address = 1 + random_below(&random, 39);
            if (!live[address]) {
                tape_malloc(own, 2 * stamp, address);
            } else if (random_below(&random, 3) == 0) {
                tape_realloc(own, 2 * stamp, address, address, 5);
            } else {
                tape_free(own, 2 * stamp, address);
            }
            live[address] = !live[address] || own->word[own->count - 1] == 2 * stamp + 1;
        }
        struct history history = history_of(tape, 4, NEVER);
        struct edges edges;
        struct error error;
        assert_true(edges_find(&history, &edges, &error));
        assert_int_equal(history.count, 400);
        assert_true(edges.count > 10 && edges.count < edges.crossings);
        for (size_t i = 0; i < edges.count; i++) {
            const struct edge *edge = &edges.edge[i];
            assert_false(reaches(&history, &edges, i, edge->from, edge->to));
        }
        assert_writes_sound(&history, &edges);
        edges_free(&edges);
        history_free(&history);
    }
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
        cmocka_unit_test(more_threads_than_numbers_take_turns),
        cmocka_unit_test(a_thread_start_orders_what_came_before),
        cmocka_unit_test(handed_on_edges_imply_others),
        cmocka_unit_test(a_handover_needs_few_edges),
        cmocka_unit_test(random_edges_suffice_and_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Recorded threads and the edges between them: enough for a sound trace, none that others imply. */
#include "tests/unit/tapes.h"
#include "workloads/random.h"

#include <string.h>

#define THREADS_MAX 1100

/* ---- Threads ---- */

/* `lives`: how many threads are alive at once. */
static bool build_threads(uint32_t count, uint32_t lives, struct history *history)
{
    static uint64_t words[THREADS_MAX][4];
    static struct raw_cursor cursor[THREADS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        uint64_t born = 10 + 10 * (uint64_t)i;
        words[i][0] = tape_header(RAW_MALLOC, i + 1, 8) | RAW_STAMPED;
        words[i][1] = born;
        words[i][2] = tape_header(RAW_FREE, i + 1, 0) | RAW_STAMPED;
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

/* Four threads that allocate, move and free 39 blocks at random; 400 events. */
static void record_at_random(struct tape *tapes, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed, 0);
    bool live[40] = {false};
    for (uint64_t stamp = 2; stamp <= 800; stamp += 2) {
        struct tape *own = &tapes[random_below(&random, 4)];
        uint64_t address = 1 + random_below(&random, 39);
        bool moves = live[address] && random_below(&random, 3) == 0;
        if (moves) {
            tape_realloc(own, stamp, address, address, 5);
        } else if (live[address]) {
            tape_free(own, stamp, address);
        } else {
            tape_malloc(own, stamp, address);
        }
        live[address] = moves || !live[address];
    }
}

/* Every crossing is ordered, and no edge is kept that the others imply. */
static void random_edges_suffice_and_are_needed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct tape tape[4];
        memset(tape, 0, sizeof tape);
        record_at_random(tape, seed);
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
        cmocka_unit_test(more_threads_than_numbers_take_turns),
        cmocka_unit_test(a_thread_start_orders_what_came_before),
        cmocka_unit_test(handed_on_edges_imply_others),
        cmocka_unit_test(a_handover_needs_few_edges),
        cmocka_unit_test(random_edges_suffice_and_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

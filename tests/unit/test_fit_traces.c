/* On every recorded trace the fit policies with their fast searches place every block exactly where
 * their naive O(n) versions do. Threads' events come in the order of a stream_cursor.
 *
 * The naive versions need minutes for whole traces, and more under a sanitizer: of each trace the
 * beginning is played, and all of it when HEAPLAB_WHOLE_TRACES is in the environment. */
#include "harness/trace/trace.h"
#include "tests/unit/fit_pair.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define EVENTS_MOST 500000

static void play(struct pair *pair, const struct event *event)
{
    switch (event->kind) {
    case EVENT_MALLOC:
    case EVENT_CALLOC: pair_allocate(pair, event->slot, event->size); break;
    case EVENT_ALIGNED_ALLOC:
        if (event->alignment > 16) {
            pair_allocate_aligned(pair, event->slot, event->alignment, event->size);
        } else {
            pair_allocate(pair, event->slot, event->size);
        }
        break;
    case EVENT_REALLOC: pair_reallocate(pair, event->slot, event->size); break;
    case EVENT_FREE: pair_free(pair, event->slot); break;
    default: break;
    }
}

static void play_stream(const struct stream *stream, enum naive_policy policy)
{
    const struct pair_request request = {.policy = policy, .coalesce = FIT_COALESCE_IMMEDIATE};
    struct pair pair;
    pair_open(&pair, &request, stream->header->slots);
    struct stream_cursor *cursor = stream_cursor_new(stream);
    assert_non_null(cursor);
    struct event event;
    uint64_t events = getenv("HEAPLAB_WHOLE_TRACES") != NULL ? UINT64_MAX : EVENTS_MOST;
    while (events-- > 0 && stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        play(&pair, &event);
    }
    stream_cursor_free(cursor);
    pair_audit(&pair);
    assert_true(pair.placed > 1000);
    pair_close(&pair);
}

static void play_file(const char *path, enum naive_policy policy)
{
    struct stream stream;
    struct error error;
    if (!trace_load(path, &stream, NULL, &error)) {
        fail_msg("%s", error.text);
    }
    play_stream(&stream, policy);
    stream_close(&stream);
}

static void recorded_traces_place_alike(void **state)
{
    enum naive_policy policy = *(enum naive_policy *)*state;
    glob_t traces;
    assert_int_equal(glob("workloads/recorded/*.trace", 0, NULL, &traces), 0);
    for (size_t i = 0; i < traces.gl_pathc; i++) {
        play_file(traces.gl_pathv[i], policy);
    }
    globfree(&traces);
}

int main(void)
{
    static enum naive_policy policies[] = {
        NAIVE_FIRST, NAIVE_NEXT, NAIVE_BEST, NAIVE_WORST, NAIVE_LIFO};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(recorded_traces_place_alike, &policies[0]),
        cmocka_unit_test_prestate(recorded_traces_place_alike, &policies[1]),
        cmocka_unit_test_prestate(recorded_traces_place_alike, &policies[2]),
        cmocka_unit_test_prestate(recorded_traces_place_alike, &policies[3]),
        cmocka_unit_test_prestate(recorded_traces_place_alike, &policies[4]),
    };
    return cmocka_run_group_tests_name("fit_traces", tests, NULL, NULL);
}

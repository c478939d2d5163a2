/* Traces that cannot be written: the error names what and why, and nothing is left behind. */
#include "harness/trace/trace.h"
#include "tests/unit/trace_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static const struct trace_description described = {.command = "refused"};

static void assert_says(const struct error *error, const char *expected)
{
    if (strstr(error->text, expected) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error->text, expected);
    }
}

/* Saves where it cannot be done: the error names the path, and nothing is left behind. */
static void assert_save_fails(const struct stream *stream, const char *path, const char *reason)
{
    unsigned files = trace_fixture_files();
    struct error error = {""};
    assert_false(trace_save(path, stream, &described, &error));
    assert_says(&error, path);
    assert_says(&error, reason);
    assert_int_equal(trace_fixture_files(), files);
}

static void a_trace_is_not_saved_over_what_is_no_file(void **state)
{
    (void)state;
    (void)trace_fixture_path("folder");
    struct stream stream = trace_fixture_stream();
    assert_save_fails(&stream, "/dev/full", "no regular file");
    assert_save_fails(&stream, "/tmp", "no regular file");
    stream_close(&stream);
}

static void a_missing_folder_is_named(void **state)
{
    (void)state;
    struct stream stream = trace_fixture_stream();
    assert_save_fails(&stream, trace_fixture_path("missing/x.trace"), "No such file");
    stream_close(&stream);
}

static void a_full_disk_leaves_the_old_trace(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s", trace_fixture_path("full.trace"));
    trace_fixture_write(path, "old", 3);
    struct stream stream = trace_fixture_stream();
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    /* So much may be written that the failure comes with each of the file's parts in turn. */
    for (rlim_t bytes = 0; bytes < 600; bytes += 60) {
        struct rlimit limit = {.rlim_cur = bytes, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_save_fails(&stream, path, "File too large");
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    stream_close(&stream);
    size_t bytes = 0;
    unsigned char *old = trace_fixture_read(path, &bytes);
    assert_int_equal(bytes, 3);
    assert_memory_equal(old, "old", 3);
    free(old);
}

static void an_abandoned_trace_leaves_nothing(void **state)
{
    (void)state;
    const char *path = trace_fixture_path("abandoned.trace");
    unsigned files = trace_fixture_files();
    struct error error = {""};
    struct trace_writer *writer = trace_writer_open(path, &described, &error);
    assert_non_null(writer);
    assert_int_equal(trace_fixture_files(), files + 1);
    assert_int_not_equal(access(path, F_OK), 0);
    trace_writer_abandon(writer);
    assert_int_equal(trace_fixture_files(), files);
}

/* Writes the events, of which the last makes no sense. */
static void assert_writer_refuses(const struct event *events, size_t count, const char *reason)
{
    const char *path = trace_fixture_path("refused.trace");
    unsigned files = trace_fixture_files();
    struct error error = {""};
    struct trace_writer *writer = trace_writer_open(path, &described, &error);
    assert_non_null(writer);
    for (size_t i = 0; i + 1 < count; i++) {
        assert_true(trace_writer_event(writer, &events[i]));
    }
    assert_false(trace_writer_event(writer, &events[count - 1]));
    assert_false(trace_writer_close(writer, NULL, &error));
    assert_says(&error, reason);
    assert_int_equal(trace_fixture_files(), files);
}

static void the_writer_refuses_what_makes_no_sense(void **state)
{
    (void)state;
    const struct event born = {.kind = EVENT_MALLOC, .slot = 5, .size = 8};
    const struct event dead = {.kind = EVENT_FREE, .slot = 5};
    assert_writer_refuses((struct event[]){dead}, 1, "holds no object");
    assert_writer_refuses((struct event[]){born, dead, dead}, 3, "holds no object");
    assert_writer_refuses((struct event[]){born, born}, 2, "holds an object");
    const struct event beyond = {.kind = EVENT_TOUCH, .slot = 5, .size = 9};
    assert_writer_refuses((struct event[]){born, beyond}, 2, "more bytes");
    const struct event to_none = {.kind = EVENT_REALLOC, .slot = 5, .size = 0};
    assert_writer_refuses((struct event[]){born, to_none}, 2, "size out of range");
    const struct event wait = {.kind = EVENT_WAIT, .slot = 0, .size = 1};
    assert_writer_refuses((struct event[]){wait}, 1, "not given before");
    const struct event start = {.kind = EVENT_THREAD_START, .slot = 1};
    assert_writer_refuses((struct event[]){start, start}, 2, "runs already");
    const struct event far = {.kind = EVENT_SIGNAL, .thread = STREAM_THREADS_MAX};
    assert_writer_refuses((struct event[]){far}, 1, "thread out of range");
    const struct event unknown = {.kind = EVENT_KINDS};
    assert_writer_refuses((struct event[]){unknown}, 1, "no known kind");
}

static int end(void **state)
{
    (void)state;
    trace_fixture_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_not_saved_over_what_is_no_file),
        cmocka_unit_test(a_missing_folder_is_named),
        cmocka_unit_test(a_full_disk_leaves_the_old_trace),
        cmocka_unit_test(an_abandoned_trace_leaves_nothing),
        cmocka_unit_test(the_writer_refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

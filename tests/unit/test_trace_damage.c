/* Trace files that are cut off, damaged, foreign, newer or unsound are refused in one line that
 * says what and where, and never read past their end (the sanitizer builds watch that). */
#include "harness/trace/load.h"
#include "harness/trace/output.h"
#include "tests/unit/trace_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define IMAGE_BYTES_MAX (UINT64_C(64) << 20)

static const struct trace_description described = {.command = "damaged", .threads = 1};

/* The bytes of a small trace, by malloc. */
static unsigned char *small_trace(size_t *bytes)
{
    const char *path = trace_fixture_path("small.trace");
    struct stream stream = trace_fixture_stream();
    struct error error = {""};
    assert_true(trace_save(path, &stream, &described, &error));
    stream_close(&stream);
    return trace_fixture_read(path, bytes);
}

static void assert_one_line(const struct error *error)
{
    assert_true(strlen(error->text) > 20);
    assert_null(strchr(error->text, '\n'));
}

static void assert_memory_refused(const void *data, size_t bytes)
{
    struct stream stream;
    struct error error = {""};
    assert_false(trace_load_memory(data, bytes, IMAGE_BYTES_MAX, &stream, &error));
    assert_one_line(&error);
}

static void assert_file_refused(const char *path, const char *reason)
{
    struct stream stream;
    struct error error = {""};
    assert_false(trace_load(path, &stream, NULL, &error));
    assert_one_line(&error);
    assert_non_null(strstr(error.text, path));
    if (strstr(error.text, reason) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, reason);
    }
    assert_false(trace_inspect(path, stderr, &error));
}

static void a_trace_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    size_t bytes = 0;
    unsigned char *whole = small_trace(&bytes);
    for (size_t kept = 0; kept < bytes; kept++) {
        unsigned char *cut = malloc(kept + 1);
        assert_non_null(cut);
        memcpy(cut, whole, kept);
        assert_memory_refused(cut, kept);
        free(cut);
    }
    trace_fixture_write(trace_fixture_path("cut.trace"), whole, bytes - 1);
    assert_file_refused(trace_fixture_path("cut.trace"), "was cut off");
    trace_fixture_write(trace_fixture_path("cut.trace"), whole, 20);
    assert_file_refused(trace_fixture_path("cut.trace"), "ends inside its header");
    free(whole);
}

/* Few bits of a file may be flipped unnoticed: those that fill up a byte in a compressed frame. Then
 * the stream must be the very same. */
static void a_flipped_bit_is_noticed_or_changes_nothing(void **state)
{
    (void)state;
    size_t bytes = 0;
    unsigned char *trace = small_trace(&bytes);
    struct stream stream = trace_fixture_stream();
    uint64_t *expected = trace_fixture_digests(&stream);
    size_t unnoticed = 0;
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        trace[bit / 8] ^= (unsigned char)(1U << bit % 8);
        struct stream back;
        struct error error = {""};
        if (trace_load_memory(trace, bytes, IMAGE_BYTES_MAX, &back, &error)) {
            unnoticed++;
            uint64_t *digests = trace_fixture_digests(&back);
            assert_memory_equal(digests, expected, stream.header->threads * sizeof *expected);
            free(digests);
            stream_close(&back);
        } else {
            assert_one_line(&error);
        }
        trace[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    assert_true(unnoticed < bytes / 20);
    free(expected);
    stream_close(&stream);
    free(trace);
}

static void what_follows_a_trace_is_noticed(void **state)
{
    (void)state;
    size_t bytes = 0;
    unsigned char *trace = small_trace(&bytes);
    unsigned char *longer = calloc(1, 2 * bytes);
    assert_non_null(longer);
    memcpy(longer, trace, bytes);
    assert_memory_refused(longer, bytes + 1);
    memcpy(longer + bytes, trace, bytes);
    assert_memory_refused(longer, 2 * bytes);
    free(longer);
    free(trace);
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    trace_fixture_write(trace_fixture_path("empty"), "", 0);
    assert_file_refused(trace_fixture_path("empty"), "it is empty");
    trace_fixture_write(trace_fixture_path("short"), "x", 1);
    assert_file_refused(trace_fixture_path("short"), "no heaplab trace");
    const char text[] = "malloc 64\nfree 1\nand so on, for a good deal longer than a header is\n";
    trace_fixture_write(trace_fixture_path("text"), text, sizeof text);
    assert_file_refused(trace_fixture_path("text"), "no heaplab trace");
    assert_file_refused("/tmp", "no regular file");
    assert_file_refused("/dev/full", "no regular file");
    assert_file_refused(trace_fixture_path("missing"), "No such file");
    assert_int_equal(mkfifo(trace_fixture_path("pipe"), 0600), 0);
    assert_file_refused(trace_fixture_path("pipe"), "no regular file");
}

static void a_newer_trace_is_refused_as_such(void **state)
{
    (void)state;
    size_t bytes = 0;
    unsigned char *trace = small_trace(&bytes);
    ((struct trace_preamble *)trace)->version = TRACE_VERSION + 1;
    trace_fixture_write(trace_fixture_path("newer.trace"), trace, bytes);
    assert_file_refused(trace_fixture_path("newer.trace"), "use a newer heaplab");
    free(trace);
}

static void a_stream_too_large_is_refused_before_it_is_decoded(void **state)
{
    (void)state;
    size_t bytes = 0;
    unsigned char *trace = small_trace(&bytes);
    struct stream stream;
    struct error error = {""};
    assert_false(trace_load_memory(trace, bytes, 1000, &stream, &error));
    assert_non_null(strstr(error.text, "use a larger one"));
    free(trace);
}

/* ---- Blocks made by hand: what no writer writes ---- */

/* A trace of `threads` threads, of which those in `later` (bits) are started, with one block of
 * these bytes. */
struct forged {
    const char *bytes;
    uint32_t bytes_count;
    uint32_t events;
    uint64_t words;
    uint64_t operations;
    uint32_t threads;
    uint32_t later;
    uint32_t extra; /* blocks of an unknown type before and behind */
};

#define BYTES(text) .bytes = (text), .bytes_count = sizeof(text) - 1

static const char *forge(const struct forged *forged)
{
    const char *path = trace_fixture_path("forged.trace");
    struct error error = {""};
    struct trace_output *output = trace_output_open(path, &described, &error);
    assert_non_null(output);
    struct trace_block_header extra = {.type = 77, .decoded_bytes = 5};
    struct trace_block_header block = {
        .type = TRACE_BLOCK_EVENTS, .decoded_bytes = forged->bytes_count, .events = forged->events};
    struct trace_index_thread threads[8] = {{0}};
    for (uint32_t i = 0; i < forged->threads; i++) {
        threads[i].initial = (forged->later >> i & 1) == 0;
    }
    /* All on thread 0: the decoder gets to look at the events before the counts are compared. */
    threads[0].words = forged->words;
    threads[0].events = forged->events;
    threads[0].operations = forged->operations;
    if (forged->threads > 1) { /* room for others' events, taken from nowhere */
        for (uint32_t i = 0; i < forged->threads; i++) {
            threads[i].words = threads[i].events = forged->events / forged->threads;
        }
        threads[0].words = threads[0].events += forged->events % forged->threads;
    }
    bool extras = forged->extra == 0 || trace_output_block(output, &extra, "extra", &error);
    assert_true(extras && trace_output_block(output, &block, forged->bytes, &error));
    extras = forged->extra == 0 || trace_output_block(output, &extra, "extra", &error);
    struct trace_description counted = described;
    counted.threads = forged->threads;
    counted.objects = forged->operations > 0 ? 1 : 0;
    assert_true(extras && trace_output_finish(output, &counted, threads, &error));
    return path;
}

static void assert_forged_refused(struct forged forged, const char *reason)
{
    forged.words = forged.words > 0 ? forged.words : forged.events;
    forged.threads = forged.threads > 0 ? forged.threads : 1;
    assert_file_refused(forge(&forged), reason);
}

static void blocks_of_other_types_are_skipped(void **state)
{
    (void)state;
    const struct forged forged = {
        BYTES("\x00\x04"), .events = 2, .words = 2, .operations = 2, .threads = 1, .extra = 1};
    struct stream stream;
    struct error error = {""};
    assert_true(trace_load(forge(&forged), &stream, NULL, &error));
    assert_int_equal(stream.header->events, 2);
    stream_close(&stream);
}

static void unsound_events_are_refused(void **state)
{
    (void)state;
    assert_forged_refused((struct forged){BYTES("\x00\x04\x04"), .events = 3, .operations = 3},
                          "event 3 uses an object that is not alive");
    assert_forged_refused((struct forged){BYTES("\x00\x14"), .events = 2, .operations = 2},
                          "not alive");
    assert_forged_refused((struct forged){BYTES("\x00\x05\x09"), .events = 2, .operations = 1},
                          "touches more bytes");
    assert_forged_refused((struct forged){BYTES("\x00\x03\x00"), .events = 2, .operations = 2},
                          "size out of range");
    assert_forged_refused((struct forged){BYTES("\x08\x00"), .events = 1}, "not given before");
    assert_forged_refused((struct forged){BYTES("\x06"), .events = 1}, "runs already");
    assert_forged_refused((struct forged){BYTES("\x16"), .events = 1}, "out of range");
    assert_forged_refused((struct forged){BYTES("\x1F\x07"), .events = 1}, "does not run");
    assert_forged_refused((struct forged){BYTES("\x0B"), .events = 1}, "does not know");
    assert_forged_refused((struct forged){BYTES("\x0E"), .events = 1}, "does not know");
}

static void events_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_forged_refused((struct forged){BYTES("\xF0\x80"), .events = 1, .operations = 1},
                          "does not fit its block");
    assert_forged_refused((struct forged){BYTES("\xF0"), .events = 1, .operations = 1},
                          "does not fit its block");
    assert_forged_refused((struct forged){BYTES("\xF9\xFF\xFF\xFF\xFF\x7F"), .events = 1},
                          "phase out of range");
    assert_forged_refused((struct forged){BYTES("\xFA\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7E"),
                                          .events = 1,
                                          .words = 2},
                          "does not fit its block");
    assert_forged_refused((struct forged){BYTES("\x07\x07"), .events = 1}, "more events");
    assert_forged_refused((struct forged){BYTES("\x07\x0F"), .events = 2}, "or fewer events");
    assert_forged_refused((struct forged){BYTES("\x07"), .events = 1, .operations = 1},
                          "not as many");
}

static void threads_without_edges_are_refused(void **state)
{
    (void)state;
    /* Thread 1 frees what thread 0 allocated. */
    assert_forged_refused((struct forged){BYTES("\x00\x1F\x04\x0F\x07"), .events = 3, .threads = 2},
                          "without an edge");
    /* The same behind an edge too old. */
    assert_forged_refused(
        (struct forged){BYTES("\x07\x00\x1F\x08\x00\x04"), .events = 4, .threads = 2},
        "without an edge");
    /* A thread runs before it is started, and one that never is. */
    assert_forged_refused(
        (struct forged){BYTES("\x1F\x07\x0F\x16"), .events = 2, .threads = 2, .later = 2},
        "does not run");
    assert_forged_refused((struct forged){BYTES("\x07"), .events = 1, .threads = 2, .later = 2},
                          "never starts");
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
        cmocka_unit_test(a_trace_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_flipped_bit_is_noticed_or_changes_nothing),
        cmocka_unit_test(what_follows_a_trace_is_noticed),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(a_newer_trace_is_refused_as_such),
        cmocka_unit_test(a_stream_too_large_is_refused_before_it_is_decoded),
        cmocka_unit_test(blocks_of_other_types_are_skipped),
        cmocka_unit_test(unsound_events_are_refused),
        cmocka_unit_test(events_that_do_not_fit_are_refused),
        cmocka_unit_test(threads_without_edges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

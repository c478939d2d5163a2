/* Traces: what is saved is loaded, whatever the stream. Files that cannot be written:
 * test_trace_writer.c; damaged files: test_trace_damage.c. */
#include "harness/trace/trace.h"
#include "tests/unit/trace_fixture.h"
#include "workloads/workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static const struct trace_description described = {
    .command = "prog --two words",
    .generator = "test",
    .machine = "here",
    .date_utc = "2026-02-17T08:15:00Z",
    .note = "two\nlines",
};

static void save(const char *path, const struct stream *stream)
{
    struct error error = {""};
    if (!trace_save(path, stream, &described, &error)) {
        fail_msg("%s", error.text);
    }
}

static struct stream loaded(const char *path, struct trace_description *description)
{
    struct error error = {""};
    struct stream stream;
    if (!trace_load(path, &stream, description, &error)) {
        fail_msg("%s", error.text);
    }
    return stream;
}

static uint64_t live_of(const struct stream *stream)
{
    uint64_t live = 0;
    const char *problem = stream_check(stream, &live);
    if (problem != NULL) {
        fail_msg("%s", problem);
    }
    return live;
}

/* Same threads, same events in each, on the same objects. */
static void assert_same(const struct stream *stream, const struct stream *back)
{
    uint32_t threads = stream->header->threads;
    assert_int_equal(back->header->threads, threads);
    assert_int_equal(back->header->events, stream->header->events);
    assert_int_equal(back->header->operations, stream->header->operations);
    assert_int_equal(live_of(back), live_of(stream));
    uint64_t *before = trace_fixture_digests(stream);
    uint64_t *after = trace_fixture_digests(back);
    for (uint32_t i = 0; i < threads; i++) {
        assert_int_equal(back->header->thread[i].events, stream->header->thread[i].events);
        assert_int_equal(back->header->thread[i].words, stream->header->thread[i].words);
        assert_int_equal(back->header->thread[i].initial, stream->header->thread[i].initial);
        assert_int_equal(after[i], before[i]);
    }
    free(before);
    free(after);
}

/* Saves, loads, compares; ends the stream. */
static void assert_round_trip(struct stream *stream)
{
    const char *path = trace_fixture_path("round.trace");
    save(path, stream);
    struct stream back = loaded(path, NULL);
    assert_same(stream, &back);
    /* Slots are used again, so that a trip never needs many more of them. */
    assert_true(back.header->slots <= stream->header->slots + back.header->events);
    int unsealed = back.fd;
    struct stream shared;
    assert_null(stream_map(dup(unsealed), &shared));
    stream_close(&shared);
    stream_close(&back);
    stream_close(stream);
}

static void every_kind_of_event_comes_back(void **state)
{
    (void)state;
    struct stream stream = trace_fixture_stream();
    assert_round_trip(&stream);
}

static void an_empty_stream_comes_back(void **state)
{
    (void)state;
    struct stream stream;
    assert_null(stream_builder_finish(stream_builder_new(3), &stream));
    assert_round_trip(&stream);
}

static void sizes_and_alignments_come_back(void **state)
{
    (void)state;
    struct stream_builder *builder = stream_builder_new(1);
    for (unsigned bit = 0; bit < 63; bit++) {
        uint64_t around = UINT64_C(1) << bit;
        (void)stream_malloc(builder, 0, around - 1);
        (void)stream_malloc(builder, 0, around);
        (void)stream_malloc(builder, 0, around + 1);
        uint32_t slot = stream_builder_take_slot(builder, 0);
        stream_builder_emit(
            builder,
            &(struct event){
                .kind = EVENT_ALIGNED_ALLOC, .slot = slot, .size = bit, .alignment = around});
    }
    struct stream stream;
    assert_null(stream_builder_finish(builder, &stream));
    assert_round_trip(&stream);
}

static void a_thousand_threads_come_back(void **state)
{
    (void)state;
    struct stream_builder *builder = stream_builder_new(STREAM_THREADS_MAX);
    for (uint32_t i = 1; i < STREAM_THREADS_MAX; i++) {
        uint32_t slot = stream_malloc(builder, i - 1, i);
        stream_wait(builder, i, i - 1, stream_signal(builder, i - 1));
        stream_free(builder, i, slot);
    }
    struct stream stream;
    assert_null(stream_builder_finish(builder, &stream));
    assert_round_trip(&stream);
}

/* More than fits one block, and objects freed long after their table's chunk was left. */
static void many_blocks_come_back(void **state)
{
    (void)state;
    struct stream_builder *builder = stream_builder_new(1);
    uint32_t kept[64];
    for (size_t i = 0; i < 64; i++) {
        kept[i] = stream_malloc(builder, 0, 40 + i);
    }
    for (uint32_t i = 0; i < 3000000; i++) {
        stream_free(builder, 0, stream_malloc(builder, 0, 16));
        if (i % 50000 == 0) {
            stream_free(builder, 0, kept[i / 50000]);
        }
    }
    struct stream stream;
    assert_null(stream_builder_finish(builder, &stream));
    assert_round_trip(&stream);
}

static struct stream generated(const struct workload *workload)
{
    struct workload_request request = {
        .seed = 1, .threads = workload->threaded ? 4 : 1, .scale = 0.001};
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX; i++) {
        request.parameter[i] = workload->parameter[i].value;
    }
    struct stream stream;
    const char *problem = workload_generate(workload, &request, &stream);
    if (problem != NULL) {
        fail_msg("%s: %s", workload->name, problem);
    }
    return stream;
}

static void generated_workloads_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; workload_catalogue[i] != NULL; i++) {
        struct stream stream = generated(workload_catalogue[i]);
        if (stream.header->events < 2000000) { /* larger ones take too long to compress */
            assert_round_trip(&stream);
        } else {
            stream_close(&stream);
        }
    }
}

static void the_description_comes_back_with_the_counts(void **state)
{
    (void)state;
    struct stream_builder *builder = stream_builder_new(1);
    uint32_t slot = stream_malloc(builder, 0, 100);
    (void)stream_malloc(builder, 0, 50);
    stream_builder_emit(builder, &(struct event){.kind = EVENT_REALLOC, .slot = slot, .size = 400});
    stream_free(builder, 0, slot);
    struct stream stream;
    assert_null(stream_builder_finish(builder, &stream));
    const char *path = trace_fixture_path("described.trace");
    save(path, &stream);
    stream_close(&stream);

    struct trace_description back;
    stream = loaded(path, &back);
    stream_close(&stream);
    assert_string_equal(back.command, described.command);
    assert_string_equal(back.generator, described.generator);
    assert_string_equal(back.machine, described.machine);
    assert_string_equal(back.date_utc, described.date_utc);
    assert_string_equal(back.note, "two lines");
    assert_int_equal(back.threads, 1);
    assert_int_equal(back.events, 4);
    assert_int_equal(back.operations, 4);
    assert_int_equal(back.objects, 2);
    assert_int_equal(back.bytes_allocated, 550);
    assert_int_equal(back.live_bytes_peak, 450);
    assert_int_equal(back.live_objects_peak, 2);
    assert_int_equal(back.live_bytes_end, 50);
    assert_int_equal(back.live_objects_end, 1);
}

static void assert_contains(const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, expected);
    }
}

/* Traces are kept for years: this one must stay readable, whatever the writer does by then. */
static void a_trace_of_format_1_stays_readable(void **state)
{
    (void)state;
    struct trace_description description;
    struct stream back = loaded("tests/fixtures/trace-format-1.trace", &description);
    struct stream stream = trace_fixture_stream();
    assert_same(&stream, &back);
    assert_string_equal(description.command, described.command);
    stream_close(&stream);
    stream_close(&back);
}

/* What trace_inspect prints, by malloc. */
static char *inspected(const char *path)
{
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *out = open_memstream(&text, &text_bytes);
    assert_non_null(out);
    struct error error = {""};
    assert_true(trace_inspect(path, out, &error));
    assert_int_equal(fclose(out), 0);
    return text;
}

static void inspect_tells_counts_and_lifetimes(void **state)
{
    (void)state;
    struct stream stream = trace_fixture_stream();
    const char *path = trace_fixture_path("inspected.trace");
    save(path, &stream);
    stream_close(&stream);
    char *text = inspected(path);
    const char *const expected[] = {
        "prog --two words",
        "malloc                            304",
        "allocated in all          1.0 TiB              306",
        "thread start                        1",
        "Lifetimes in allocations",
        "frees of others'                    2",
        "(started later)",
        "##########",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_contains(text, expected[i]);
    }
    free(text);
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
        cmocka_unit_test(every_kind_of_event_comes_back),
        cmocka_unit_test(an_empty_stream_comes_back),
        cmocka_unit_test(sizes_and_alignments_come_back),
        cmocka_unit_test(a_thousand_threads_come_back),
        cmocka_unit_test(many_blocks_come_back),
        cmocka_unit_test(generated_workloads_come_back),
        cmocka_unit_test(the_description_comes_back_with_the_counts),
        cmocka_unit_test(a_trace_of_format_1_stays_readable),
        cmocka_unit_test(inspect_tells_counts_and_lifetimes),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

/* What the tests of hand-made streams share. */
#ifndef TESTS_UNIT_STREAM_HELPERS_H
#define TESTS_UNIT_STREAM_HELPERS_H

#include "workloads/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static inline struct stream_builder *builder_of(uint32_t threads)
{
    struct stream_builder *builder = stream_builder_new(threads);
    assert_non_null(builder);
    return builder;
}

static inline void emit(struct stream_builder *builder,
                        enum event_kind kind,
                        uint32_t thread,
                        uint32_t slot,
                        uint64_t size)
{
    stream_builder_emit(
        builder, &(struct event){.kind = kind, .thread = thread, .slot = slot, .size = size});
}

static inline struct stream finished(struct stream_builder *builder)
{
    struct stream stream;
    assert_null(stream_builder_finish(builder, &stream));
    return stream;
}

/* The check's verdict; the builder is used up. */
static inline const char *verdict(struct stream_builder *builder, uint64_t *live)
{
    struct stream stream = finished(builder);
    const char *problem = stream_check(&stream, live);
    stream_close(&stream);
    return problem;
}

static inline void assert_sound(struct stream_builder *builder, uint64_t live_expected)
{
    uint64_t live = 0;
    assert_null(verdict(builder, &live));
    assert_int_equal(live, live_expected);
}

static inline void assert_unsound(struct stream_builder *builder, const char *expected)
{
    uint64_t live = 0;
    const char *problem = verdict(builder, &live);
    assert_non_null(problem);
    assert_string_equal(problem, expected);
}

#endif

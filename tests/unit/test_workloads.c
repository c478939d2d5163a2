/* What every synthetic workload keeps, at any number of threads and with any seed. */
#include "workloads/workload.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* What is published about a workload, and the hash of its stream for two threads, seed 1, scale
 * 0.05. A change of a hash makes figures from before and after incomparable: make it on purpose. */
struct promise {
    const char *name;
    uint64_t size_least;
    uint64_t size_most;
    double live_bytes_most; /* on one thread */
    bool seeded;            /* another seed makes another stream */
    uint64_t hash;
};

static const struct promise promises[] = {
    {"larson", 8, 1000, 4e6, true, UINT64_C(0x4ce6c17ba18ce95c)},
    {"xmalloc", 64, 32776, 1e6, false, UINT64_C(0x623ebeccd9f70896)},
    {"sh8", 8, 168524, 10e6, false, UINT64_C(0x335d9ceacac51dbe)},
    {"alloc-test", 5, 1024, 5e6, true, UINT64_C(0x22c8d5fdf2fdd46a)},
    {"threadtest", 8, 8, 1e6, false, UINT64_C(0x1e9abaac124b0808)},
    {"fragmenter", 512, 16 << 20, 33554432.0, false, UINT64_C(0x265e685476472f74)},
    {"churn-phases", 16, 24576, 12e6, true, UINT64_C(0xa1911e195e18afd2)},
    {"sized", 1, 16384, 8e6, true, UINT64_C(0x454c2bca7e99b898)},
    {"stack", 16, 256, 12e3, true, UINT64_C(0x708b8bd295731eb8)},
    {"robson", 24, 131064, 8388608.0, false, UINT64_C(0xb8ce744b8b2a2f68)},
};

#define PROMISES (sizeof promises / sizeof promises[0])

/* FNV-1a by words. */
static uint64_t hash_of(const struct stream *stream)
{
    const uint64_t *word = (const uint64_t *)stream->header;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < stream->header->image_bytes / sizeof *word; i++) {
        hash = (hash ^ word[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static struct stream
generated(const struct promise *promise, uint32_t threads, uint64_t seed, double scale)
{
    const struct workload *workload = workload_find(promise->name);
    assert_non_null(workload);
    struct workload_request request;
    workload_request_default(workload, &request);
    request.threads = threads;
    request.seed = seed;
    request.scale = scale;
    struct stream stream;
    const char *problem = workload_generate(workload, &request, &stream);
    if (problem != NULL) {
        fail_msg("%s: %s", promise->name, problem);
    }
    return stream;
}

static uint64_t hash_of_request(const struct promise *promise, uint32_t threads, uint64_t seed)
{
    struct stream stream = generated(promise, threads, seed, 0.05);
    uint64_t hash = hash_of(&stream);
    stream_close(&stream);
    return hash;
}

static void the_promises_cover_the_catalogue(void **state)
{
    (void)state;
    size_t count = 0;
    while (workload_catalogue[count] != NULL) {
        count++;
    }
    assert_int_equal(count, PROMISES);
}

static void every_stream_is_sound_and_ends_empty(void **state)
{
    (void)state;
    static const uint32_t threads[] = {1, 2, 5};
    for (size_t i = 0; i < PROMISES * 3 * 2; i++) {
        const struct promise *promise = &promises[i / 6];
        struct stream stream = generated(promise, threads[i / 2 % 3], 1 + i % 2, 0.05);
        uint64_t live = 1;
        const char *problem = stream_check(&stream, &live);
        if (problem != NULL || live != 0) {
            print_error("%s: %s, %zu live\n", promise->name, problem, (size_t)live);
        }
        assert_null(problem);
        assert_int_equal(live, 0);
        stream_close(&stream);
    }
}

static void a_request_determines_its_stream(void **state)
{
    (void)state;
    bool changed = false;
    for (size_t i = 0; i < PROMISES; i++) {
        const struct promise *promise = &promises[i];
        uint64_t one = hash_of_request(promise, 2, 1);
        assert_true(one == hash_of_request(promise, 2, 1));
        assert_int_equal(one != hash_of_request(promise, 2, 2), promise->seeded);
        assert_true(one != hash_of_request(promise, 3, 1));
        if (one != promise->hash) {
            changed = true;
            print_error("%s: the stream has changed, its hash is now 0x%016llx\n",
                        promise->name,
                        (unsigned long long)one);
        }
    }
    assert_false(changed);
}

static void a_run_has_one_to_four_million_operations(void **state)
{
    (void)state;
    static const uint32_t threads[] = {1, 2, 5};
    for (size_t i = 0; i < PROMISES * 3; i++) {
        struct stream stream = generated(&promises[i / 3], threads[i % 3], 1, 1.0);
        assert_in_range(stream.header->operations, 1000000, 4000000);
        assert_in_range(stream.header->threads, threads[i % 3], 1 + threads[i % 3] * 3);
        stream_close(&stream);
    }
}

/* The largest sum of live sizes on the way, and the bounds of the sizes. */
static void survey(const struct stream *stream, const struct promise *promise, double *live_most)
{
    struct stream_cursor *cursor = stream_cursor_new(stream);
    uint64_t *size = calloc(stream->header->slots, sizeof *size);
    assert_non_null(cursor);
    assert_non_null(size);
    uint64_t live = 0;
    *live_most = 0.0;
    struct event event;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        if (!event_is_operation(event.kind)) {
            continue;
        }
        if (event.kind != EVENT_FREE) {
            assert_in_range(event.size, promise->size_least, promise->size_most);
        }
        live -= size[event.slot];
        size[event.slot] = event.kind == EVENT_FREE ? 0 : event.size;
        live += size[event.slot];
        *live_most = fmax(*live_most, (double)live);
    }
    free(size);
    stream_cursor_free(cursor);
}

static void sizes_and_live_bytes_are_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROMISES; i++) {
        struct stream stream = generated(&promises[i], 1, 1, 0.2);
        double live_most;
        survey(&stream, &promises[i], &live_most);
        if (live_most < promises[i].live_bytes_most / 4 ||
            live_most > promises[i].live_bytes_most) {
            print_error("%s: %.0f bytes live at most\n", promises[i].name, live_most);
        }
        assert_true(live_most <= promises[i].live_bytes_most);
        assert_true(live_most >= promises[i].live_bytes_most / 4);
        stream_close(&stream);
    }
}

/* The scale multiplies the operations, but for a constant beginning and end, and not what lives. */
static void the_scale_multiplies_operations_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROMISES; i++) {
        double live[3];
        double operations[3];
        for (size_t n = 0; n < 3; n++) {
            struct stream stream = generated(&promises[i], 1, 1, 0.5 * (double)(n + 1));
            operations[n] = (double)stream.header->operations;
            survey(&stream, &promises[i], &live[n]);
            stream_close(&stream);
        }
        assert_true(operations[1] > 1.4 * operations[0]);
        assert_true(fabs((operations[2] - operations[1]) / (operations[1] - operations[0]) - 1.0) <
                    0.15);
        assert_true(live[2] < 1.1 * live[0] && live[0] < 1.1 * live[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_promises_cover_the_catalogue),
        cmocka_unit_test(every_stream_is_sound_and_ends_empty),
        cmocka_unit_test(a_request_determines_its_stream),
        cmocka_unit_test(a_run_has_one_to_four_million_operations),
        cmocka_unit_test(sizes_and_live_bytes_are_as_published),
        cmocka_unit_test(the_scale_multiplies_operations_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

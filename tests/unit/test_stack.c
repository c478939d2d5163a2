/* The workload `stack`: its blocks die in the reverse order of their births, and its depth is a
 * recursive program's. By its symbol: it need not be in the list. */
#include "workloads/workload.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

extern const struct workload workload_stack;

static void set(struct workload_request *request, const char *name, uint64_t value)
{
    size_t i = 0;
    while (strcmp(workload_stack.parameter[i].name, name) != 0) {
        i++;
    }
    request->parameter[i] = value;
}

static struct workload_request request_of(uint32_t threads, uint64_t calls)
{
    struct workload_request request;
    workload_request_default(&workload_stack, &request);
    request.threads = threads;
    set(&request, "calls", calls);
    return request;
}

/* What a walk over a stream finds. */
struct survey {
    uint64_t mallocs;
    uint64_t depth_most; /* objects */
    double depth_mean;   /* over the mallocs */
    uint64_t least;
    uint64_t most;
};

#define DEPTH_MOST 4096

/* Checks that each free is of the thread's youngest live object. */
static struct survey survey_of(const struct workload_request *request)
{
    struct stream stream;
    assert_null(workload_generate(&workload_stack, request, &stream));
    uint64_t live = 1;
    assert_null(stream_check(&stream, &live));
    assert_int_equal(live, 0);
    struct survey survey = {.least = UINT64_MAX};
    uint32_t *stack = calloc((size_t)request->threads * DEPTH_MOST, sizeof *stack);
    uint64_t *depth = calloc(request->threads, sizeof *depth);
    struct stream_cursor *cursor = stream_cursor_new(&stream);
    assert_true(stack != NULL && depth != NULL && cursor != NULL);
    struct event event;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        uint64_t *here = &depth[event.thread];
        uint32_t *bottom = stack + (size_t)event.thread * DEPTH_MOST;
        if (event.kind == EVENT_FREE) {
            assert_int_equal(bottom[--*here], event.slot);
            continue;
        }
        assert_int_equal(event.kind, EVENT_MALLOC);
        assert_in_range(*here, 0, DEPTH_MOST - 1);
        bottom[(*here)++] = event.slot;
        survey.mallocs++;
        survey.depth_mean += (double)*here;
        survey.depth_most = *here > survey.depth_most ? *here : survey.depth_most;
        survey.least = event.size < survey.least ? event.size : survey.least;
        survey.most = event.size > survey.most ? event.size : survey.most;
    }
    survey.depth_mean /= (double)survey.mallocs;
    stream_cursor_free(cursor);
    free(depth);
    free(stack);
    stream_close(&stream);
    return survey;
}

static void frees_come_in_reverse(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 5; threads += 2) {
        struct workload_request request = request_of(threads, 20000);
        struct survey survey = survey_of(&request);
        assert_int_equal(survey.mallocs, 40000);
        assert_int_equal(survey.least, 16);
        assert_int_equal(survey.most, 256);
    }
}

/* Quicksort's tree of n items has its nodes at a depth of 2 (1 + 1/n) H(n) - 3 in the mean (the
 * root's 1; Knuth, TAOCP 3, 6.2.2): 13.8 for 2,000 items. Of 500 recursions the mean is known to
 * 0.6 / sqrt(500), the standard deviation being below sqrt(7 - 2 pi^2 / 3). */
static void the_depth_is_a_recursive_programs(void **state)
{
    (void)state;
    struct workload_request request = request_of(1, UINT64_C(2000) * 500);
    set(&request, "items", 2000);
    set(&request, "objects", 1);
    double harmonic = 0.0;
    for (int i = 1; i <= 2000; i++) {
        harmonic += 1.0 / i;
    }
    struct survey survey = survey_of(&request);
    double expected = 2.0 * (1.0 + 1.0 / 2000.0) * harmonic - 3.0;
    assert_true(fabs(survey.depth_mean - expected) < 4 * 0.65 / sqrt(500.0));
    assert_in_range(survey.depth_most, 20, 50);
}

static void sizes_may_be_one(void **state)
{
    (void)state;
    struct workload_request request = request_of(2, 1000);
    set(&request, "size_bytes_min", 64);
    set(&request, "size_bytes_max", 64);
    set(&request, "objects", 5);
    set(&request, "items", 1);
    struct survey survey = survey_of(&request);
    assert_int_equal(survey.least, 64);
    assert_int_equal(survey.most, 64);
    assert_int_equal(survey.depth_most, 5);
    assert_int_equal(survey.mallocs, 5000);
}

static void a_smallest_above_the_largest_size_is_refused(void **state)
{
    (void)state;
    struct workload_request request = request_of(1, 10);
    set(&request, "size_bytes_min", 300);
    struct stream stream;
    assert_non_null(workload_generate(&workload_stack, &request, &stream));
}

static void a_run_has_about_two_million_operations(void **state)
{
    (void)state;
    struct workload_request request;
    workload_request_default(&workload_stack, &request);
    struct stream stream;
    assert_null(workload_generate(&workload_stack, &request, &stream));
    assert_int_equal(stream.header->operations, 2000000);
    stream_close(&stream);
    request.scale = 0.1;
    assert_null(workload_generate(&workload_stack, &request, &stream));
    assert_int_equal(stream.header->operations, 200000);
    stream_close(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frees_come_in_reverse),
        cmocka_unit_test(the_depth_is_a_recursive_programs),
        cmocka_unit_test(sizes_may_be_one),
        cmocka_unit_test(a_smallest_above_the_largest_size_is_refused),
        cmocka_unit_test(a_run_has_about_two_million_operations),
    };
    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}

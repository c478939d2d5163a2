/* The process of a cell, seen from outside: a shell script in the worker's place says and does what
 * a worker may, on the descriptors that it is given. */
#include "harness/campaign/process.h"
#include "harness/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char worker[64];

/* Writes the script that stands for the worker. */
static void play(const char *body)
{
    (void)snprintf(worker, sizeof worker, "/tmp/heaplab-worker-XXXXXX");
    int fd = mkstemp(worker);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", body) > 0);
    assert_int_equal(fchmod(fd, 0700), 0);
    assert_int_equal(close(fd), 0);
}

static struct process_request request(void)
{
    return (struct process_request){
        .worker = worker,
        .pass = "throughput",
        .touch = "page",
        .thp = "system",
        .library = "",
        .stream_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
        .timeout_ns = UINT64_C(60000000000),
        .memory_limit_bytes = UINT64_MAX,
    };
}

/* Runs the script to its end; the status and detail that come of it. */
static const char *ended(const struct process_request *asked, struct process *process, char *detail)
{
    struct process *const listened = process;
    struct error error;
    if (!process_start(process, asked, &error)) {
        fail_msg("%s", error.text);
    }
    while (process->state != PROCESS_ENDED) {
        process_listen(&listened, 1, 20);
    }
    (void)close(asked->stream_fd);
    (void)unlink(worker);
    return process_status(process, detail);
}

static void ends_as(const char *body, const char *status, const char *why)
{
    char detail[WORKER_DETAIL_BYTES];
    struct process process;
    play(body);
    const struct process_request asked = request();
    assert_string_equal(ended(&asked, &process, detail), status);
    if (strstr(detail, why) == NULL) {
        fail_msg("\"%s\" does not tell of \"%s\"", detail, why);
    }
    assert_null(process_result(&process));
    process_free(&process);
}

static void an_end_without_a_result_is_a_crash(void **state)
{
    (void)state;
    ends_as("exit 0", "crashed", "ended with 0 before its result");
    ends_as("echo first; echo last words >&2; exit 3",
            "crashed",
            "ended with 3 before its result: last words");
    ends_as("echo abc >&4", "crashed", "ended with 0"); /* shorter than a message */
}

static void a_signal_is_named_and_one_that_only_the_kernel_sends_is_memory(void **state)
{
    (void)state;
    ends_as("kill -SEGV $$", "crashed", "signal 11 (Segmentation fault)");
    ends_as("echo oops; kill -ABRT $$", "crashed", "signal 6 (Aborted): oops");
    ends_as("kill -KILL $$", "out_of_memory", "signal 9");
}

/* A result whose status says `failed`, as the bytes of the protocol. */
static void a_result_that_tells_a_reason_has_it(void **state)
{
    (void)state;
    char body[128];
    char detail[WORKER_DETAIL_BYTES];
    struct process process;
    char path[] = "/tmp/heaplab-answer-XXXXXX";
    const struct worker_message_header header = {MESSAGE_RESULT, sizeof(struct worker_result)};
    static const struct worker_result told = {.status = WORKER_FAILED, .detail = "the reason"};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &header, sizeof header), sizeof header);
    assert_int_equal(write(fd, &told, sizeof told), sizeof told);
    assert_int_equal(close(fd), 0);
    (void)snprintf(body, sizeof body, "cat %s >&4", path);
    play(body);
    const struct process_request asked = request();
    assert_string_equal(ended(&asked, &process, detail), "failed");
    assert_string_equal(detail, "the reason");
    assert_non_null(process_result(&process));
    process_free(&process);
    (void)snprintf(body, sizeof body, "head -c 700 %s >&4", path); /* cut off in the middle */
    ends_as(body, "crashed", "ended with 0");
    (void)unlink(path);
}

static void a_time_limit_ends_it(void **state)
{
    (void)state;
    char detail[WORKER_DETAIL_BYTES];
    struct process process;
    play("exec sleep 600");
    struct process_request asked = request();
    asked.timeout_ns = UINT64_C(300000000);
    uint64_t started_ns = clock_monotonic_ns();
    assert_string_equal(ended(&asked, &process, detail), "timeout");
    assert_true(clock_monotonic_ns() - started_ns < UINT64_C(60000000000));
    assert_non_null(strstr(detail, "--timeout"));
    process_free(&process);
}

static void it_gets_its_own_preload_and_padding_only(void **state)
{
    (void)state;
    char detail[WORKER_DETAIL_BYTES];
    struct process process;
    assert_int_equal(setenv("LD_PRELOAD", "", 1), 0);
    play("echo \"$1 $2 $3 [$4] ${LD_PRELOAD-none} ${#HEAPLAB_PADDING}\"; exit 1");
    struct process_request asked = request();
    asked.env_padding_bytes = 321;
    assert_string_equal(ended(&asked, &process, detail), "crashed");
    assert_non_null(strstr(detail, ": throughput page system [] none 321"));
    process_free(&process);
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
}

/* The script stands for valgrind here: what it is given, and what comes of its ends. */
static void ends_under_valgrind_as(const char *body, const char *status, const char *why)
{
    char detail[WORKER_DETAIL_BYTES];
    struct process process;
    uint64_t instructions = 0;
    play(body);
    struct process_request asked = request();
    asked.valgrind = worker;
    asked.worker = "/a/worker";
    asked.fixed_addresses = true;
    assert_string_equal(ended(&asked, &process, detail), status);
    if (strstr(detail, why) == NULL) {
        fail_msg("\"%s\" does not tell of \"%s\"", detail, why);
    }
    assert_int_equal(process_instructions(&process, &instructions), strstr(body, "totals") != NULL);
    process_free(&process);
}

static void what_ends_under_valgrind_is_unsupported(void **state)
{
    (void)state;
    ends_under_valgrind_as("echo oops; kill -ABRT $$", "unsupported", "under valgrind: signal 6");
    ends_under_valgrind_as("exit 1", "unsupported", "under valgrind: ended with 1");
    ends_under_valgrind_as("kill -KILL $$", "out_of_memory", "signal 9");
    ends_under_valgrind_as("printf 'events: Ir\\ntotals: 5\\n' >&5", "unsupported", "ended with 0");
    ends_under_valgrind_as("while [ \"$1\" != /a/worker ]; do shift; done; echo \"$*\"; exit 1",
                           "unsupported",
                           ": /a/worker throughput page system");
    /* ADDR_NO_RANDOMIZE, and only there. */
    ends_under_valgrind_as("cat /proc/self/personality; exit 1", "unsupported", ": 00040000");
    ends_as("cat /proc/self/personality; exit 1", "crashed", ": 00000000");
}

static void what_cannot_be_started_is_an_error(void **state)
{
    (void)state;
    struct process process;
    struct error error;
    (void)snprintf(worker, sizeof worker, "/not/there/heaplab-worker");
    const struct process_request asked = request();
    assert_false(process_start(&process, &asked, &error));
    assert_string_equal(error.text,
                        "cannot start \"/not/there/heaplab-worker\": No such file or directory");
    (void)close(asked.stream_fd);
}

/* Whether a process that answers with this has a result. */
static bool is_taken(const struct worker_result *result)
{
    struct {
        struct worker_message_header header;
        struct worker_result result;
    } answer = {{MESSAGE_RESULT, sizeof answer.result}, *result};
    const struct process process = {.answer = (char *)&answer, .answer_bytes = sizeof answer};
    return process_result(&process) != NULL;
}

static void a_result_that_was_written_over_is_none(void **state)
{
    (void)state;
    const struct worker_result good = {.status = WORKER_OK};
    const struct worker_result unknown = {.status = WORKER_UNSUPPORTED + 1};
    struct worker_result endless_detail = good;
    struct worker_result endless_library = good;
    memset(endless_detail.detail, 'x', sizeof endless_detail.detail);
    memset(endless_library.library, 'x', sizeof endless_library.library);
    assert_true(is_taken(&good));
    assert_false(is_taken(&unknown));
    assert_false(is_taken(&endless_detail));
    assert_false(is_taken(&endless_library));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_without_a_result_is_a_crash),
        cmocka_unit_test(a_signal_is_named_and_one_that_only_the_kernel_sends_is_memory),
        cmocka_unit_test(a_result_that_tells_a_reason_has_it),
        cmocka_unit_test(a_time_limit_ends_it),
        cmocka_unit_test(it_gets_its_own_preload_and_padding_only),
        cmocka_unit_test(what_ends_under_valgrind_is_unsupported),
        cmocka_unit_test(what_cannot_be_started_is_an_error),
        cmocka_unit_test(a_result_that_was_written_over_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

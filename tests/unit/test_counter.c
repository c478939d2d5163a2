/* The wrapper of perf_event_open, with the kernel's own events: they are there where the processor's
 * counters are not. Where the kernel refuses those too, the tests of counting are skipped. */
#include "harness/replay/counter.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define PAGES      64
#define PAGE_BYTES 4096

/* A counter of page faults in user mode; the test is skipped where none is to be had. */
static int open_faults(void)
{
    int fd = counter_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
    if (fd == -EACCES || fd == -EPERM || fd == -ENOSYS) {
        skip();
    }
    assert_true(fd >= 0);
    return fd;
}

/* PAGES page faults, none of them answered with a huge page. */
static void fault(void)
{
    char *pages = mmap(NULL,
                       (size_t)PAGES * PAGE_BYTES,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS,
                       -1,
                       0);
    assert_true(pages != MAP_FAILED);
    (void)madvise(pages, (size_t)PAGES * PAGE_BYTES, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < PAGES; i++) {
        *(volatile char *)&pages[i * PAGE_BYTES] = 1;
    }
    assert_int_equal(munmap(pages, (size_t)PAGES * PAGE_BYTES), 0);
}

static void *fault_in_a_thread(void *argument)
{
    fault();
    return argument;
}

static void what_lies_between_start_and_stop_is_counted(void **state)
{
    (void)state;
    uint64_t count = 0;
    int fd = open_faults();
    fault();
    assert_int_equal(counter_start(fd), 0);
    fault();
    assert_int_equal(counter_stop(fd, &count), 0);
    assert_in_range(count, PAGES, 2 * PAGES - 1);
    fault();
    uint64_t again = 0;
    assert_int_equal(counter_stop(fd, &again), 0);
    assert_int_equal(again, count);
    (void)close(fd);
}

static void threads_started_later_are_counted_too(void **state)
{
    (void)state;
    pthread_t thread;
    uint64_t count = 0;
    int fd = open_faults();
    assert_int_equal(counter_start(fd), 0);
    fault();
    assert_int_equal(pthread_create(&thread, NULL, fault_in_a_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(counter_stop(fd, &count), 0);
    assert_true(count >= (uint64_t)2 * PAGES);
    (void)close(fd);
}

static void a_counter_that_is_none_is_an_errno(void **state)
{
    (void)state;
    uint64_t count = 7;
    assert_true(counter_open(UINT32_MAX, 1) < 0);
    assert_int_equal(counter_start(-1), EBADF);
    assert_int_equal(counter_stop(-1, &count), EBADF);
    assert_int_equal(count, 7);
}

static void reasons_are_told_apart(void **state)
{
    (void)state;
    static const int reasons[] = {EACCES, ENOENT, EOPNOTSUPP, ENOSYS, EBUSY, ENODATA, EMFILE};
    const size_t count = sizeof reasons / sizeof reasons[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(counter_reason(reasons[i]), counter_reason(reasons[j]));
        }
    }
    assert_string_equal(counter_reason(EPERM), counter_reason(EACCES));
    assert_string_equal(counter_reason(ENODEV), counter_reason(EOPNOTSUPP));
    assert_non_null(strstr(counter_reason(EACCES), "perf_event_paranoid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_between_start_and_stop_is_counted),
        cmocka_unit_test(threads_started_later_are_counted_too),
        cmocka_unit_test(a_counter_that_is_none_is_an_errno),
        cmocka_unit_test(reasons_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

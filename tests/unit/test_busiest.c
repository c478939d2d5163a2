/* Who computes most: found among the processes of this machine, and from lists. */
#include "harness/campaign/busiest.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define MS UINT64_C(1000000)

static void the_largest_growth_is_found(void **state)
{
    (void)state;
    struct busiest_process before[] = {{10, 900 * MS, "old"}, {11, 5 * MS, "steady"}};
    struct busiest_process after[] = {
        {10, 910 * MS, "old"}, {11, 5 * MS, "steady"}, {12, 30 * MS, "new (one)"}};
    const struct busiest one = {before, 2};
    const struct busiest other = {after, 3};
    struct busiest_process found;
    assert_true(busiest_find(&one, &other, &found));
    assert_int_equal(found.pid, 12);
    assert_int_equal(found.cpu_ns, 30 * MS);
    assert_string_equal(found.name, "new (one)");
    assert_false(busiest_find(&other, &one, &found)); /* nobody computed */
}

/* A child with a name that looks like the end of one. */
static pid_t start_hog(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, "hog) R 1 (x");
        for (volatile uint64_t i = 0;; i++) {
        }
    }
    return pid;
}

static const struct busiest_process *find(const struct busiest *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->processes[i].pid == pid) {
            return &list->processes[i];
        }
    }
    return NULL;
}

static void a_process_is_listed_with_its_name_and_time(void **state)
{
    (void)state;
    const struct timespec pause = {0, 20000000};
    struct busiest list = {0};
    uint64_t cpu_ns = 0;
    pid_t hog = start_hog();
    for (int i = 0; i < 500 && cpu_ns < 50 * MS; i++) {
        busiest_free(&list);
        (void)nanosleep(&pause, NULL);
        busiest_list(&list);
        cpu_ns = find(&list, hog) != NULL ? find(&list, hog)->cpu_ns : 0;
    }
    (void)kill(hog, SIGKILL);
    (void)waitpid(hog, NULL, 0);
    assert_true(cpu_ns >= 50 * MS);
    assert_string_equal(find(&list, hog)->name, "hog) R 1 (x");
    assert_null(find(&list, getpid()));
    busiest_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_growth_is_found),
        cmocka_unit_test(a_process_is_listed_with_its_name_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The reader of HEAPLAB_TUNABLES: what is set, what is refused and how, and that it is read at a
 * program's start, also where the C library does not know its environment yet. */
#include "allocators/parts/tunables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

enum {
    COALESCE,
    LIMIT,
    COUNT
};

static struct tunable tunables[COUNT];

static const char *refuse(void)
{
    return tunables[COALESCE].value == 2 && tunables[LIMIT].value == 4096 ? "not together" : NULL;
}

const struct tunable_table heap_tunables = {tunables, COUNT, refuse};

/* Runs before any library's or file's own constructor, as the first malloc of a process may. */
__attribute__((constructor(101))) static void set_up_first(void)
{
    tunables[COALESCE] = (struct tunable){"coalesce", "never|immediate|deferred", 1, 0, 0};
    tunables[LIMIT] = (struct tunable){"limit", NULL, 1 << 20, 4096, UINT64_C(1) << 40};
    if (getenv("TEST_WITHOUT_ENVIRONMENT") != NULL) {
        environ = NULL;
    }
}

static int reset(void **state)
{
    (void)state;
    set_up_first();
    return 0;
}

static size_t parse(const char *text, char fault[256])
{
    return tunables_parse(&heap_tunables, text, fault, 256);
}

static void assert_values(const char *text, uint64_t coalesce, uint64_t limit)
{
    char fault[256] = "";
    assert_int_equal(parse(text, fault), 0);
    assert_string_equal(fault, "");
    assert_int_equal(tunables[COALESCE].value, coalesce);
    assert_int_equal(tunables[LIMIT].value, limit);
}

static void settings_are_taken(void **state)
{
    (void)state;
    assert_values("", 1, 1 << 20);
    assert_values("coalesce=never", 0, 1 << 20);
    assert_values("limit=4096", 0, 4096);
    assert_values("coalesce=deferred:limit=64K", 2, 64 << 10);
    assert_values("limit=1M:limit=3M:", 2, 3 << 20);
    assert_values("coalesce=immediate:limit=1024G", 1, UINT64_C(1) << 40);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "coalesce",
        "coalesce=",
        "coalesce=nev",
        "coalesce=neverever",
        "coalesce=1",
        "=never",
        "Coalesce=never",
        "limits=4096",
        "limit=",
        "limit=K",
        "limit=4095",
        "limit=1025G",
        "limit=-1",
        "limit=1 M",
        "limit=64k",
        "limit=64KB",
        "limit=0x1000",
        "limit=1.5M",
        "limit=18446744073709551616",
        "limit=18014398509481984K",
        "limit=17179869185G",
        "coalesce=never|immediate",
        "coalesce=|",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char fault[256];
        size_t length = parse(texts[i], fault);
        assert_true(length > 0);
        assert_int_equal(strlen(fault), length);
        assert_memory_equal(fault + 1, texts[i], strlen(texts[i]));
    }
}

static void a_refusal_says_what_is_allowed(void **state)
{
    (void)state;
    char fault[256];
    parse("limit=1M:coalesce=now", fault);
    assert_string_equal(fault,
                        "\"coalesce=now\" makes no sense; allowed: "
                        "coalesce=never|immediate|deferred, limit=4096...1099511627776 (K, M, G)");
    parse("coalesce=deferred:limit=4K", fault);
    assert_string_equal(fault, "not together");
    static const struct tunable_table none = {.count = 0};
    tunables_parse(&none, "a=b", fault, sizeof fault);
    assert_string_equal(fault, "\"a=b\" makes no sense; this allocator has no tunables");
    assert_int_equal(tunables_parse(&none, "a=b", fault, 8), 7);
    assert_string_equal(fault, "\"a=b\" m");
}

/* Starts this program again with the variable set, and gives its exit status and what it says. */
static int run_child(const char *value, bool without_environment, char said[512])
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        unsetenv("LD_PRELOAD"); /* an allocator would read the variable, too */
        setenv("HEAPLAB_TUNABLES_NOT", "coalesce=now", 1);
        setenv("HEAPLAB_TUNABLES", value, 1);
        if (without_environment) {
            setenv("TEST_WITHOUT_ENVIRONMENT", "1", 1);
        }
        execl("/proc/self/exe", "test_tunables", "child", (char *)NULL);
        _exit(127);
    }
    close(pipe_ends[1]);
    size_t length = 0;
    ssize_t more = 1;
    while (more > 0) {
        more = read(pipe_ends[0], said + length, 511 - length);
        length += more > 0 ? (size_t)more : 0;
    }
    close(pipe_ends[0]);
    said[length] = '\0';
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void the_variable_is_read_at_the_start(void **state)
{
    (void)state;
    char said[512];
    for (int without = 0; without <= 1; without++) {
        assert_int_equal(run_child("coalesce=never:limit=7M", without == 1, said), 70);
        assert_int_equal(run_child("coalesce=deferred", without == 1, said), 12);
        assert_int_equal(run_child("", without == 1, said), 11);
        assert_string_equal(said, "");
    }
}

static void nonsense_ends_the_program_with_one_line(void **state)
{
    (void)state;
    char said[512];
    for (int without = 0; without <= 1; without++) {
        assert_int_equal(run_child("coalesce=deferred:limit=4096", without == 1, said), 2);
        assert_string_equal(said,
                            "heaplab allocator: HEAPLAB_TUNABLES "
                            "\"coalesce=deferred:limit=4096\": not together\n");
    }
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1) { /* a child: its status tells the values: 10 * MiB + word */
        return (int)(10 * (tunables[LIMIT].value >> 20) + tunables[COALESCE].value);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(settings_are_taken, reset),
        cmocka_unit_test_setup(nonsense_is_refused, reset),
        cmocka_unit_test_setup(a_refusal_says_what_is_allowed, reset),
        cmocka_unit_test(the_variable_is_read_at_the_start),
        cmocka_unit_test(nonsense_ends_the_program_with_one_line),
    };
    return cmocka_run_group_tests_name("tunables", tests, NULL, NULL);
}

/* The contract when memory ends: NULL and ENOMEM, everything held stays whole, and what is freed
 * can be had again. Each case runs in a child with RLIMIT_AS set before its first allocation: this
 * program, started again with the case's name as its argument. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* NOLINTBEGIN(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI): this program
 * does on purpose what the analyser warns of: size 0, blocks kept after a refused realloc. */

#define LIMIT_BYTES  ((size_t)1 << 30)
#define LARGE_BYTES  ((size_t)16 << 20)
#define SMALL_BYTES  ((size_t)2000)
#define SECONDS_MOST 60

/* A block in a list of all that could be had. */
struct link {
    struct link *next;
};

static struct link *take_all(size_t bytes, size_t *count)
{
    struct link *list = NULL;
    *count = 0;
    errno = 0;
    for (;;) {
        struct link *link = malloc(bytes);
        if (link == NULL) {
            return list;
        }
        link->next = list;
        list = link;
        ++*count;
    }
}

static void free_all(struct link *list)
{
    while (list != NULL) {
        struct link *next = list->next;
        free(list);
        list = next;
    }
}

/* Ends the case's process with a word to standard error: no allocation may be needed here. */
static void require(bool holds, const char *what)
{
    if (!holds) {
        ssize_t written = write(STDERR_FILENO, what, strlen(what));
        _exit(written < 0 ? 3 : 1);
    }
}

static void exhaust(size_t bytes, size_t count_least)
{
    size_t count = 0;
    struct link *list = take_all(bytes, &count);
    require(errno == ENOMEM, "errno is not ENOMEM\n");
    require(count >= count_least, "too few blocks\n");
    errno = 0;
    void *beyond = calloc(1, contract_opaque(LIMIT_BYTES));
    require(beyond == NULL && errno == ENOMEM, "calloc beyond the limit\n");
    free_all(list);
    size_t count_again = 0;
    free_all(take_all(bytes, &count_again));
    require(count_again >= count / 2, "what was freed cannot be had again\n");
}

/* Doubles a block until that is refused; its first bytes come along and outlive the refusal. */
static void exhaust_realloc(void)
{
    enum {
        STAMPED = 1000
    };

    size_t bytes = STAMPED;
    void *block = malloc(bytes);
    require(block != NULL, "no memory at all\n");
    void *larger = block;
    while (larger != NULL) {
        block = larger;
        require(bytes < LIMIT_BYTES, "more than the limit\n");
        contract_stamp(block, STAMPED, 7);
        bytes *= 2;
        errno = 0;
        larger = realloc(block, bytes);
        require(larger == NULL || contract_stamp_holds(larger, STAMPED, block, 7), "contents\n");
    }
    require(errno == ENOMEM, "errno is not ENOMEM\n");
    require(contract_stamp_holds(block, STAMPED, block, 7), "contents after the refusal\n");
    free(block);
}

static int run_case(const char *name)
{
    alarm(SECONDS_MOST);
    if (strcmp(name, "large") == 0) {
        exhaust(contract_opaque(LARGE_BYTES), 8);
    } else if (strcmp(name, "small") == 0) {
        exhaust(contract_opaque(SMALL_BYTES), 10000);
    } else {
        exhaust_realloc();
    }
    return 0;
}

/* The status of the case's process. */
static int run_under_limit(const char *name)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = LIMIT_BYTES, .rlim_max = LIMIT_BYTES};
        setrlimit(RLIMIT_AS, &limit);
        execl("/proc/self/exe", "exhaustion", name, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void large_blocks_end_with_enomem(void **state)
{
    (void)state;
    contract_skip_if_excepted("exhaustion");
    assert_int_equal(run_under_limit("large"), 0);
}

static void small_blocks_end_with_enomem(void **state)
{
    (void)state;
    contract_skip_if_excepted("exhaustion");
    assert_int_equal(run_under_limit("small"), 0);
}

static void a_refused_realloc_keeps_the_block(void **state)
{
    (void)state;
    contract_skip_if_excepted("exhaustion");
    assert_int_equal(run_under_limit("realloc"), 0);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        return run_case(arguments[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_blocks_end_with_enomem),
        cmocka_unit_test(small_blocks_end_with_enomem),
        cmocka_unit_test(a_refused_realloc_keeps_the_block),
    };
    return cmocka_run_group_tests_name("exhaustion", tests, NULL, NULL);
}

/* NOLINTEND(clang-analyzer-unix.Malloc, clang-analyzer-optin.portability.UnixAPI) */

/* The contract for a wrong free: the program ends, by SIGABRT, and no lock of the allocator's is held
 * then, so that a handler that allocates (to tell of the crash, as many do) comes to its end. */
#include "allocators/heap_walk.h"
#include "tests/contract/contract.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANDLED 42
#define SECONDS 10

/* NOLINTBEGIN(bugprone-signal-handler,cert-sig30-c): not what signal-safety(7) allows, but what
 * programs do. */
static void *allocate_and_free(void *context)
{
    for (size_t bytes = 1; bytes <= (size_t)1 << 20; bytes *= 4) {
        char *block = malloc(contract_opaque(bytes));
        if (block == NULL) {
            _exit(1);
        }
        *block = 1;
        free(block);
    }
    return context;
}

static void handle(int signal)
{
    (void)signal;
    pthread_t thread;
    (void)allocate_and_free(NULL);
    if (pthread_create(&thread, NULL, allocate_and_free, NULL) != 0 ||
        pthread_join(thread, NULL) != 0) {
        _exit(1);
    }
    _exit(HANDLED);
}

/* NOLINTEND(bugprone-signal-handler,cert-sig30-c) */

/* The calls as compilers and analysers do not know them. */
static void (*volatile give_back)(void *block) = free;
static void *(*volatile resize)(void *block, size_t bytes) = realloc;

/* A block that lies between two others. */
static char *block_between(void)
{
    static char *block[3];
    for (int i = 0; i < 3; i++) {
        block[i] = malloc(contract_opaque(1000));
        if (block[i] == NULL) {
            _exit(1);
        }
        memset(block[i], 0, 1000);
    }
    return block[1];
}

static void free_twice(void)
{
    char *block = block_between();
    give_back(block);
    give_back(block);
}

static void free_inside(void)
{
    give_back(block_between() + 16);
}

static void resize_inside(void)
{
    _exit(resize(block_between() + 16, 2000) != NULL);
}

static void free_foreign(void)
{
    static _Alignas(64) char array[256];
    give_back(array + 64);
}

/* The exit status of a process that does the misuse; its message is not shown. */
static int status_of(void (*misuse)(void))
{
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS); /* a handler that waits for a lock */
        if (freopen("/dev/null", "w", stderr) == NULL || signal(SIGABRT, handle) == SIG_ERR) {
            _exit(1);
        }
        misuse();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_handler_of_the_abort_can_allocate(void **state)
{
    (void)state;
    static void (*const misuses[])(void) = {free_twice, free_inside, resize_inside, free_foreign};
    if (*contract_file_of(HEAPLAB_HEAP_WALK_SYMBOL) == '\0') {
        print_message("           none of ours: what it does of a wrong free is its own\n");
        skip();
    }
    for (int i = 0; i < 4; i++) {
        int status = status_of(misuses[i]);
        print_message("           misuse %d: status %#x\n", i, (unsigned)status);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), HANDLED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_of_the_abort_can_allocate),
    };
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}

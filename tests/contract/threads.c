/* The contract with many threads: frees of other threads' blocks, threads that come and go, fork. */
#include "tests/contract/contract.h"
#include "workloads/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS      8
#define MAILBOXES    512
#define EXCHANGES    30000
#define FORKS        40
#define FORK_SECONDS 20

/* A block that tells what it should contain: the header, then stamped bytes. */
struct letter {
    size_t bytes; /* with this header */
    uint64_t key;
};

static _Atomic(struct letter *) mailboxes[MAILBOXES];
static atomic_bool damaged;
static atomic_bool stop;

static struct letter *letter_write(struct random *random)
{
    size_t bytes = sizeof(struct letter);
    bytes += (size_t)random_below(random, (uint64_t)4 << random_below(random, 14));
    struct letter *letter = malloc(bytes);
    if (letter == NULL) {
        atomic_store(&damaged, true);
        return NULL;
    }
    *letter = (struct letter){.bytes = bytes, .key = random_next(random)};
    contract_stamp(letter + 1, bytes - sizeof *letter, letter->key);
    return letter;
}

static void letter_read(struct letter *letter)
{
    if (letter == NULL) {
        return;
    }
    size_t rest_bytes = letter->bytes - sizeof *letter;
    if (!contract_stamp_holds(letter + 1, rest_bytes, letter + 1, letter->key)) {
        atomic_store(&damaged, true);
    }
    free(letter);
}

/* Puts a new block into a random mailbox and frees whosever block it finds there. */
static void exchange_one(struct random *random)
{
    size_t box = (size_t)random_below(random, MAILBOXES);
    letter_read(atomic_exchange(&mailboxes[box], letter_write(random)));
}

static void empty_mailboxes(void)
{
    for (int i = 0; i < MAILBOXES; i++) {
        letter_read(atomic_exchange(&mailboxes[i], NULL));
    }
}

static void *exchange(void *context)
{
    struct random random;
    random_seed(&random, 2, *(const uint64_t *)context);
    for (int i = 0; i < EXCHANGES; i++) {
        exchange_one(&random);
    }
    return NULL;
}

static void *exchange_until_stopped(void *context)
{
    struct random random;
    random_seed(&random, 3, *(const uint64_t *)context);
    while (!atomic_load(&stop)) {
        exchange_one(&random);
    }
    return NULL;
}

static const uint64_t seeds[THREADS] = {1, 2, 3, 4, 5, 6, 7, 8};

static void start_threads(pthread_t *threads, int count, void *(*run)(void *context))
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)&seeds[i]), 0);
    }
}

static void join_threads(const pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void blocks_survive_frees_by_other_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    start_threads(threads, THREADS, exchange);
    join_threads(threads, THREADS);
    empty_mailboxes();
    assert_false(atomic_load(&damaged));
}

static size_t resident_bytes(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(length > 0);
    char *second = strchr(text, ' ');
    assert_non_null(second);
    return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static void *short_life(void *context)
{
    struct random random;
    random_seed(&random, 4, *(const uint64_t *)context);
    for (int i = 0; i < 100; i++) {
        exchange_one(&random);
    }
    return NULL;
}

static void live_and_die(int lives)
{
    for (int i = 0; i < lives; i++) {
        pthread_t threads[2];
        start_threads(threads, 2, short_life);
        join_threads(threads, 2);
    }
}

/* 2,000 threads that end while others hold their blocks, and the reverse. What a dead thread had
 * must serve the next ones: 2,000 times 16 KiB would be seen. */
static void dead_threads_leave_nothing_behind(void **state)
{
    (void)state;
    contract_skip_if_excepted("dead-threads");
    live_and_die(500);
    size_t before_bytes = resident_bytes();
    live_and_die(1000);
    size_t after_bytes = resident_bytes();
    empty_mailboxes();
    assert_false(atomic_load(&damaged));
    size_t grown_bytes = after_bytes > before_bytes ? after_bytes - before_bytes : 0;
    assert_in_range(grown_bytes, 0, (size_t)16 << 20);
}

/* The child of a threaded parent: its heap must work, whatever the other threads were doing. */
static _Noreturn void work_in_child(void)
{
    alarm(FORK_SECONDS); /* a lock that nobody is left to release */
    struct random random;
    random_seed(&random, 5, 0);
    for (int i = 0; i < 1000; i++) {
        exchange_one(&random);
    }
    empty_mailboxes();
    _exit(atomic_load(&damaged) ? 1 : 0);
}

static void a_forked_child_can_allocate(void **state)
{
    (void)state;
    contract_skip_if_excepted("fork");
    pthread_t threads[4];
    atomic_store(&stop, false);
    start_threads(threads, 4, exchange_until_stopped);
    int bad_status = 0;
    for (int i = 0; i < FORKS && bad_status == 0; i++) {
        pid_t child = fork();
        if (child == 0) {
            work_in_child();
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        bad_status = status;
    }
    atomic_store(&stop, true);
    join_threads(threads, 4);
    empty_mailboxes();
    assert_int_equal(bad_status, 0); /* 14: the alarm, a deadlock */
    assert_false(atomic_load(&damaged));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_survive_frees_by_other_threads),
        cmocka_unit_test(dead_threads_leave_nothing_behind),
        cmocka_unit_test(a_forked_child_can_allocate),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}

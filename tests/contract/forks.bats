#!/usr/bin/env bats
# fork under our allocators when another library has fork handlers with a lock under which threads
# allocate: whoever takes the allocators' locks before that lock waits for ever.
# HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    cd "$BATS_TEST_TMPDIR" || return
    cat >locked.c <<'END'
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void locked_take(void)
{
    pthread_mutex_lock(&lock);
}

void locked_drop(void)
{
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void set_up(void)
{
    pthread_atfork(locked_take, locked_drop, locked_drop);
}
END
    cat >forks.c <<'END'
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void locked_take(void);
void locked_drop(void);

static atomic_bool is_over;

static void *work(void *unused)
{
    while (!is_over) {
        locked_take();
        for (int i = 0; i < 50; i++) {
            free(malloc(100));
        }
        locked_drop();
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, work, NULL);
    for (int i = 0; i < 200 && !failed; i++) {
        pid_t child = fork();
        if (child == 0) {
            free(malloc(9));
            _exit(0);
        }
        int status = 1;
        failed = child < 0 || waitpid(child, &status, 0) < 0 || status != 0;
    }
    is_over = 1;
    pthread_join(thread, NULL);
    return failed;
}
END
    gcc -O1 -shared -fPIC -o liblocked.so locked.c
    gcc -O1 -o forks forks.c -L. -llocked "-Wl,-rpath,$PWD" -pthread
}

@test "a library that locks around fork, and allocates under its lock, does not wait for ever" {
    ./forks
    for name in bin first-fit best-fit next-fit worst-fit first-fit-lifo good-fit buddy buddy-lazy \
        buddy-fibonacci buddy-weighted pool arena; do
        echo "$name"
        LD_PRELOAD=$build/lib$name.so timeout 60 ./forks
    done
    HEAPLAB_TUNABLES=heaps=thread LD_PRELOAD=$build/libfirst-fit.so timeout 60 ./forks
}

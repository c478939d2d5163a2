#include "harness/replay/edges.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static int spins = 512;

void edge_never_spin(void)
{
    spins = 0;
}

static void futex_wait(_Atomic uint32_t *word, uint32_t seen)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void spin_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sequentially consistent on both sides: either the signaller sees the sleeper, or the sleeper
 * sees the signal. */
void edge_signal(struct edge_counter *counter)
{
    atomic_fetch_add(&counter->signals, 1);
    if (atomic_load(&counter->sleepers) != 0) {
        futex_wake_all(&counter->signals);
    }
}

void edge_wait(struct edge_counter *counter, uint32_t ordinal)
{
    for (int i = 0; i < spins; i++) {
        if (atomic_load_explicit(&counter->signals, memory_order_acquire) >= ordinal) {
            return;
        }
        spin_pause();
    }
    atomic_fetch_add(&counter->sleepers, 1);
    uint32_t seen;
    while ((seen = atomic_load(&counter->signals)) < ordinal) {
        futex_wait(&counter->signals, seen);
    }
    atomic_fetch_sub(&counter->sleepers, 1);
}

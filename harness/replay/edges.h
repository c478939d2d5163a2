/* Edges between replaying threads: a thread gives signals, others wait for the n-th. Release and
 * acquire; a waiter spins briefly and then sleeps on a futex, so that more threads than processors
 * make progress too. */
#ifndef HARNESS_REPLAY_EDGES_H
#define HARNESS_REPLAY_EDGES_H

#include <stdatomic.h>
#include <stdint.h>

/* One for each thread of the stream, on cache lines of its own. */
struct edge_counter {
    _Alignas(128) _Atomic uint32_t signals;
    _Atomic uint32_t sleepers;
};

void edge_signal(struct edge_counter *counter);

/* Returns when `counter` has given `ordinal` signals. */
void edge_wait(struct edge_counter *counter, uint32_t ordinal);

/* From now on waiters sleep at once: where instructions are counted, spinning would be counted. Call
 * before any thread is started. */
void edge_never_spin(void);

#endif

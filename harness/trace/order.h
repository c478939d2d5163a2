/* What each thread of a trace knows of the others: vector clocks, as in the race detector FastTrack
 * (Flanagan and Freund, 2009), fed with a trace's signals, waits and thread starts.
 *
 * A thread's epoch counts the edges that leave it. An event of thread u at epoch e is known to
 * thread t, and so ordered before what t does next, when order_clock(t)[u] > e.
 *
 * Inside harness/trace only. */
#ifndef HARNESS_TRACE_ORDER_H
#define HARNESS_TRACE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct order;

/* No edges yet. At most `bytes_max` bytes are kept for edges. NULL: out of memory. */
struct order *order_new(uint32_t threads, uint64_t bytes_max);
void order_free(struct order *order); /* NULL is allowed */

/* The edges. Threads are in range. False: they need more than bytes_max, or memory is out. */
bool order_signal(struct order *order, uint32_t thread);
bool order_start(struct order *order, uint32_t thread, uint32_t started);

/* `ordinal` counts from 1 and was given by `signaller`. */
void order_wait(struct order *order, uint32_t thread, uint32_t signaller, uint32_t ordinal);

uint32_t order_epoch(const struct order *order, uint32_t thread);

/* One entry per thread; stays where it is. The thread's own entry means nothing. */
const uint32_t *order_clock(const struct order *order, uint32_t thread);

#endif

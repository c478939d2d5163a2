/* Vector clocks: see order.h.
 *
 * A wait needs the signaller's clock as it was at the signal. Most signals follow one another
 * without a wait between, and then share one copy of the clock. */
#include "harness/trace/order.h"

#include <stdlib.h>
#include <string.h>

/* What a signal published. */
struct published {
    uint32_t epoch; /* the signaller's, behind the signal */
    uint32_t copy;  /* number of the copy of its clock */
};

struct order_thread {
    uint32_t epoch;
    bool learned; /* the clock changed since the last copy */
    uint32_t *copy;
    uint32_t copies;
    uint32_t copies_capacity;
    struct published *signal;
    uint32_t signals;
    uint32_t signals_capacity;
};

struct order {
    uint32_t threads;
    uint64_t bytes_left;
    uint32_t *clock; /* threads x threads */
    struct order_thread thread[];
};

struct order *order_new(uint32_t threads, uint64_t bytes_max)
{
    struct order *order = calloc(1, sizeof *order + threads * sizeof order->thread[0]);
    if (order == NULL) {
        return NULL;
    }
    order->threads = threads;
    order->bytes_left = bytes_max;
    order->clock = calloc((size_t)threads * threads, sizeof *order->clock);
    if (order->clock == NULL) {
        free(order);
        return NULL;
    }
    for (uint32_t i = 0; i < threads; i++) {
        order->thread[i].learned = true;
    }
    return order;
}

void order_free(struct order *order)
{
    if (order == NULL) {
        return;
    }
    for (uint32_t i = 0; i < order->threads; i++) {
        free(order->thread[i].copy);
        free(order->thread[i].signal);
    }
    free(order->clock);
    free(order);
}

static uint32_t *clock_of(const struct order *order, uint32_t thread)
{
    return order->clock + (size_t)thread * order->threads;
}

/* Makes room for one more item; false when the budget or memory is out. */
static bool
make_room(struct order *order, void **items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity) {
        return true;
    }
    uint64_t grown = *capacity == 0 ? 4 : 2 * (uint64_t)*capacity;
    uint64_t more_bytes = (grown - *capacity) * item_bytes;
    if (grown > UINT32_MAX || more_bytes > order->bytes_left) {
        return false;
    }
    void *moved = reallocarray(*items, grown, item_bytes);
    if (moved == NULL) {
        return false;
    }
    order->bytes_left -= more_bytes;
    *items = moved;
    *capacity = (uint32_t)grown;
    return true;
}

static bool copy_clock(struct order *order, uint32_t number)
{
    struct order_thread *thread = &order->thread[number];
    size_t bytes = order->threads * sizeof *thread->copy;
    void *copies = thread->copy;
    bool room = make_room(order, &copies, thread->copies, &thread->copies_capacity, bytes);
    thread->copy = copies;
    if (!room) {
        return false;
    }
    memcpy((char *)thread->copy + thread->copies * bytes, clock_of(order, number), bytes);
    thread->copies++;
    thread->learned = false;
    return true;
}

bool order_signal(struct order *order, uint32_t number)
{
    struct order_thread *thread = &order->thread[number];
    if (thread->epoch == UINT32_MAX || (thread->learned && !copy_clock(order, number))) {
        return false;
    }
    void *signals = thread->signal;
    bool room = make_room(
        order, &signals, thread->signals, &thread->signals_capacity, sizeof *thread->signal);
    thread->signal = signals;
    if (!room) {
        return false;
    }
    thread->epoch++;
    thread->signal[thread->signals++] =
        (struct published){.epoch = thread->epoch, .copy = thread->copies - 1};
    return true;
}

/* `thread` comes to know what `known` says and the first `epoch` epochs of `other`. */
static void
learn(struct order *order, uint32_t thread, const uint32_t *known, uint32_t other, uint32_t epoch)
{
    uint32_t *clock = clock_of(order, thread);
    for (uint32_t i = 0; i < order->threads; i++) {
        clock[i] = known[i] > clock[i] ? known[i] : clock[i];
    }
    clock[other] = epoch > clock[other] ? epoch : clock[other];
    order->thread[thread].learned = true;
}

bool order_start(struct order *order, uint32_t number, uint32_t started)
{
    struct order_thread *thread = &order->thread[number];
    if (thread->epoch == UINT32_MAX) {
        return false;
    }
    thread->epoch++;
    learn(order, started, clock_of(order, number), number, thread->epoch);
    return true;
}

void order_wait(struct order *order, uint32_t thread, uint32_t signaller, uint32_t ordinal)
{
    const struct order_thread *other = &order->thread[signaller];
    const struct published *published = &other->signal[ordinal - 1];
    if (thread == signaller || clock_of(order, thread)[signaller] >= published->epoch) {
        return; /* known already, and with it all that the signaller knew then */
    }
    const uint32_t *copy = other->copy + (size_t)published->copy * order->threads;
    learn(order, thread, copy, signaller, published->epoch);
}

uint32_t order_epoch(const struct order *order, uint32_t thread)
{
    return order->thread[thread].epoch;
}

const uint32_t *order_clock(const struct order *order, uint32_t thread)
{
    return clock_of(order, thread);
}

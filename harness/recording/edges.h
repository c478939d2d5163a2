/* The order between threads that a replay must keep: an edge from the last event on an object in
 * one thread to the next in another, except where other edges imply it. An address that was used
 * again makes no edge. Not thread-safe. */
#ifndef HARNESS_RECORDING_EDGES_H
#define HARNESS_RECORDING_EDGES_H

#include "harness/recording/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Events are named by their index in the history. */
struct edge {
    uint32_t from;    /* its thread signals right after it */
    uint32_t to;      /* its thread waits right before it */
    uint32_t ordinal; /* of the signal among its thread's, from 1; edges may share one */
};

/* Ordered by `to`. */
struct edges {
    struct edge *edge;
    size_t count;
    size_t capacity;
    uint64_t crossings; /* events on an object that another thread used last, implied or not */
};

/* Finds the edges, given that a thread begins right after the event before its first one (which
 * is an order too). False, with `edges` empty, when memory is out. */
bool edges_find(const struct history *history, struct edges *edges, struct error *error);

void edges_free(struct edges *edges);

#endif

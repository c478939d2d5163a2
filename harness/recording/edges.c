/* Transitive reduction by vector clocks (Fidge 1988, Mattern 1989): clock[t][u] is how far thread t
 * is known to come after thread u, as 1 + the index of u's event in the history. Events are
 * visited in their order, so an edge is left out exactly when those kept before imply it.
 *
 * An edge may start later than it must: at any event of its source that was recorded before its
 * target, and the later it starts, the more of the target's next needs it implies. Starting it
 * half way (in events of the source) leaves half of the slack that the recording had, and where a
 * thread takes over a thousand blocks it needs ten edges instead of a thousand.
 *
 * An edge tells its target all that its source knew at that event, which may be long ago. So a
 * thread's clock is kept as it was after each of its waits, within a budget; past it an edge
 * is taken to tell of its source alone, which keeps too many edges rather than too few. */
#include "harness/recording/edges.h"

#include <stdlib.h>
#include <string.h>

#define EDGES_FIRST       1024
#define CLOCK_WORDS_LIMIT (UINT64_C(64) << 20)

/* A thread's clock from one of its events on. */
struct learned {
    uint32_t since; /* the event */
    uint32_t *clock;
};

struct knowledge {
    struct learned *learned; /* by rising `since` */
    size_t count;
    size_t capacity;
};

struct reduction {
    const struct history *history;
    struct edges *edges;
    uint32_t *rank;              /* per event: which of its thread's it is, from 0 */
    uint32_t **events;           /* per thread: its events */
    uint32_t *seen;              /* per thread: how many of them have been visited */
    uint32_t *clock;             /* [thread][thread] */
    uint32_t *last;              /* per slot: 1 + the last event on it; 0: it is empty */
    struct knowledge *knowledge; /* per thread */
    bool *begun;                 /* per thread */
    uint64_t clock_words;        /* kept in `knowledge` */
};

static void merge_clock(uint32_t *into, const uint32_t *from, uint32_t threads)
{
    for (uint32_t i = 0; i < threads; i++) {
        into[i] = from[i] > into[i] ? from[i] : into[i];
    }
}

/* Keeps the clock that a thread has from the event `since` on. False: memory is out. */
static bool remember(struct reduction *reduction, uint16_t thread, uint32_t since)
{
    uint32_t threads = reduction->history->threads;
    struct knowledge *knowledge = &reduction->knowledge[thread];
    if (reduction->clock_words + threads > CLOCK_WORDS_LIMIT) {
        return true;
    }
    if (knowledge->count == knowledge->capacity) {
        size_t capacity = knowledge->capacity ? 2 * knowledge->capacity : 16;
        struct learned *grown = realloc(knowledge->learned, capacity * sizeof *grown);
        if (!grown) {
            return false;
        }
        knowledge->learned = grown;
        knowledge->capacity = capacity;
    }
    uint32_t *clock = malloc(threads * sizeof *clock);
    if (!clock) {
        return false;
    }
    memcpy(clock, reduction->clock + (size_t)thread * threads, threads * sizeof *clock);
    struct learned *learned = &knowledge->learned[knowledge->count++];
    learned->since = since;
    learned->clock = clock;
    reduction->clock_words += threads;
    return true;
}

/* The clock that a thread had at one of its events, less its own part; NULL: it knew of nobody. */
static const uint32_t *recall(const struct knowledge *knowledge, uint32_t event)
{
    size_t low = 0;
    size_t high = knowledge->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): middle < count
        if (knowledge->learned[middle].since <= event) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? knowledge->learned[low - 1].clock : NULL;
}

static bool add_edge(struct edges *edges, uint32_t from, uint32_t to)
{
    if (edges->count == edges->capacity) {
        size_t capacity = edges->capacity ? 2 * edges->capacity : EDGES_FIRST;
        struct edge *grown = realloc(edges->edge, capacity * sizeof *grown);
        if (!grown) {
            return false;
        }
        edges->edge = grown;
        edges->capacity = capacity;
    }
    edges->edge[edges->count++] = (struct edge){.from = from, .to = to};
    return true;
}

/* The thread of event `to` comes after the event `from` of another. */
static bool learn(struct reduction *reduction, uint32_t from, uint32_t to)
{
    const struct history *history = reduction->history;
    uint16_t source = history->event[from].thread;
    uint16_t target = history->event[to].thread;
    uint32_t *clock = reduction->clock + (size_t)target * history->threads;
    const uint32_t *known = recall(&reduction->knowledge[source], from);
    if (known) {
        merge_clock(clock, known, history->threads);
    }
    clock[source] = clock[source] > from ? clock[source] : from + 1;
    return remember(reduction, target, to);
}

/* The event half way between `from` and its thread's latest. */
static uint32_t half_way(const struct reduction *reduction, uint32_t from)
{
    uint16_t source = reduction->history->event[from].thread;
    uint32_t rank = reduction->rank[from];
    uint32_t latest = reduction->seen[source] - 1;
    return reduction->events[source][rank + (latest - rank) / 2];
}

/* The event `to` needs `from` of another thread: an edge, unless others imply it. */
static bool require(struct reduction *reduction, uint32_t from, uint32_t to)
{
    const struct history *history = reduction->history;
    uint16_t source = history->event[from].thread;
    uint16_t target = history->event[to].thread;
    reduction->edges->crossings++;
    if (reduction->clock[(size_t)target * history->threads + source] > from) {
        return true;
    }
    uint32_t start = half_way(reduction, from);
    return add_edge(reduction->edges, start, to) && learn(reduction, start, to);
}

static bool visit(struct reduction *reduction, uint32_t index)
{
    const struct history *history = reduction->history;
    const struct history_event *event = &history->event[index];
    if (!reduction->begun[event->thread]) {
        reduction->begun[event->thread] = true;
        if (index > 0 && !learn(reduction, index - 1, index)) {
            return false;
        }
    }
    bool uses = event->kind == EVENT_FREE || event->kind == EVENT_REALLOC;
    uint32_t last = reduction->last[event->slot];
    if (uses && history->event[last - 1].thread != event->thread &&
        !require(reduction, last - 1, index)) {
        return false;
    }
    reduction->seen[event->thread]++;
    reduction->last[event->slot] = index + 1;
    return true;
}

/* Lists the events of each thread. False: memory is out. */
static bool rank_events(struct reduction *reduction)
{
    const struct history *history = reduction->history;
    for (uint32_t i = 0; i < history->count; i++) {
        reduction->rank[i] = reduction->seen[history->event[i].thread]++;
    }
    for (uint32_t t = 0; t < history->threads; t++) {
        reduction->events[t] = calloc(reduction->seen[t], sizeof **reduction->events);
        if (!reduction->events[t]) {
            return false;
        }
        reduction->seen[t] = 0;
    }
    for (uint32_t i = 0; i < history->count; i++) {
        reduction->events[history->event[i].thread][reduction->rank[i]] = i;
    }
    return true;
}

static bool reduction_prepare(struct reduction *reduction)
{
    const struct history *history = reduction->history;
    size_t threads = history->threads;
    reduction->rank = calloc(history->count, sizeof *reduction->rank);
    reduction->events = calloc(threads, sizeof *reduction->events);
    reduction->seen = calloc(threads, sizeof *reduction->seen);
    reduction->clock = calloc(threads * threads, sizeof *reduction->clock);
    reduction->last = calloc(history->slots, sizeof *reduction->last);
    reduction->knowledge = calloc(threads, sizeof *reduction->knowledge);
    reduction->begun = calloc(threads, sizeof *reduction->begun);
    return reduction->rank && reduction->events && reduction->seen && reduction->clock &&
           reduction->last && reduction->knowledge && reduction->begun && rank_events(reduction);
}

static bool reduce(struct reduction *reduction)
{
    if (!reduction_prepare(reduction)) {
        return false;
    }
    for (uint32_t i = 0; i < reduction->history->count; i++) {
        if (!visit(reduction, i)) {
            return false;
        }
    }
    return true;
}

static void knowledge_free(struct knowledge *knowledge)
{
    for (size_t i = 0; i < knowledge->count; i++) {
        free(knowledge->learned[i].clock);
    }
    free(knowledge->learned);
}

static void reduction_free(struct reduction *reduction)
{
    for (uint32_t t = 0; reduction->knowledge && t < reduction->history->threads; t++) {
        knowledge_free(&reduction->knowledge[t]);
    }
    for (uint32_t t = 0; reduction->events && t < reduction->history->threads; t++) {
        free(reduction->events[t]);
    }
    free(reduction->rank);
    free(reduction->events);
    free(reduction->seen);
    free(reduction->knowledge);
    free(reduction->clock);
    free(reduction->last);
    free(reduction->begun);
}

/* ---- Numbering the signals ---- */

static int compare_from(const void *a, const void *b)
{
    const struct edge *left = a;
    const struct edge *right = b;
    return (left->from > right->from) - (left->from < right->from);
}

static int compare_to(const void *a, const void *b)
{
    const struct edge *left = a;
    const struct edge *right = b;
    return (left->to > right->to) - (left->to < right->to);
}

/* A thread's signals are counted in the order of the events that they follow. */
static bool number_signals(const struct history *history, struct edges *edges)
{
    uint32_t *signals = calloc(history->threads, sizeof *signals);
    if (!signals) {
        return false;
    }
    qsort(edges->edge, edges->count, sizeof *edges->edge, compare_from);
    for (size_t i = 0; i < edges->count; i++) {
        struct edge *edge = &edges->edge[i];
        bool shared = i > 0 && edges->edge[i - 1].from == edge->from;
        uint32_t *given = &signals[history->event[edge->from].thread];
        edge->ordinal = shared ? *given : ++*given;
    }
    qsort(edges->edge, edges->count, sizeof *edges->edge, compare_to);
    free(signals);
    return true;
}

bool edges_find(const struct history *history, struct edges *edges, struct error *error)
{
    *edges = (struct edges){0};
    if (history->threads < 2) {
        return true;
    }
    struct reduction reduction = {.history = history, .edges = edges};
    bool found = reduce(&reduction) && (edges->count == 0 || number_signals(history, edges));
    reduction_free(&reduction);
    if (!found) {
        edges_free(edges);
        return error_set(error, "cannot find the order between threads: memory is out");
    }
    return true;
}

void edges_free(struct edges *edges)
{
    free(edges->edge);
    *edges = (struct edges){0};
}

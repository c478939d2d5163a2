/* stack: blocks die in the reverse order of their births, as if they were variables of a recursive
 * program.
 *
 * A call allocates some objects, calls itself on two parts of its work, frees its objects in reverse
 * order and returns. The work is some items of which a random one is dealt with and the others are
 * cut in two there, as quicksort does it: so the depth goes up and down as in a recursive descent,
 * about 2 ln(items) deep in the mean (Knuth, TAOCP 3, 5.2.2), with most calls near the bottom. When
 * a recursion is through, the next begins.
 *
 * For what stack allocation saves: the same events can be served by an arena with marks, or by the
 * thread's own stack. Our own. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    ITEMS,
    OBJECTS,
    LEAST,
    MOST,
    CALLS
};

#define ITEMS_MOST   (1 << 20)
#define OBJECTS_MOST 64
#define RETURN       UINT32_MAX /* in place of a number of items */

/* What is left to do, the next last: calls on so many items, and returns. A call puts at most three
 * more where it stood and takes an item away, so that there are never more than 2 * items + 2. */
struct agenda {
    uint32_t *items;
    uint64_t length;
};

static void plan(struct agenda *agenda, uint32_t items)
{
    agenda->items[agenda->length++] = items;
}

struct machine {
    const struct workload_request *request;
    struct stream_builder *builder;
    uint32_t thread;
    struct random random;
    struct agenda agenda;
    uint32_t *slot; /* of the live objects, the youngest last */
    uint64_t live;
};

static void call(struct machine *machine, uint32_t items)
{
    const uint64_t *parameter = machine->request->parameter;
    for (uint64_t i = 0; i < parameter[OBJECTS]; i++) {
        uint64_t size = random_between(&machine->random, parameter[LEAST], parameter[MOST]);
        machine->slot[machine->live++] = stream_malloc(machine->builder, machine->thread, size);
    }
    plan(&machine->agenda, RETURN);
    uint32_t first = (uint32_t)random_below(&machine->random, items);
    uint32_t second = items - 1 - first;
    if (second > 0) {
        plan(&machine->agenda, second);
    }
    if (first > 0) {
        plan(&machine->agenda, first);
    }
}

static void leave(struct machine *machine)
{
    for (uint64_t i = 0; i < machine->request->parameter[OBJECTS]; i++) {
        stream_free(machine->builder, machine->thread, machine->slot[--machine->live]);
    }
}

/* One recursion, cut short after `calls` calls: then it only returns. Returns how many are left. */
static uint64_t recurse(struct machine *machine, uint64_t calls)
{
    struct agenda *agenda = &machine->agenda;
    plan(agenda, (uint32_t)machine->request->parameter[ITEMS]);
    while (agenda->length > 0) {
        uint32_t next = agenda->items[--agenda->length];
        if (next == RETURN) {
            leave(machine);
        } else if (calls > 0) {
            call(machine, next);
            calls--;
        }
    }
    return calls;
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    if (parameter[LEAST] > parameter[MOST]) {
        stream_builder_fail(builder, "size_bytes_min must not be larger than size_bytes_max");
        return;
    }
    uint64_t agenda_most = 2 * parameter[ITEMS] + 2;
    uint64_t live_most = parameter[ITEMS] * parameter[OBJECTS];
    uint32_t *room = generator_slots(builder, agenda_most + live_most);
    uint64_t calls = scaled(request, parameter[CALLS]);
    for (uint32_t thread = 0; room != NULL && thread < request->threads; thread++) {
        struct machine machine = {.request = request,
                                  .builder = builder,
                                  .thread = thread,
                                  .agenda = {.items = room},
                                  .slot = room + agenda_most};
        random_seed(&machine.random, request->seed, thread);
        uint64_t left = share(calls, request->threads, thread);
        while (left > 0) {
            left = recurse(&machine, left);
        }
    }
    free(room);
}

const struct workload workload_stack = {
    .name = "stack",
    .behaviour = "stack order: recursive calls that free their objects in reverse",
    .source = "heaplab, after quicksort",
    .threaded = true,
    .parameter =
        {
            [ITEMS] = {"items", 4096, 1, ITEMS_MOST, "of a recursion: about 2 ln(items) deep"},
            [OBJECTS] = {"objects", 2, 1, OBJECTS_MOST, "made by each call"},
            [LEAST] = {"size_bytes_min", 16, 1, 1 << 20, "smallest object"},
            [MOST] = {"size_bytes_max", 256, 1, 1 << 20, "largest object"},
            [CALLS] =
                {"calls", 500000, 1, UINT64_C(1) << 36, "in all threads: multiplied by the scale"},
        },
    .generate = generate,
};

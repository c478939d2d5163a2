#include "harness/campaign/plan.h"

#include "workloads/random.h"

#include <stdlib.h>
#include <string.h>

#define PASSES_MOST      4
#define SEQUENCE_OF_PLAN (UINT64_C(1) << 32) /* apart from the sequences of generators */

static bool is_floor(const struct options *options, size_t allocator)
{
    return strcmp(options->allocators.items[allocator].name, ALLOCATOR_FLOOR) == 0;
}

static void add_cell(struct plan *plan, struct plan_cell cell, size_t allocator)
{
    cell.allocator = (uint32_t)allocator;
    plan->cells[plan->count++] = cell;
}

/* The floor has only a time and a count of instructions: it keeps no books, so that memory and
 * contents mean nothing. */
static bool has_floor(const char *pass)
{
    return strcmp(pass, "throughput") == 0 || strcmp(pass, "instructions") == 0;
}

static void add_group(struct plan *plan, const struct options *options, struct plan_cell cell)
{
    bool floored = has_floor(cell.pass);
    cell.group = (uint32_t)plan->groups++;
    for (size_t i = 0; i < options->allocators.count; i++) {
        cell.floor = is_floor(options, i);
        if (floored || !cell.floor) {
            add_cell(plan, cell, i);
        }
    }
}

static void add_pass(struct plan *plan, const struct options *options, const char *pass)
{
    for (size_t source = 0; source < options->source_count; source++) {
        bool threaded = source_is_threaded(&options->sources[source]);
        size_t variants = threaded ? options->thread_count : 1;
        for (size_t i = 0; i < variants; i++) {
            struct plan_cell cell = {.pass = pass, .source = (uint32_t)source};
            cell.threads = threaded ? options->threads[i] : 1;
            add_group(plan, options, cell);
        }
    }
}

bool plan_make(struct plan *plan, const struct options *options, struct error *error)
{
    size_t most =
        PASSES_MOST * options->source_count * options->thread_count * options->allocators.count;
    *plan = (struct plan){.cells = calloc(most, sizeof(struct plan_cell))};
    if (plan->cells == NULL) {
        return error_set(error, "cannot plan the campaign: out of memory");
    }
    if (options->pass_check) {
        add_pass(plan, options, "check");
    }
    if (options->pass_throughput) {
        add_pass(plan, options, "throughput");
    }
    if (options->pass_memory) {
        add_pass(plan, options, "memory");
    }
    if (options->pass_instructions) {
        add_pass(plan, options, "instructions");
    }
    return true;
}

static int compare_cells(const void *one, const void *other)
{
    const struct plan_cell *a = one;
    const struct plan_cell *b = other;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    if (a->floor != b->floor) {
        return a->floor ? -1 : 1;
    }
    return (a->allocator > b->allocator) - (a->allocator < b->allocator);
}

static void swap_cells(struct plan_cell *one, struct plan_cell *other)
{
    struct plan_cell kept = *one;
    *one = *other;
    *other = kept;
}

/* Fisher and Yates. */
static void shuffle_cells(struct plan_cell *cells, size_t count, struct random *random)
{
    for (size_t i = count; i > 1; i--) {
        swap_cells(&cells[i - 1], &cells[random_below(random, i)]);
    }
}

static void swap_groups(struct plan_cell *one, struct plan_cell *other, size_t cells)
{
    for (size_t i = 0; i < cells; i++) {
        swap_cells(&one[i], &other[i]);
    }
}

/* Shuffles the groups of one pass, which are of one size, and the cells inside each. */
static void shuffle_pass(struct plan_cell *cells, size_t groups, size_t size, struct random *random)
{
    bool floor_first = has_floor(cells[0].pass);
    for (size_t i = groups; i > 1; i--) {
        size_t j = random_below(random, i);
        if (j != i - 1) {
            swap_groups(&cells[(i - 1) * size], &cells[j * size], size);
        }
    }
    for (size_t i = 0; i < groups; i++) {
        size_t fixed = floor_first ? 1 : 0;
        shuffle_cells(&cells[i * size + fixed], size - fixed, random);
    }
}

void plan_shuffle(struct plan *plan, uint64_t seed, uint64_t block)
{
    struct random random;
    random_seed(&random, seed, SEQUENCE_OF_PLAN + block);
    qsort(plan->cells, plan->count, sizeof *plan->cells, compare_cells);
    for (size_t first = 0; first < plan->count;) {
        size_t end = first + 1;
        size_t groups = 1;
        for (; end < plan->count && strcmp(plan->cells[end].pass, plan->cells[first].pass) == 0;
             end++) {
            groups += plan->cells[end].group != plan->cells[end - 1].group ? 1 : 0;
        }
        shuffle_pass(&plan->cells[first], groups, (end - first) / groups, &random);
        first = end;
    }
}

void plan_free(struct plan *plan)
{
    free(plan->cells);
    *plan = (struct plan){0};
}

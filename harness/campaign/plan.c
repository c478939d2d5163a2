#include "harness/campaign/plan.h"

#include "harness/campaign/square.h"
#include "workloads/random.h"

#include <stdlib.h>
#include <string.h>

#define PASSES_MOST        5
#define ROWS_PER_CELL_MOST 2 /* of a square: an odd number of cells has two of them */
/* Apart from the sequences of generators and from each other. */
#define SEQUENCE_OF_PLAN    (UINT64_C(1) << 32)
#define SEQUENCE_OF_SQUARES (UINT64_C(1) << 62)
#define SQUARES_MOST        (UINT64_C(1) << 32) /* of a group */

/* Which order is asked for. */
struct turn {
    uint64_t seed;
    uint64_t block;
};

static bool is_named(const struct options *options, size_t allocator, const char *name)
{
    return strcmp(options->allocators.items[allocator].name, name) == 0;
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

/* The baseline runs a second time where a figure differs from run to run. */
static bool has_again(const char *pass)
{
    return strcmp(pass, "throughput") == 0 || strcmp(pass, "memory") == 0 ||
           strcmp(pass, "latency") == 0;
}

static void add_group(struct plan *plan, const struct options *options, struct plan_cell cell)
{
    bool floored = has_floor(cell.pass);
    cell.group = (uint32_t)plan->groups++;
    for (size_t i = 0; i < options->allocators.count; i++) {
        bool again = is_named(options, i, ALLOCATOR_AGAIN);
        cell.floor = is_named(options, i, ALLOCATOR_FLOOR);
        cell.contestant =
            allocator_is_contestant(options->allocators.items[i].name, options->baseline);
        if ((floored || !cell.floor) && (!again || has_again(cell.pass))) {
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
    *plan = (struct plan){
        .cells = calloc(most, sizeof *plan->cells),
        .entries = calloc(ROWS_PER_CELL_MOST * options->allocators.count, sizeof *plan->entries),
        .spare = calloc(options->allocators.count, sizeof *plan->spare),
        .first_counted = options->warm_up ? 1 : 0,
    };
    if (plan->cells == NULL || plan->entries == NULL || plan->spare == NULL) {
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
    if (options->pass_latency) {
        add_pass(plan, options, "latency");
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

/* The row of a square that is used as the `index`-th: each once, in an order drawn at random. */
static size_t draw_row(uint32_t *rows, size_t count, size_t index, struct random *random)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = (uint32_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(random, i);
        uint32_t kept = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = kept;
    }
    return rows[index];
}

/* Puts cells that are in order into that of a row. */
static void take_row(const struct plan *plan, struct plan_cell *cells, size_t count, size_t row)
{
    square_row(plan->entries, count, row);
    memcpy(plan->spare, cells, count * sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        cells[i] = plan->spare[plan->entries[i]];
    }
}

/* Puts the cells of a group, which are in the order of the plan, into that of a block: as many blocks
 * on end as a square has rows are one square, the next ones another. The warm-up block is one by
 * itself. */
static void
order_group(const struct plan *plan, struct plan_cell *cells, size_t count, const struct turn *turn)
{
    size_t rows = square_rows(count);
    bool counted = turn->block >= plan->first_counted;
    uint64_t index = counted ? turn->block - plan->first_counted : 0;
    uint64_t square = counted ? index / rows : SQUARES_MOST - 1;
    struct random random;
    random_seed(&random, turn->seed, SEQUENCE_OF_SQUARES + cells->group * SQUARES_MOST + square);
    shuffle_cells(cells, count, &random);
    take_row(plan, cells, count, draw_row(plan->entries, rows, index % rows, &random));
}

/* Shuffles the groups of one pass, which are of one size, and orders the cells inside each. */
static void shuffle_pass(const struct plan *plan,
                         struct plan_cell *cells,
                         size_t count,
                         const struct turn *turn,
                         struct random *random)
{
    size_t fixed = has_floor(cells[0].pass) ? 1 : 0;
    size_t groups = 1 + cells[count - 1].group - cells[0].group;
    size_t size = count / groups;
    for (size_t i = groups; i > 1; i--) {
        size_t j = random_below(random, i);
        if (j != i - 1) {
            swap_groups(&cells[(i - 1) * size], &cells[j * size], size);
        }
    }
    for (size_t i = 0; i < groups; i++) {
        if (size > fixed) {
            order_group(plan, &cells[i * size + fixed], size - fixed, turn);
        }
    }
}

size_t plan_pass_end(const struct plan *plan, size_t first)
{
    size_t end = first + 1;
    while (end < plan->count && strcmp(plan->cells[end].pass, plan->cells[first].pass) == 0) {
        end++;
    }
    return end;
}

size_t plan_group_end(const struct plan *plan, size_t first)
{
    size_t end = first + 1;
    while (end < plan->count && plan->cells[end].group == plan->cells[first].group) {
        end++;
    }
    return end;
}

void plan_shuffle(struct plan *plan, uint64_t seed, uint64_t block)
{
    const struct turn turn = {seed, block};
    struct random random;
    random_seed(&random, seed, SEQUENCE_OF_PLAN + block);
    qsort(plan->cells, plan->count, sizeof *plan->cells, compare_cells);
    for (size_t first = 0; first < plan->count;) {
        size_t end = plan_pass_end(plan, first);
        shuffle_pass(plan, &plan->cells[first], end - first, &turn, &random);
        first = end;
    }
}

size_t plan_timed_groups(const struct plan *plan)
{
    size_t groups = 0;
    for (size_t first = 0; first < plan->count; first = plan_group_end(plan, first)) {
        const char *pass = plan->cells[first].pass;
        groups += strcmp(pass, "throughput") == 0 || strcmp(pass, "latency") == 0 ? 1 : 0;
    }
    return groups;
}

size_t plan_comparisons(const struct plan *plan)
{
    size_t most = 0;
    for (size_t first = 0; first < plan->count;) {
        size_t end = plan_pass_end(plan, first);
        size_t comparisons = 0;
        for (size_t i = first; i < end; i++) {
            comparisons += plan->cells[i].contestant ? 1 : 0;
        }
        most = comparisons > most && has_again(plan->cells[first].pass) ? comparisons : most;
        first = end;
    }
    return most;
}

void plan_free(struct plan *plan)
{
    free(plan->cells);
    free(plan->entries);
    free(plan->spare);
    *plan = (struct plan){0};
}

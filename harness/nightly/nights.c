#include "harness/nightly/nights.h"

#include "harness/nightly/append.h"
#include "harness/nightly/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcome_words[] = {
    "", "confirmed", "unconfirmed", "open", "acknowledged", "undecided", "repeated"};

const char *outcome_word(enum outcome outcome)
{
    return outcome_words[outcome];
}

enum outcome outcome_of(const char *word)
{
    for (size_t i = 0; i < sizeof outcome_words / sizeof outcome_words[0]; i++) {
        if (strcmp(outcome_words[i], word) == 0) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_NONE;
}

struct gathering {
    struct nights *nights;
    size_t night_room;
    size_t series_room;
    struct names runs; /* numbers are places */
    struct names cells;
    uint32_t last_run; /* rows of a night stand together */
};

static bool out_of_memory(void)
{
    errno = ENOMEM;
    return false;
}

/* Grows an array of `count` items to hold one more. */
static bool make_room(void **items, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room) {
        return true;
    }
    size_t more = *room == 0 ? 16 : *room * 2;
    void *grown = reallocarray(*items, more, item_bytes);
    if (grown == NULL) {
        return out_of_memory();
    }
    *items = grown;
    *room = more;
    return true;
}

/* The night of a run, made when it is new; NULL when memory is out. */
static struct night *gather_night(struct gathering *gathering, const char *run)
{
    struct nights *nights = gathering->nights;
    uint32_t place = gathering->last_run;
    if (place < nights->count && strcmp(nights->nights[place].run, run) == 0) {
        return &nights->nights[place];
    }
    place = names_number(&gathering->runs, run);
    if (place == NAMES_NONE) {
        return NULL;
    }
    if (place == nights->count) {
        const char *kept = names_keep(&nights->names, run);
        if (kept == NULL || !make_room((void **)&nights->nights,
                                       nights->count,
                                       &gathering->night_room,
                                       sizeof *nights->nights)) {
            return NULL;
        }
        nights->nights[nights->count++] = (struct night){.run = kept, .place = place};
    }
    gathering->last_run = place;
    return &nights->nights[place];
}

static struct night_series *gather_series(struct gathering *gathering,
                                          const struct verdicts_row *row)
{
    struct nights *nights = gathering->nights;
    char name[CELL_BYTES];
    struct cell cell = {
        row->allocator, row->workload, row->parameters, row->threads.value, row->figure};
    uint32_t number = names_number(&gathering->cells, cell_name(name, &cell));
    if (number == NAMES_NONE) {
        return NULL;
    }
    if (number < nights->series_count) {
        return &nights->series[number];
    }
    struct names *names = &nights->names;
    cell.allocator = names_keep(names, row->allocator);
    cell.workload = names_keep(names, row->workload);
    cell.parameters = names_keep(names, row->parameters);
    cell.figure = names_keep(names, row->figure);
    const char *kept = names_keep(names, name);
    if (cell.allocator == NULL || cell.workload == NULL || cell.parameters == NULL ||
        cell.figure == NULL || kept == NULL ||
        !make_room((void **)&nights->series,
                   nights->series_count,
                   &gathering->series_room,
                   sizeof *nights->series)) {
        return NULL;
    }
    struct night_series *series = &nights->series[nights->series_count++];
    *series = (struct night_series){.cell = cell, .name = kept, .figure = judged_find(cell.figure)};
    return series;
}

static bool take_verdict(void *context, const void *bytes)
{
    struct gathering *gathering = context;
    const struct verdicts_row *row = bytes;
    struct night *night = gather_night(gathering, row->run);
    struct night_series *series = gather_series(gathering, row);
    if (night == NULL || series == NULL ||
        !make_room(
            (void **)&series->points, series->count, &series->room, sizeof *series->points)) {
        return out_of_memory();
    }
    if (row->started_unix_ns.known) {
        night->started_unix_ns = row->started_unix_ns.value;
    }
    series->points[series->count++] = (struct night_point){
        .night = night->place,
        .all = {row->blocks.value,
                row->ratio,
                row->ratio_low,
                row->ratio_high,
                judged_verdict(row->verdict)},
        .fresh = {row->fresh_blocks.value,
                  row->fresh_ratio,
                  row->fresh_low,
                  row->fresh_high,
                  judged_verdict(row->fresh_verdict)},
        .delta = row->delta,
        .p_adjusted = row->p_adjusted,
        .outcome = outcome_of(row->outcome),
    };
    return true;
}

/* Facts of a run without verdicts make a night as well: all of its cells failed. */
static bool take_fact(void *context, const void *bytes)
{
    struct gathering *gathering = context;
    const struct environments_row *row = bytes;
    struct night *night = gather_night(gathering, row->run);
    const char *key = names_keep(&gathering->nights->names, row->key);
    const char *value = names_keep(&gathering->nights->names, row->value);
    if (night == NULL || key == NULL || value == NULL) {
        return out_of_memory();
    }
    size_t room = night->fact_count;
    if ((room & (room - 1)) == 0 || room == 0) { /* full at powers of two */
        room = room == 0 ? 1 : room * 2;
        struct night_fact *facts = reallocarray(night->facts, room, sizeof *facts);
        if (facts == NULL) {
            return out_of_memory();
        }
        night->facts = facts;
    }
    night->facts[night->fact_count++] = (struct night_fact){key, value};
    if (strcmp(key, "nightly.started_unix_ns") == 0 && night->started_unix_ns == 0) {
        night->started_unix_ns = strtoull(value, NULL, 10);
    }
    return true;
}

static int compare_nights(const void *one, const void *other)
{
    const struct night *a = one;
    const struct night *b = other;
    if (a->started_unix_ns != b->started_unix_ns) {
        return a->started_unix_ns < b->started_unix_ns ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static int compare_points(const void *one, const void *other)
{
    const struct night_point *a = one;
    const struct night_point *b = other;
    return (a->night > b->night) - (a->night < b->night);
}

static void note_backwards(struct nights *nights)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < nights->count; i++) {
        const struct night *night = &nights->nights[i];
        if (night->started_unix_ns < latest) {
            nights->backwards++;
            nights->backwards_run = night->run;
        } else {
            latest = night->started_unix_ns;
        }
    }
}

/* qsort is not stable: points are in the file's order, and mostly in that of time already. */
static void order_points(struct nights *nights, struct night_series *series, const uint32_t *now_at)
{
    bool sorted = true;
    for (size_t i = 0; i < series->count; i++) {
        series->points[i].night = now_at[series->points[i].night];
        sorted = sorted && (i == 0 || series->points[i - 1].night < series->points[i].night);
    }
    if (sorted) {
        return;
    }
    qsort(series->points, series->count, sizeof *series->points, compare_points);
    size_t kept = 1;
    for (size_t i = 1; i < series->count; i++) {
        if (series->points[i].night != series->points[kept - 1].night) {
            series->points[kept++] = series->points[i];
        } else {
            nights->repeated++;
        }
    }
    series->count = kept;
}

static bool order_by_time(struct nights *nights)
{
    uint32_t *now_at = malloc((nights->count + 1) * sizeof *now_at);
    if (now_at == NULL) {
        return false;
    }
    note_backwards(nights);
    if (nights->count > 0) {
        qsort(nights->nights, nights->count, sizeof *nights->nights, compare_nights);
    }
    for (size_t i = 0; i < nights->count; i++) {
        now_at[nights->nights[i].place] = (uint32_t)i;
    }
    for (size_t i = 0; i < nights->series_count; i++) {
        order_points(nights, &nights->series[i], now_at);
    }
    free(now_at);
    return true;
}

bool nights_read(const char *folder, struct nights *nights, FILE *told, struct error *error)
{
    *nights = (struct nights){0};
    struct gathering gathering = {.nights = nights};
    const struct lines_visitor verdicts = {take_verdict, &gathering};
    const struct lines_visitor facts = {take_fact, &gathering};
    append_recover(folder);
    /* Facts first: each night has some, and so they alone have all nights in their order. */
    bool ok = store_read(folder, &environments_layout, &facts, told, error) &&
              store_read(folder, &verdicts_layout, &verdicts, told, error);
    if (ok && !order_by_time(nights)) {
        ok = error_set(error, "cannot read the history \"%s\": out of memory", folder);
    }
    names_free(&gathering.runs);
    names_free(&gathering.cells);
    return ok;
}

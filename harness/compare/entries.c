#include "harness/compare/entries.h"

#include "harness/compare/likeness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One pair of runs being gone through. */
struct meeting {
    struct compare_entries *entries;
    const struct compare_request *request;
    const struct compare_pair *pair;
    bool has_candidates; /* both runs have an allocator besides the control */
};

static struct compare_entry *append(struct compare_entries *entries, struct compare_entry entry)
{
    if (entries->count == entries->room) {
        size_t room = entries->room == 0 ? 64 : entries->room * 2;
        struct compare_entry *items = reallocarray(entries->items, room, sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        entries->items = items;
        entries->room = room;
    }
    entries->items[entries->count] = entry;
    return &entries->items[entries->count++];
}

/* ---- Which allocators ---- */

static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; *at != '\0';) {
        size_t word = strcspn(at, ",");
        if (word == length && strncmp(at, name, length) == 0) {
            return true;
        }
        at += word + (at[word] == ',' ? 1 : 0);
    }
    return false;
}

/* Nobody compares the floor or the baseline's second cell without naming them. The control is what the
 * others relate to: it is judged only where there is nothing else. */
static bool is_contestant(const struct meeting *meeting, const char *name)
{
    const char *control = meeting->has_candidates ? meeting->pair->control : NULL;
    return allocator_is_contestant(name, control != NULL ? control : "");
}

/* The name that an allocator of side `side` is compared with on the other side; NULL when it is not
 * compared. */
static const char *counterpart(const struct meeting *meeting, size_t side, const char *name)
{
    const char *mine = meeting->pair->run[side]->allocator;
    const char *theirs = meeting->pair->run[1 - side]->allocator;
    bool wanted;
    if (mine[0] != '\0' || theirs[0] != '\0') { /* one that is named alone is meant on both sides */
        wanted = strcmp(name, mine[0] != '\0' ? mine : theirs) == 0;
        name = theirs[0] != '\0' ? theirs : mine;
    } else if (meeting->request->allocators != NULL) {
        wanted = is_listed(meeting->request->allocators, name);
    } else {
        wanted = is_contestant(meeting, name);
    }
    return wanted ? name : NULL;
}

static bool has_candidates(const struct meeting *meeting)
{
    const struct series_set *set = &meeting->pair->run[0]->set;
    for (size_t i = 0; meeting->pair->control != NULL && i < set->count; i++) {
        const char *name = set->series[i].row[0]->allocator;
        if (strcmp(name, meeting->pair->control) != 0 && counterpart(meeting, 0, name) != NULL &&
            compare_run_row_of(meeting->pair->run[1], name) != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- Entries ---- */

static bool has_values(const struct series *series, const struct column *column)
{
    for (size_t i = 0; i < series->count; i++) {
        if (strcmp(series->row[i]->status, "ok") == 0 &&
            !isnan(table_number(series->row[i], column))) {
            return true;
        }
    }
    return false;
}

/* Sets the status; false when the cell has nothing to do with the figure. */
static bool assess(struct compare_entry *entry)
{
    const struct column *column = table_column(&measurements_layout, entry->figure->figure);
    bool has[2] = {has_values(entry->series[0], column), has_values(entry->series[1], column)};
    if (has[0] && has[1]) {
        bool counted = strcmp(entry->figure->pass, "instructions") == 0;
        entry->status = counted && compare_unlike_counters(entry) ? COMPARE_UNLIKE : COMPARE_DONE;
        return true;
    }
    bool failed = (!has[0] && compare_entry_failures(entry, 0) > 0) ||
                  (!has[1] && compare_entry_failures(entry, 1) > 0);
    if (failed) {
        entry->status = COMPARE_FAILED;
        return true;
    }
    entry->status = COMPARE_UNLIKE;
    (void)snprintf(entry->detail,
                   sizeof entry->detail,
                   "no %.40s in the %s run",
                   entry->figure->figure,
                   has[0] ? "later" : "first");
    return has[0] != has[1];
}

static bool add_figures(const struct meeting *meeting, const struct compare_entry *cell)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        struct compare_entry entry = *cell;
        entry.figure = &judged_figures[i];
        if (meeting->request->figure[i] &&
            strcmp(entry.figure->pass, compare_entry_row(cell)->pass) == 0 && assess(&entry) &&
            append(meeting->entries, entry) == NULL) {
            return false;
        }
    }
    return true;
}

/* Whether any figure that is asked for comes from the pass. */
static bool is_of_interest(const struct compare_request *request, const char *pass)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (request->figure[i] && strcmp(judged_figures[i].pass, pass) == 0) {
            return true;
        }
    }
    return false;
}

/* The check pass has no figures, but tells of allocators that lose what was written. */
static bool add_check(const struct meeting *meeting, struct compare_entry *cell)
{
    bool failed = compare_entry_failures(cell, 0) > 0 || compare_entry_failures(cell, 1) > 0;
    cell->status = COMPARE_FAILED;
    return !failed || append(meeting->entries, *cell) != NULL;
}

static bool add_cell(const struct meeting *meeting, struct compare_entry *cell)
{
    const char *pass = compare_entry_row(cell)->pass;
    bool checked = strcmp(pass, "check") == 0;
    if (!checked && !is_of_interest(meeting->request, pass)) {
        return true;
    }
    if (cell->series[0] == NULL || cell->series[1] == NULL) {
        cell->status = cell->series[1] == NULL ? COMPARE_ONLY_FIRST : COMPARE_ONLY_LATER;
        return append(meeting->entries, *cell) != NULL;
    }
    if (checked) {
        return add_check(meeting, cell);
    }
    if (compare_unlike(cell)) {
        cell->status = COMPARE_UNLIKE;
        return append(meeting->entries, *cell) != NULL;
    }
    return add_figures(meeting, cell);
}

/* The cells of one side: of the first all, of the later those without a counterpart. */
static bool add_side(const struct meeting *meeting, size_t side)
{
    const struct compare_pair *pair = meeting->pair;
    const struct series_set *set = &pair->run[side]->set;
    for (size_t i = 0; i < set->count; i++) {
        const struct series *series = &set->series[i];
        const char *name = counterpart(meeting, side, series->row[0]->allocator);
        if (name == NULL) {
            continue;
        }
        const struct series *other = compare_run_find(pair->run[1 - side], series->row[0], name);
        if (side == 1 && other != NULL) {
            continue;
        }
        struct compare_entry cell = {.run = {pair->run[0], pair->run[1]}};
        cell.series[side] = series;
        cell.series[1 - side] = other;
        cell.method = pair->one_run ? COMPARE_PAIRED : COMPARE_UNPAIRED;
        cell.control = pair->one_run ? NULL : pair->control;
        if (!add_cell(meeting, &cell)) {
            return false;
        }
    }
    return true;
}

bool compare_entries_add(struct compare_entries *entries,
                         const struct compare_request *request,
                         const struct compare_pair *pair)
{
    struct meeting meeting = {entries, request, pair, false};
    meeting.has_candidates = has_candidates(&meeting);
    return add_side(&meeting, 0) && add_side(&meeting, 1);
}

const struct measurements_row *compare_entry_row(const struct compare_entry *entry)
{
    return entry->series[entry->series[0] != NULL ? 0 : 1]->row[0];
}

char compare_entry_mark(const struct compare_entry *entry)
{
    return (char)('A' + (entry->run[1] - entry->run[0]));
}

size_t compare_entry_failures(const struct compare_entry *entry, size_t side)
{
    const struct series *series = entry->series[side];
    size_t failures = 0;
    for (size_t i = 0; series != NULL && i < series->count; i++) {
        const char *status = series->row[i]->status;
        failures += strcmp(status, "ok") != 0 && strcmp(status, "unsupported") != 0 ? 1 : 0;
    }
    return failures;
}

const char *compare_status_word(enum compare_status status)
{
    switch (status) {
    case COMPARE_DONE: return "done";
    case COMPARE_FAILED: return "failed";
    case COMPARE_UNLIKE: return "unlike";
    case COMPARE_ONLY_FIRST: return "only_first";
    case COMPARE_ONLY_LATER: return "only_later";
    }
    return "";
}

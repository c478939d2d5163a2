/* Notes on what was not compared, what failed, and what the verdicts are worth. */
#include "harness/compare/cell_list.h"
#include "harness/compare/judge.h"
#include "harness/compare/notes.h"
#include "harness/compare/notes_add.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Left out ---- */

/* COMPARE_FAILED is told apart, with those that failed in part. */
static bool is_left_out(const struct compare_entry *entry)
{
    return entry->status != COMPARE_DONE && entry->status != COMPARE_FAILED;
}

static bool same_reason(const struct compare_entry *one, const struct compare_entry *other)
{
    return one->run[1] == other->run[1] && one->status == other->status &&
           strcmp(one->detail, other->detail) == 0;
}

/* An allocator that the other run does not have at all needs no list of its cells. */
static void add_left_out(struct cell_list *list, const struct compare_entry *entry)
{
    const struct measurements_row *row = compare_entry_row(entry);
    size_t other = entry->status == COMPARE_ONLY_FIRST ? 1 : 0;
    bool single = entry->status != COMPARE_UNLIKE &&
                  compare_run_row_of(entry->run[other], row->allocator) == NULL;
    if (single) {
        cell_list_add_all_of(list, row->allocator);
    } else {
        cell_list_add(list, row, "");
    }
}

static void note_reason(struct compare_notes *notes,
                        const struct compare_entries *entries,
                        size_t first,
                        bool *told)
{
    const struct compare_entry *like = &entries->items[first];
    char heading[160];
    char mark = compare_entry_mark(like);
    struct cell_list list;
    if (!cell_list_begin(&list)) {
        return;
    }
    for (size_t i = first; i < entries->count; i++) {
        if (is_left_out(&entries->items[i]) && same_reason(like, &entries->items[i])) {
            add_left_out(&list, &entries->items[i]);
            told[i] = true;
        }
    }
    if (like->status == COMPARE_UNLIKE) {
        (void)snprintf(heading, sizeof heading, "A and %c not comparable, %s", mark, like->detail);
    } else {
        (void)snprintf(heading,
                       sizeof heading,
                       "only in %c, not in %c",
                       like->status == COMPARE_ONLY_FIRST ? 'A' : mark,
                       like->status == COMPARE_ONLY_FIRST ? mark : 'A');
    }
    cell_list_tell(&list, notes, heading);
    cell_list_end(&list);
}

static void note_left_out(struct compare_notes *notes, const struct compare_entries *entries)
{
    bool *told = calloc(entries->count + 1, sizeof *told);
    /* First what could have been compared, had it been measured alike. */
    for (size_t i = 0; i < entries->count && told != NULL; i++) {
        if (entries->items[i].status == COMPARE_UNLIKE && !told[i]) {
            note_reason(notes, entries, i, told);
        }
    }
    for (size_t i = 0; i < entries->count && told != NULL; i++) {
        if (is_left_out(&entries->items[i]) && !told[i]) {
            note_reason(notes, entries, i, told);
        }
    }
    free(told);
}

/* ---- Failures ---- */

static const char *status_of(const struct series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        if (strcmp(series->row[i]->status, "ok") != 0) {
            return series->row[i]->status;
        }
    }
    return "";
}

/* A cell has an entry for each figure, one after the other. */
static bool is_same_cell(const struct compare_entries *entries, size_t index, size_t side)
{
    return index > 0 &&
           entries->items[index - 1].series[side] == entries->items[index].series[side];
}

/* The cells of a run that failed: of the first run side 0 of all entries, else side 1 of its own. */
static void note_failures(struct compare_notes *notes,
                          const struct compare_entries *entries,
                          const struct compare_run *run,
                          size_t side)
{
    char heading[32];
    struct cell_list list;
    if (!cell_list_begin(&list)) {
        return;
    }
    for (size_t i = 0; i < entries->count; i++) {
        const struct compare_entry *entry = &entries->items[i];
        size_t failures = compare_entry_failures(entry, side);
        if (entry->run[1] == run && failures > 0 && !is_same_cell(entries, i, side)) {
            char tail[64];
            (void)snprintf(tail,
                           sizeof tail,
                           ": %s in %zu of %zu blocks",
                           status_of(entry->series[side]),
                           failures,
                           entry->series[side]->count);
            cell_list_add(&list, entry->series[side]->row[0], tail);
        }
    }
    char mark = (char)('A' + (run - entries->items[0].run[0]));
    (void)snprintf(heading, sizeof heading, "failed in %c", side == 0 ? 'A' : mark);
    cell_list_tell(&list, notes, heading);
    cell_list_end(&list);
}

/* ---- What the verdicts are worth ---- */

/* A verdict across runs on one and the same library cannot be the library's doing. */
static void note_unchanged(struct compare_notes *notes, const struct compare_entries *entries)
{
    size_t verdicts = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct compare_entry *entry = &entries->items[i];
        bool found =
            entry->status == COMPARE_DONE && entry->method != COMPARE_PAIRED &&
            (entry->judged.verdict == VERDICT_LESS || entry->judged.verdict == VERDICT_GREATER);
        const char *first = found ? entry->series[0]->row[0]->library_sha256 : "";
        const char *later = found ? entry->series[1]->row[0]->library_sha256 : "";
        verdicts += first[0] != '\0' && strcmp(first, later) == 0 ? 1 : 0;
    }
    if (verdicts > 0) {
        notes_add(notes,
                  "%zu difference%s found on a library that is the same file in both runs: the "
                  "machine, its "
                  "epoch or heaplab made %s, and may have made others",
                  verdicts,
                  verdicts == 1 ? " was" : "s were",
                  verdicts == 1 ? "it" : "them");
    }
}

/* Whether a timed cell's run, of the side, did not measure its baseline a second time. */
static bool lacks_again(const struct compare_entry *entry, size_t side)
{
    return compare_run_find(entry->run[side], compare_entry_row(entry), ALLOCATOR_AGAIN) == NULL;
}

static void note_without_again(struct compare_notes *notes, const struct compare_entries *entries)
{
    size_t found = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct compare_entry *entry = &entries->items[i];
        bool lacks = lacks_again(entry, 0) || lacks_again(entry, 1);
        found += entry->status == COMPARE_DONE && isinf(entry->judged.delta) && lacks ? 1 : 0;
    }
    if (found > 0) {
        notes_add(
            notes,
            "nothing is proven without an A/A cell: %zu comparison%s of cells whose run has no "
            "%s beside its baseline, so that its noise is not known; `heaplab run` measures it "
            "where there is an allocator besides the baseline",
            found,
            found == 1 ? " is" : "s are",
            ALLOCATOR_AGAIN);
    }
}

static void
note_hopeless(struct compare_notes *notes, const struct compare_entries *entries, size_t family)
{
    size_t hopeless = 0;
    size_t needed = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct compare_entry *entry = &entries->items[i];
        if (entry->status == COMPARE_DONE && entry->judged.verdict == VERDICT_UNRESOLVED &&
            compare_least_p(entry) * (double)family > VERDICT_ALPHA) {
            size_t blocks = compare_blocks_needed(entry, family);
            needed = blocks > needed ? blocks : needed;
            hopeless++;
        }
    }
    if (hopeless > 0) {
        notes_add(
            notes,
            "%zu of %zu comparisons have too few blocks to be told from chance: that takes %zu "
            "on each side, or fewer comparisons (--figure, --allocators)",
            hopeless,
            family,
            needed);
    }
}

void compare_notes_on_entries(struct compare_notes *notes,
                              const struct compare_entries *entries,
                              size_t family)
{
    const struct compare_run *run = NULL;
    note_left_out(notes, entries);
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->items[i].run[1] != run) { /* entries of a run stand together */
            note_failures(notes, entries, entries->items[i].run[1], 0);
            note_failures(notes, entries, entries->items[i].run[1], 1);
            run = entries->items[i].run[1];
        }
    }
    note_unchanged(notes, entries);
    note_without_again(notes, entries);
    note_hopeless(notes, entries, family);
}

/* A note on several cells: their number, and the first of them by name. */
#ifndef HARNESS_COMPARE_CELL_LIST_H
#define HARNESS_COMPARE_CELL_LIST_H

#include "harness/compare/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CELL_LIST_NAMES 8 /* in one note; CSV names all */

struct cell_list {
    FILE *out;
    char *text;
    size_t bytes;
    size_t cells;                       /* all that were added */
    size_t named;                       /* names in the list, and those there was no room for */
    const char *whole[CELL_LIST_NAMES]; /* allocators that were named as a whole */
    size_t whole_count;
};

/* False when memory is out; else released with cell_list_end. */
bool cell_list_begin(struct cell_list *list);
void cell_list_end(struct cell_list *list);

/* A cell: "bin on larson (2 threads, memory)", the tail before the bracket's end. */
void cell_list_add(struct cell_list *list, const struct measurements_row *row, const char *tail);

/* One of all cells of an allocator, which are added one by one: "bin everywhere". */
void cell_list_add_all_of(struct cell_list *list, const char *allocator);

/* Adds the note, "HEADING: 3 cells: ..."; none when the list is empty. */
void cell_list_tell(struct cell_list *list, struct compare_notes *notes, const char *heading);

#endif

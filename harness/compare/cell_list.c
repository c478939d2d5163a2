#include "harness/compare/cell_list.h"

#include "harness/compare/notes_add.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool cell_list_begin(struct cell_list *list)
{
    *list = (struct cell_list){0};
    list->out = open_memstream(&list->text, &list->bytes);
    return list->out != NULL;
}

void cell_list_end(struct cell_list *list)
{
    (void)fclose(list->out);
    free(list->text);
}

/* Whether there is room for one more name; begins it. */
static bool begin_name(struct cell_list *list)
{
    list->named++;
    if (list->named > 1 && list->named <= CELL_LIST_NAMES) {
        (void)fputs(", ", list->out);
    }
    return list->named <= CELL_LIST_NAMES;
}

void cell_list_add(struct cell_list *list, const struct measurements_row *row, const char *tail)
{
    list->cells++;
    if (begin_name(list)) {
        (void)fprintf(list->out,
                      "%s on %s%s%s (%" PRIu64 " thread%s, %s%s)",
                      row->allocator,
                      row->workload,
                      row->parameters[0] != '\0' ? ":" : "",
                      row->parameters,
                      row->threads.value,
                      row->threads.value == 1 ? "" : "s",
                      row->pass,
                      tail);
    }
}

void cell_list_add_all_of(struct cell_list *list, const char *allocator)
{
    list->cells++;
    for (size_t i = 0; i < list->whole_count; i++) {
        if (strcmp(list->whole[i], allocator) == 0) {
            return;
        }
    }
    if (begin_name(list)) {
        (void)fprintf(list->out, "%s everywhere", allocator);
        list->whole[list->whole_count++] = allocator;
    }
}

void cell_list_tell(struct cell_list *list, struct compare_notes *notes, const char *heading)
{
    (void)fflush(list->out);
    if (list->cells > 0) {
        notes_add(notes,
                  "%s: %zu cell%s: %s%s",
                  heading,
                  list->cells,
                  list->cells == 1 ? "" : "s",
                  list->text,
                  list->named > CELL_LIST_NAMES ? " and more, which --csv names" : "");
    }
}

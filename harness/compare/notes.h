/* What a reader must know beside the figures, as lines of text: what differs between the runs
 * (machine, epoch, heaplab, libraries, environment), and what was left out. */
#ifndef HARNESS_COMPARE_NOTES_H
#define HARNESS_COMPARE_NOTES_H

#include "harness/compare/entries.h"

struct compare_notes {
    char **line; /* owned */
    size_t count;
};

/* Whether both know their machine's key and it is another one. */
bool compare_other_machine(const struct compare_run *first, const struct compare_run *later);

/* Adds the notes on the runs of a pair; `mark` is the later one's letter. */
void compare_notes_on_pair(struct compare_notes *notes,
                           const struct compare_request *request,
                           const struct compare_pair *pair,
                           char mark);

/* Adds the notes on what was not compared, failed, or cannot be told by so few blocks. */
void compare_notes_on_entries(struct compare_notes *notes,
                              const struct compare_entries *entries,
                              size_t family);

void compare_notes_free(struct compare_notes *notes);

#endif

/* How the files of notes add a line. */
#ifndef HARNESS_COMPARE_NOTES_ADD_H
#define HARNESS_COMPARE_NOTES_ADD_H

#include "harness/compare/notes.h"

void notes_add(struct compare_notes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

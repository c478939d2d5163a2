/* Appending to the files of a history, all or nothing: several files get their rows together, or
 * none of them does, whenever the process is killed or the disk is full.
 *
 * Under a flock of the folder: the lengths of the files go into the file `unfinished`; then each file
 * gets its rows in one write(2) and an fsync; then `unfinished` goes. Who finds it later cuts the
 * files back to those lengths. A torn last line is cut off before anything is appended. A file whose
 * columns are older than ours is set aside as NAME.1.csv, NAME.2.csv and so on, unchanged, and a new
 * one begins; readers read all of them. */
#ifndef HARNESS_NIGHTLY_APPEND_H
#define HARNESS_NIGHTLY_APPEND_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The rows of one file. */
struct append_part {
    char file[NAME_MAX]; /* "verdicts.csv" */
    const struct table_layout *layout;
    char *rows;   /* whole lines, without the header */
    size_t bytes; /* may be 0: the file stays as it is */
};

#define APPEND_PARTS_MOST 4

/* Appends all parts; what was repaired on the way is told on standard error. On failure nothing is
 * appended. Safe against other processes, not for threads. */
bool append_all(const char *folder,
                const struct append_part *parts,
                size_t count,
                struct error *error);

/* Takes back what an append that was killed left in the folder `path`. Readers call it first; without the right to write
 * it does nothing. */
void append_recover(const char *path);

/* The index-th file set aside ("verdicts.1.csv" for index 1), or for index 0 the file itself. */
void append_name(char name[NAME_MAX], const char *file, unsigned index);

#endif

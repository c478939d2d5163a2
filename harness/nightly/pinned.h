/* The baseline that all candidates of a history are held against: pinned.csv, where the last row
 * holds. It changes by the word of a person only, as all ratios before relate to it. */
#ifndef HARNESS_NIGHTLY_PINNED_H
#define HARNESS_NIGHTLY_PINNED_H

#include "harness/allocators.h"
#include "harness/campaign/environment.h"
#include "harness/error.h"

#include <stdbool.h>
#include <stdio.h>

struct pinned {
    bool known; /* false: nothing is pinned yet */
    char name[ALLOCATOR_NAME_BYTES];
    char path[PATH_MAX]; /* "" = the C library's own malloc */
    char sha256[SHA256_TEXT_BYTES];
};

/* Reads what is pinned; lines that are no rows are told. */
bool pinned_read(const char *folder, struct pinned *pinned, FILE *told, struct error *error);

/* Holds the allocator against what is pinned. Where nothing is, or `anew` asks for it, `pinned` becomes
 * that allocator and `pins` true: the night writes it into the history with its own rows. Otherwise
 * another name or another file is an error, and so is a library that is missing. */
bool pinned_hold(struct pinned *pinned,
                 const struct allocator *baseline,
                 bool anew,
                 bool *pins,
                 struct error *error);

#endif

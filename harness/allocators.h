/* The allocators a campaign may run: those of allocators/list.def and those a user names. */
#ifndef HARNESS_ALLOCATORS_H
#define HARNESS_ALLOCATORS_H

#include "harness/error.h"

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>

#define ALLOCATOR_NAME_BYTES 64
#define ALLOCATOR_FLOOR      "null"           /* measures the harness; never a contestant */
#define ALLOCATOR_AGAIN      "baseline-again" /* the baseline a second time: the noise floor */

struct allocator {
    char name[ALLOCATOR_NAME_BYTES];
    char library[PATH_MAX]; /* what is preloaded; "" = the C library's own malloc */
    const char *package;    /* Debian package of a third-party one, else "" */
    const char *description;
    char tunables[ALLOCATOR_NAME_BYTES]; /* key=value:key=value for one of ours, else "" */
    bool standard;                       /* part of a run that names no allocators */
    bool ours;
    bool found; /* the library exists (always true for the C library) */
};

struct allocator_list {
    struct allocator *items;
    size_t count;
};

/* Fills an empty list with all of list.def, found or not. */
bool allocators_listed(struct allocator_list *list, struct error *error);

/* The listed allocator of that name, or NULL. */
const struct allocator *allocators_find(const struct allocator_list *list, const char *name);

/* Understands "NAME" or, for one of ours, "NAME:key=value:key=value": the listed allocator under that
 * whole name, its tunables told to it in the environment. */
bool allocators_choose(const struct allocator_list *list,
                       const char *text,
                       struct allocator *allocator,
                       struct error *error);

bool allocators_add(struct allocator_list *list, const struct allocator *item, struct error *error);
void allocators_free(struct allocator_list *list);

/* Whether verdicts are given on an allocator: not on the baseline, itself or again, and the floor. */
bool allocator_is_contestant(const char *name, const char *baseline);

/* Makes an allocator of a user's "NAME=PATH". Refuses names that CSV, lists or files could not
 * bear; a path that does not exist is kept: it becomes rows with a status. */
bool allocator_parse(const char *text, struct allocator *allocator, struct error *error);

#endif

/* A command line being put together. */
#ifndef HARNESS_NIGHTLY_WORDS_H
#define HARNESS_NIGHTLY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    char **items; /* ended by NULL; owned, with their texts */
    size_t count;
};

/* Adds a copy of a word. False when memory is out. */
bool words_add(struct words *words, const char *word);

/* Adds an option and its value. */
bool words_add_pair(struct words *words, const char *option, const char *value);

void words_free(struct words *words);

/* The value that `option` has among the words ("--seed 3" or "--seed=3"), the last one; NULL when it
 * is not there. */
const char *words_value(char *const *items, size_t count, const char *option);

#endif

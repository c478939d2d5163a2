/* Words of a user's that name allocators of a night: NAME, NAME:key=value or NAME=PATH. */
#ifndef HARNESS_NIGHTLY_ALLOCATOR_WORDS_H
#define HARNESS_NIGHTLY_ALLOCATOR_WORDS_H

#include "harness/error.h"

#include <stdbool.h>

/* Whether the word is NAME=PATH. */
bool allocator_word_has_path(const char *word);

/* Whether all names of a word without a path, with commas between, are listed ones (allocators.h). */
bool allocator_word_is_listed(const char *word);

/* Whether a NAME=PATH is well formed, else the error with the option (--candidate) that gave it; other
 * words are. */
bool allocator_word_check_form(const char *option, const char *word, struct error *error);

/* Fills the error of a name that is not listed; always false. */
bool allocator_word_unknown(const char *option, const char *word, struct error *error);

#endif

/* From the names a user gave to the allocators and workloads behind them. */
#ifndef HARNESS_CHOICE_H
#define HARNESS_CHOICE_H

#include "harness/options.h"

/* What was chosen by name; NULL where nothing was. */
struct choice {
    bool classic;           /* the classic campaign instead of the standard one */
    const char *allocators; /* NULL: all that are found */
    const char *workloads;  /* NULL: all */
    const char *baseline;
};

/* Fills the options' allocators, the baseline's second cell among them, baseline and sources. Allocators that are not installed are told
 * on standard error when they were not asked for by name. */
bool choice_resolve(const struct choice *choice, struct options *options, struct error *error);

/* Calls `each` with every word of a comma-separated list, until one fails. */
bool choice_each_word(const char *list,
                      bool (*each)(void *, const char *, struct error *),
                      void *context,
                      struct error *error);

#endif

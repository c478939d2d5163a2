/* The statistics of a comparison: every entry measured by the method that its two sides allow, all of
 * them judged as one family (Holm). Methods: verdict.h and mann_whitney.h of harness/statistics. */
#ifndef HARNESS_COMPARE_JUDGE_H
#define HARNESS_COMPARE_JUDGE_H

#include "harness/compare/entries.h"

#include <stdbool.h>
#include <stddef.h>

/* Judges the entries that are COMPARE_DONE; one whose values cannot be set in relation becomes
 * COMPARE_UNLIKE. `family` receives how many were tested together: exact counts need no test. False
 * when memory is out. */
bool compare_judge(struct compare_entries *entries, size_t *family);

/* The smallest p that the entry's numbers of values can give. */
double compare_least_p(const struct compare_entry *entry);

/* Blocks on each side from which on the entry's method could tell a difference from chance among
 * `family` comparisons. */
size_t compare_blocks_needed(const struct compare_entry *entry, size_t family);

#endif

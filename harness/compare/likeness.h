/* Whether two cells of one name measured the same thing. Both tell in the entry's detail when not. */
#ifndef HARNESS_COMPARE_LIKENESS_H
#define HARNESS_COMPARE_LIKENESS_H

#include "harness/compare/entries.h"

/* Whether the streams or the settings of the two series differ: scale, touch policy, huge pages, seed,
 * events. What one side does not know is no difference. */
bool compare_unlike(struct compare_entry *entry);

/* Whether their instructions were counted by different means. */
bool compare_unlike_counters(struct compare_entry *entry);

#endif

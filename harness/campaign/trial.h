/* What is found out before a campaign, so that it is not found cell by cell: whether our own allocators
 * understand their tunables. The allocator itself is asked: a process is started with them, in which it
 * says its line and stops, or ends for want of a stream. */
#ifndef HARNESS_CAMPAIGN_TRIAL_H
#define HARNESS_CAMPAIGN_TRIAL_H

#include "harness/allocators.h"
#include "harness/error.h"

/* Tries every allocator of the list that has tunables and is there. False, with the allocator's own
 * line, when one does not understand them, or when no process can be started. One thread. */
bool trial_tunables(const struct allocator_list *allocators, struct error *error);

#endif

/* The parts of an examination (fitness.h): what is set, and what happens now. */
#ifndef HARNESS_CAMPAIGN_FITNESS_PARTS_H
#define HARNESS_CAMPAIGN_FITNESS_PARTS_H

#include "harness/campaign/fitness.h"

/* Adds a finding; beyond FITNESS_FINDINGS_MAX it only counts for the worst. */
__attribute__((format(printf, 5, 6))) void fitness_add(struct fitness *fitness,
                                                       enum fitness_severity severity,
                                                       const char *check,
                                                       const char *remedy,
                                                       const char *format,
                                                       ...);

/* Settings of the machine: governor, turbo, hyperthreads, huge pages, layout, limits, memory. */
void fitness_add_settings(struct fitness *fitness, const char *root);

/* What the machine does now: steal, other load, jitter, clocks, counters. */
void fitness_add_now(struct fitness *fitness, const char *root, uint64_t observe_ns);

#endif

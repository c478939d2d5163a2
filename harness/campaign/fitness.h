/* What spoils figures on this machine: a list of findings, each with its remedy.
 *
 * `heaplab doctor` prints all of them, a run those from FITNESS_WARN on. The thresholds are in
 * fitness_settings.c and fitness_now.c, a line each. */
#ifndef HARNESS_CAMPAIGN_FITNESS_H
#define HARNESS_CAMPAIGN_FITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FITNESS_FINDINGS_MAX 48
#define FITNESS_TEXT_BYTES   200

enum fitness_severity {
    FITNESS_OK,   /* looked at and fine */
    FITNESS_NOTE, /* worth knowing; ratios hold */
    FITNESS_WARN, /* widens intervals or bends figures */
    FITNESS_UNFIT /* figures from here would mean nothing */
};

struct fitness_finding {
    enum fitness_severity severity;
    const char *check;               /* "governor": one word, the same in every run */
    char what[FITNESS_TEXT_BYTES];   /* one line: what was found */
    char remedy[FITNESS_TEXT_BYTES]; /* one line: what to do, "" where nothing is to be done */
};

struct fitness {
    struct fitness_finding finding[FITNESS_FINDINGS_MAX];
    size_t count;
    enum fitness_severity worst;
};

/* Examines this machine; takes `observe_ns` to see what else runs on it (a second is good, 0 leaves
 * that out). Never fails: what cannot be read is a finding or left out. */
void fitness_examine(struct fitness *fitness, uint64_t observe_ns);

/* The same, with the settings that the files below `root` tell (kernel_files.h). */
void fitness_examine_at(struct fitness *fitness, const char *root, uint64_t observe_ns);

/* "ok", "note", "warn", "unfit". */
const char *fitness_word(enum fitness_severity severity);

#endif

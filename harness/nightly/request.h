/* What `heaplab nightly` was asked to do. */
#ifndef HARNESS_NIGHTLY_REQUEST_H
#define HARNESS_NIGHTLY_REQUEST_H

#include "harness/error.h"
#include "harness/nightly/pinned.h"
#include "harness/nightly/words.h"

#include <linux/limits.h>
#include <stdbool.h>

struct request {
    char history[PATH_MAX];
    bool has_history;        /* it was named */
    struct words candidates; /* NAME or NAME=PATH */
    const char *baseline;    /* likewise; NULL: the pinned one, else glibc */
    const char *markdown;    /* a file for the page; NULL: beside the run only */
    const char *resume;      /* the folder of an interrupted night */
    const char *page;        /* a night whose page is printed again, or its folder; "" the last one;
                              * NULL: none */
    bool force;
    bool pin;
    bool help;
    struct words passed; /* options of `heaplab run`, as they were given */
};

/* Understands the words argv[1..], ended by NULL, which must outlive the request. False is a usage error. Ends with
 * request_free, also after a failure. */
bool request_parse(struct request *request, int argc, char **argv, struct error *error);
void request_free(struct request *request);

/* Whether the baseline that was named is known by name or has a path; a name without one may be that of
 * the pinned baseline, whose path it then has. */
bool request_check_baseline(const struct request *request,
                            const struct pinned *pinned,
                            struct error *error);

/* The words for options_parse: the candidates, the baseline (from `pinned` when none was named), what
 * was passed on; "--blocks" last unless it was given (0: without). */
bool request_run_words(const struct request *request,
                       const struct pinned *pinned,
                       size_t blocks,
                       struct words *words);

/* Prints what `heaplab nightly --help` shows. */
void request_help(void);

#endif

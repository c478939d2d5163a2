/* What a night found, from its history alone: the cells of each kind, and the exit code that follows. */
#ifndef HARNESS_NIGHTLY_FINDINGS_H
#define HARNESS_NIGHTLY_FINDINGS_H

#include "harness/nightly/nights.h"

#include <stdbool.h>
#include <stddef.h>

/* A regression of this share must be excluded before a cell is called fine: what the procedure finds
 * 9 times of 10 in normal noise of 2 %. Delta would be too strict a bound: in 2 % noise and 24 cells without any difference one
 * of their intervals reaches above 1 + delta on nearly every night. */
#define FINDINGS_REGRESSION 0.05

enum finding_kind {
    FINDING_REGRESSION,   /* worse, confirmed by fresh blocks */
    FINDING_UNCONFIRMED,  /* worse at first, fine or undecided when run again; or not run again */
    FINDING_ACKNOWLEDGED, /* worse, or not surely not, and known */
    FINDING_IMPROVEMENT,
    FINDING_UNRESOLVED, /* a regression can neither be seen nor excluded */
    FINDING_FINE        /* equivalent, or at least not worse */
};

#define FINDING_KINDS ((size_t)FINDING_FINE + 1)

struct finding {
    enum finding_kind kind;
    size_t series;                   /* number in the nights */
    const struct night_point *point; /* of this night */
    bool undecided;                  /* neither worse nor surely not: the gate stays open */
};

struct findings {
    struct finding *items; /* by kind, then the largest difference first */
    size_t count;
    size_t of_kind[FINDING_KINDS];
    size_t undecided;
    size_t failed;  /* cells without figures */
    size_t missing; /* series that the night before had and this one has not */
};

/* Sorts the candidates' primary figures of a night. False when memory is out. Released with
 * findings_free. */
bool findings_make(struct findings *findings, const struct nights *nights, size_t night);
void findings_free(struct findings *findings);

/* The items of a kind: `of_kind` of them from here on. */
const struct finding *findings_of(const struct findings *findings, enum finding_kind kind);

/* The ratio that decided: of the fresh blocks where there are some. */
const struct night_ratio *finding_ratio(const struct finding *finding);

/* 0, EXIT_REGRESSION, EXIT_FAILED_CELLS or EXIT_UNRESOLVED, the gravest in this order. A night that
 * compared nothing is unresolved: it cannot say that nothing is worse. */
int findings_code(const struct findings *findings);

/* Whether an interval that ends at `high` (a ratio, NAN: there is none) leaves room for a regression,
 * whatever its verdict: in great noise delta and "equivalent" say too little to call a cell fine. */
bool findings_may_be_worse(enum verdict verdict, double high);

/* Whether the series was there the night before, of an allocator and a workload that this night has, and is
 * not now. */
bool findings_is_missing(const struct nights *nights, size_t series, size_t night);

#endif

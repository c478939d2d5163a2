/* A machine's history in memory: its nights in the order of their time, and a series for each cell
 * and figure.
 *
 * It is read from verdicts.csv and environments.csv, a line for each night, cell and figure; the raw
 * rows are the archive and need not be read to judge. Nights are ordered by the start of their runs;
 * where the clock went backwards the order of the file is another, which is told. */
#ifndef HARNESS_NIGHTLY_NIGHTS_H
#define HARNESS_NIGHTLY_NIGHTS_H

#include "harness/error.h"
#include "harness/nightly/cells.h"
#include "harness/nightly/names.h"
#include "harness/report/judged.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum outcome {
    OUTCOME_NONE,
    OUTCOME_CONFIRMED,    /* worse, and so were the fresh blocks */
    OUTCOME_UNCONFIRMED,  /* worse, but the fresh blocks did not say so */
    OUTCOME_OPEN,         /* worse, and not run again */
    OUTCOME_ACKNOWLEDGED, /* worse or undecided, and known */
    OUTCOME_UNDECIDED,    /* a regression could not be excluded; not run again */
    OUTCOME_REPEATED      /* the same, but run again, and the fresh blocks were not worse */
};

struct night_ratio {
    uint64_t blocks;
    double ratio;     /* NAN: unknown */
    double low, high; /* NAN: too few blocks */
    enum verdict verdict;
};

struct night_point {
    struct night_ratio all;
    struct night_ratio fresh; /* of the cells that were run again; blocks 0: none */
    double delta;
    double p_adjusted;
    uint32_t night;
    enum outcome outcome;
};

/* The ratio that decides: of the fresh blocks where there are some. */
static inline const struct night_ratio *night_deciding(const struct night_point *point)
{
    return point->fresh.blocks > 0 ? &point->fresh : &point->all;
}

struct night_series {
    struct cell cell;
    const char *name;                   /* as cell_name writes it */
    const struct judged_figure *figure; /* NULL: accompanies only */
    struct night_point *points;         /* by night */
    size_t count;
    size_t room;
};

struct night_fact {
    const char *key;
    const char *value;
};

struct night {
    const char *run;
    uint64_t started_unix_ns;
    uint32_t place; /* in the file */
    struct night_fact *facts;
    size_t fact_count;
};

struct nights {
    struct night *nights;
    size_t count;
    struct night_series *series; /* in the order of the file */
    size_t series_count;
    size_t backwards; /* nights that the file has after a later one */
    const char *backwards_run;
    size_t repeated; /* rows of a cell and night that there was already */
    struct names names;
};

/* Reads the history in that folder; one without files has no nights. Lines that are no rows are
 * told to `told`. Ends with nights_free, also after a failure. */
bool nights_read(const char *folder, struct nights *nights, FILE *told, struct error *error);
void nights_free(struct nights *nights);

/* The night of that run, or NULL. */
const struct night *nights_find(const struct nights *nights, const char *run);

/* The value of a key, the `nth` (from 0) where it is repeated; "" when there is none. */
const char *night_fact(const struct night *night, const char *key, size_t nth);

/* The series' point of a night, or NULL. */
const struct night_point *night_point_of(const struct night_series *series, size_t night);

/* The series whose names the pattern matches (cells.h), exactly or else as prefixes: their numbers,
 * at most all of them, go into `found`, which has room for nights->series_count. */
size_t nights_match(const struct nights *nights, const char *pattern, size_t *found);

/* The days without a night between a night and the one before it. */
size_t nights_missing_before(const struct nights *nights, size_t night);

/* "2026-11-22 03:00", UTC. */
#define NIGHT_DATE_BYTES 24
void night_date(const struct night *night, char date[NIGHT_DATE_BYTES]);

/* Whether something changed under the machine or the pinned baseline since the night before: a mark
 * in the history. `what` receives it in words. */
#define NIGHT_CHANGE_BYTES 256
bool night_is_new_epoch(const struct nights *nights, size_t night, char what[NIGHT_CHANGE_BYTES]);

/* "acknowledged" and so on, "" for OUTCOME_NONE; and back. */
const char *outcome_word(enum outcome outcome);
enum outcome outcome_of(const char *word);

#endif

/* Cells that are known to be worse: acknowledged.csv of a history, where the last row of a cell holds. */
#ifndef HARNESS_NIGHTLY_ACKNOWLEDGE_H
#define HARNESS_NIGHTLY_ACKNOWLEDGE_H

#include "harness/error.h"
#include "harness/nightly/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ACKNOWLEDGE_DATE_BYTES 11 /* YYYY-MM-DD */

struct acknowledgement {
    const char *cell; /* as cell_name writes it */
    bool withdrawn;
    const char *until; /* last day, UTC */
    const char *note;
    const char *when;
};

struct acknowledgements {
    struct acknowledgement
        *items; /* one for each cell, in the order in which they were first named */
    size_t count;
    struct names names;
};

/* Reads them; lines that are no rows are told. Ends with acknowledgements_free, also after a failure. */
bool acknowledgements_read(const char *folder,
                           struct acknowledgements *list,
                           FILE *told,
                           struct error *error);
void acknowledgements_free(struct acknowledgements *list);

/* The acknowledgement of a cell that holds on that day (YYYY-MM-DD), or NULL. */
const struct acknowledgement *
acknowledgements_find(const struct acknowledgements *list, const char *cell, const char *day);

/* Appends one. */
bool acknowledge_append(const char *folder,
                        const struct acknowledgement *acknowledgement,
                        struct error *error);

/* Whether the text is a day as YYYY-MM-DD that the calendar has. */
bool acknowledge_is_day(const char *text);

/* Today, UTC. */
void acknowledge_today(char day[ACKNOWLEDGE_DATE_BYTES]);

#endif

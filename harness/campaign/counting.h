/* Who counts the instructions of this machine's streams, and how a cell of the instructions pass is
 * started and read. The processor where it can, else valgrind: the two differ (a prefix counts, a
 * string instruction counts once or for each round), so that their figures never meet. */
#ifndef HARNESS_CAMPAIGN_COUNTING_H
#define HARNESS_CAMPAIGN_COUNTING_H

#include "harness/campaign/process.h"
#include "harness/error.h"
#include "harness/report/table.h"

#include <linux/limits.h>

/* A process under valgrind may take so many times the time limit of a cell. */
#define COUNTING_PATIENCE 10

struct counting {
    const char *source; /* "hardware" or "valgrind"; NULL before counting_choose */
    char valgrind[PATH_MAX];
    char why[WORKER_DETAIL_BYTES]; /* why the hardware does not count; "" where it does */
};

/* Finds out who counts here, by a process of the worker's that tries the hardware. An error when
 * nobody can. */
bool counting_choose(struct counting *counting, const char *worker, struct error *error);

/* Turns the request of a cell into one of the instructions pass. The same twice means: no padding
 * of the environment, no layout randomisation. */
void counting_ask(const struct counting *counting, struct process_request *request);

/* Fills the figures of a process that ended ok; row->operations must be set. Without a whole count
 * the row's status becomes `failed`. */
void counting_fill(const struct counting *counting,
                   const struct process *process,
                   struct measurements_row *row);

#endif
